// The TextMate grammar on every policy of the repository, and the scopes of some as snapshots.
// UPDATE_SNAPSHOTS=1 writes them anew.

import assert from "node:assert";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { policies } from "../../policies.mjs";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const here = dirname(fileURLToPath(import.meta.url));
const path = join(here, "../syntaxes/gw.tmLanguage.json");
const SNAPSHOTS = ["examples/quickstart.gw", "examples/rbac.gw", "examples/shop.gw"];

// A line may not take longer, in milliseconds.
const LIMIT = 2000;

let grammar;
before(async () => {
  await oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(readFileSync(path, "utf8"), path),
  });
  grammar = await registry.loadGrammar("source.gw");
});

/// The tokens of each line, and whether something is open after the last.
function tokenize(text) {
  let stack = INITIAL;
  const lines = text.split(/\r?\n/).map((line) => {
    const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, stack, LIMIT);
    assert.ok(!stoppedEarly, `a line takes longer than ${LIMIT} ms: ${line.slice(0, 80)}`);
    stack = ruleStack;
    return { line, tokens };
  });
  return { lines, open: stack.depth > 1 };
}

test("every policy is read to its end", () => {
  const [open, illegal] = [[], []];
  for (const { name, text } of policies()) {
    const read = tokenize(text);
    for (const { line, tokens } of read.lines) {
      let at = 0;
      for (const { startIndex, endIndex, scopes } of tokens) {
        assert.strictEqual(startIndex, at, `${name}: ${line}`);
        assert.strictEqual(scopes[0], "source.gw");
        at = endIndex;
      }
      assert.ok(at >= line.length, `${name}: ${line}`);
      if (tokens.some(({ scopes }) => scopes.at(-1).startsWith("invalid."))) illegal.push(name);
    }
    if (read.open) open.push(name);
  }
  // What is never closed stays open, and a wrong escape is shown; nothing else is.
  assert.deepStrictEqual(open, ["tests/cases/syntax/string_triple_unclosed.gw"]);
  assert.deepStrictEqual([...new Set(illegal)], [
    "tests/cases/check/gw0011_a_regex_in_a_plain_text.gw",
    "tests/cases/syntax/escapes_bad.gw",
  ]);
});

test("other editors have the same grammar", () => {
  const read = (name) => parseRawGrammar(readFileSync(name, "utf8"), name);
  const { $schema, ...expected } = read(path);
  for (const name of ["sublime/gw.tmLanguage", "jetbrains/gw.tmbundle/Syntaxes/gw.tmLanguage"]) {
    const { uuid, ...found } = read(join(here, "../..", name));
    assert.deepStrictEqual(found, expected, name);
  }
});

/// Words and signs with their innermost scopes, line by line.
function snapshot(text) {
  const shown = tokenize(text).lines.map(({ line, tokens }) => {
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
    const file = join(here, "snapshots", `${basename(name)}.scopes`);
    const found = snapshot(text);
    if (process.env.UPDATE_SNAPSHOTS) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, found);
    }
    assert.strictEqual(found, readFileSync(file, "utf8"));
  });
}
