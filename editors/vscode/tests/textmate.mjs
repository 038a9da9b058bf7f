// Texts as TextMate's grammars have them read, by the engine of VS Code.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

export const EDITORS = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const GRAMMAR = join(EDITORS, "vscode/syntaxes/gw.tmLanguage.json");

// A line may not take longer, in milliseconds.
const LIMIT = 2000;

/// A grammar as it is written.
export const read = (path) => parseRawGrammar(readFileSync(path, "utf8"), path);

/// The grammar. `scanner` may put something between it and what finds its patterns.
export async function load(path = GRAMMAR, scanner = (_, made) => made) {
  await ready;
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => scanner(patterns, new oniguruma.OnigScanner(patterns)),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => read(path),
  });
  return registry.loadGrammar("source.gw");
}

const ready = oniguruma.loadWASM(readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm")));

/// The tokens of each line, and whether something is open after the last.
export function tokenize(grammar, text) {
  let stack = INITIAL;
  const lines = text.split(/\r?\n/).map((line) => {
    const { tokens, ruleStack, stoppedEarly } = grammar.tokenizeLine(line, stack, LIMIT);
    assert.ok(!stoppedEarly, `a line takes longer than ${LIMIT} ms: ${line.slice(0, 80)}`);
    stack = ruleStack;
    return { line, tokens };
  });
  return { lines, open: stack.depth > 1 };
}
