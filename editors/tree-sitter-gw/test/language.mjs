// The parser, and what the tests read from its trees.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const require = createRequire(import.meta.url);

export const HERE = dirname(fileURLToPath(import.meta.url));
export const Parser = require("tree-sitter");
export const language = require("../bindings/node/index.js");

const parser = new Parser();
parser.setLanguage(language);

/// The tree of a text. The text is handed over in pieces: the binding takes no more than 32 KiB.
export function parse(text, old) {
  return parser.parse((index) => text.slice(index, index + 8192), old);
}

/// The first place where the tree is not whole, as `line:column`.
export function firstError(node) {
  if (node.isError || node.isMissing) {
    return `${node.startPosition.row + 1}:${node.startPosition.column + 1}`;
  }
  const child = node.children.find((c) => c.hasError || c.isMissing);
  return child && firstError(child);
}

export function query(path) {
  return new Parser.Query(language, readFileSync(join(HERE, "../..", path), "utf8"));
}
