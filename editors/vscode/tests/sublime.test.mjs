// Sublime Text's syntax gives every text the scopes that VS Code's grammar gives it. It is read by
// syntect, the engine of bat and delta; Sublime Text itself is not started. `GW_SUBLIME_SCOPES` names
// the program of ../../sublime/scopes, which cargo builds otherwise.

import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { policies } from "../../policies.mjs";
import { EDITORS, load, tokenize } from "./textmate.mjs";

const manifest = join(EDITORS, "sublime/scopes/Cargo.toml");
const [command, ...before] = process.env.GW_SUBLIME_SCOPES
  ? [process.env.GW_SUBLIME_SCOPES]
  : ["cargo", "run", "--quiet", "--locked", "--manifest-path", manifest, "--"];

/// Parts that follow each other with the same scopes are one.
function joined(parts) {
  const out = [];
  for (const [text, scopes] of parts) {
    const last = out.at(-1);
    if (last && last[1] === scopes) last[0] += text;
    else if (text !== "") out.push([text, scopes]);
  }
  return out;
}

test("Sublime Text's syntax gives the scopes of VS Code's grammar", async (context) => {
  const grammar = await load();
  // Where a line ends in a carriage return too, one engine sees it and the other does not.
  const texts = policies().filter(({ text }) => !text.includes("\r"));
  const run = spawnSync(command, [...before, join(EDITORS, "sublime"), "gw"], {
    input: JSON.stringify(texts.map(({ text }) => text)),
    encoding: "utf8",
    maxBuffer: 1 << 30,
  });
  if (run.error?.code === "ENOENT") {
    context.skip(`there is no ${command}`);
    return;
  }
  assert.strictEqual(run.status, 0, run.stderr);
  const found = JSON.parse(run.stdout);
  assert.strictEqual(found.length, texts.length);
  let lines = 0;
  texts.forEach(({ name, text }, index) => {
    const read = tokenize(grammar, text).lines.slice(0, found[index].length);
    read.forEach(({ line, tokens }, number) => {
      const expected = tokens.map((t) => [line.slice(t.startIndex, t.endIndex), t.scopes.join(" ")]);
      const given = found[index][number].map(([part, scopes]) => [part, scopes.join(" ")]);
      assert.deepStrictEqual(joined(given), joined(expected), `${name}:${number + 1}: ${line}`);
      lines += 1;
    });
  });
  context.diagnostic(`${lines} lines of ${texts.length} policies`);
  assert.ok(lines > 5000, `only ${lines} lines`);
});
