// Every policy that the compiler can read, the grammar can read: examples, cases and the documents.
// `GWC` names the compiler; without it target/debug/gwc is taken.

import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, policies } from "../../policies.mjs";
import { firstError, parse } from "./language.mjs";

const gwc = process.env.GWC ?? join(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug/gwc");

// Findings about the text itself; every other one is about what it means. GW0125 stands for the brace that
// closes nothing where its `{` was forgotten.
const UNREADABLE = ["GW0001", "GW0002", "GW0003", "GW0006", "GW0008", "GW0009", "GW0012", "GW0125"];

function isReadable(text) {
  const run = spawnSync(gwc, ["check", "--format", "json", "-"], { input: text, encoding: "utf8" });
  assert.ok(!run.error, `${gwc} does not run: ${run.error}`);
  assert.ok(run.status !== null && run.stdout !== "", `gwc says nothing: ${run.stderr}`);
  return !UNREADABLE.some((code) => run.stdout.includes(`"${code}"`));
}

function documents() {
  const folder = join(ROOT, "docs");
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) =>
      [...readFileSync(join(folder, name), "utf8").matchAll(/^```gw\n([^]*?)^```/gm)].map(
        ([, text], index) => ({ name: `docs/${name}, block ${index + 1}`, text }),
      ),
    );
}

test("what the compiler reads, the grammar reads", (context) => {
  if (!existsSync(gwc)) {
    context.skip(`there is no ${gwc}: build it, or name it by GWC`);
    return;
  }
  const all = [...policies(), ...documents()];
  const readable = all.filter(({ text }) => isReadable(text));
  const wrong = readable
    .map(({ name, text }) => [name, firstError(parse(text).rootNode)])
    .filter(([, place]) => place);
  assert.deepStrictEqual(wrong, []);
  assert.ok(readable.length > 300, `only ${readable.length} of ${all.length} are readable`);
  context.diagnostic(`${readable.length} of ${all.length} texts are readable, and all were read`);
});

test("a text of any kind ends in a tree of all of it", () => {
  for (const { name, text } of policies()) {
    for (const part of [text.slice(0, text.length / 2), text.slice(text.length / 3)]) {
      const { endIndex, startIndex } = parse(part).rootNode;
      const rest = part.slice(endIndex).trim() + part.slice(0, startIndex).trim();
      assert.strictEqual(rest, "", name);
    }
  }
});

test("a tree that follows an edit is the tree of the new text", () => {
  for (const { name, text } of policies().filter(({ name }) => name.startsWith("examples/"))) {
    const at = text.indexOf("{", text.length / 2);
    const edited = `${text.slice(0, at)}{ x = "new" // c\n${text.slice(at + 1)}`;
    const old = parse(text);
    const position = (all, index) => {
      const lines = all.slice(0, index).split("\n");
      return { row: lines.length - 1, column: lines.at(-1).length };
    };
    const newEnd = at + edited.length - text.length + 1;
    old.edit({
      startIndex: at,
      oldEndIndex: at + 1,
      newEndIndex: newEnd,
      startPosition: position(text, at),
      oldEndPosition: position(text, at + 1),
      newEndPosition: position(edited, newEnd),
    });
    const tree = parse(edited, old).rootNode.toString();
    assert.strictEqual(tree, parse(edited).rootNode.toString(), name);
  }
});
