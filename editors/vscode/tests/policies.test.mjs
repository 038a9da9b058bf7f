// The TextMate grammar on every policy of the repository, and the scopes of some as snapshots.
// UPDATE_SNAPSHOTS=1 writes them anew.

import assert from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { before, test } from "node:test";
import { policies } from "../../policies.mjs";
import { EDITORS, GRAMMAR, load, read, tokenize } from "./textmate.mjs";

const SNAPSHOTS = ["examples/quickstart.gw", "examples/rbac.gw", "examples/shop.gw"];

let grammar;
before(async () => {
  grammar = await load();
});

test("every policy is read to its end", () => {
  const [open, illegal] = [[], []];
  for (const { name, text } of policies()) {
    const { lines, open: isOpen } = tokenize(grammar, text);
    for (const { line, tokens } of lines) {
      let at = 0;
      for (const { startIndex, endIndex, scopes } of tokens) {
        assert.strictEqual(startIndex, at, `${name}: ${line}`);
        assert.strictEqual(scopes[0], "source.gw");
        at = endIndex;
      }
      assert.ok(at >= line.length, `${name}: ${line}`);
      if (tokens.some(({ scopes }) => scopes.at(-1).startsWith("invalid."))) illegal.push(name);
    }
    if (isOpen) open.push(name);
  }
  // What is never closed stays open, and a wrong escape is shown; nothing else is.
  assert.deepStrictEqual(open, ["tests/cases/syntax/string_triple_unclosed.gw"]);
  assert.deepStrictEqual([...new Set(illegal)], [
    "tests/cases/check/gw0011_a_regex_in_a_plain_text.gw",
    "tests/cases/syntax/escapes_bad.gw",
  ]);
});

test("JetBrains editors have the same grammar", () => {
  const { $schema, ...expected } = read(GRAMMAR);
  const { uuid, ...found } = read(join(EDITORS, "jetbrains/gw.tmbundle/Syntaxes/gw.tmLanguage"));
  assert.deepStrictEqual(found, expected);
});

/// Words and signs with their innermost scopes, line by line.
function snapshot(text) {
  const shown = tokenize(grammar, text).lines.map(({ line, tokens }) => {
    const parts = tokens
      .map(({ startIndex, endIndex, scopes }) => [line.slice(startIndex, endIndex), scopes.at(-1)])
      .filter(([word]) => word.trim() !== "")
      .map(([word, scope]) => `    ${word.trim()}  ${scope.replace(/\.gw$/, "")}\n`);
    return `${line}\n${parts.join("")}`;
  });
  return shown.join("");
}

for (const name of SNAPSHOTS) {
  test(`scopes of ${name}`, () => {
    const { text } = policies().find((policy) => policy.name === name);
    const file = join(EDITORS, "vscode/tests/snapshots", `${basename(name)}.scopes`);
    const found = snapshot(text);
    if (process.env.UPDATE_SNAPSHOTS) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, found);
    }
    assert.strictEqual(found, readFileSync(file, "utf8"));
  });
}
