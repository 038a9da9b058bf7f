// Writes the editor grammars from keywords.json, which is held to the compiler's registries by
// `cargo test -p gw-compiler --test keywords`.
//
//   node editors/generate.mjs           write the grammars
//   node editors/generate.mjs --check   fail if a grammar is not what would be written

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { emacs } from "./emacs.mjs";
import { sublime } from "./sublime.mjs";
import { textmate } from "./textmate.mjs";
import { highlights, locals, outline, words } from "./treesitter.mjs";
import { vim } from "./vim.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const keywords = JSON.parse(readFileSync(join(here, "keywords.json"), "utf8"));

// What is part of the grammar itself and not of a block.
const language = {
  ...keywords,
  contextual: ["all_of", "any_of", "as", "inherits", "like", "off", "on", "prefix", "split"],
  constants: ["false", "null", "true"],
  methods: ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"],
  variables: ["jwt", "key", "path", "principal", "request", "response", "source", "tls"],
  macros: ["all", "exists", "exists_one", "filter", "has", "map"],
  types: ["bool", "bytes", "cidr", "double", "duration", "hash", "host", "int", "ip", "json", "list",
    "map", "path", "rate", "size", "slug", "string", "timestamp", "uint", "url", "uuid"],
};

// Queries that need no words, for editors that want them in a place of their own.
const copied = (name) => readFileSync(join(here, "tree-sitter-gw/queries", name), "utf8");

const outputs = {
  "vscode/syntaxes/gw.tmLanguage.json": `${JSON.stringify(textmate(language), null, 2)}\n`,
  "sublime/gw.sublime-syntax": sublime(textmate(language)),
  "vim/syntax/gw.vim": vim(language),
  "emacs/gw-mode.el": emacs(language),
  ...bundle("jetbrains/gw.tmbundle", textmate(language)),
  "tree-sitter-gw/src/words.h": words(language),
  "tree-sitter-gw/queries/highlights.scm": highlights(language, "standard"),
  "tree-sitter-gw/queries/locals.scm": locals(language, "standard"),
  "vim/queries/gw/folds.scm": copied("folds.scm"),
  "vim/queries/gw/highlights.scm": highlights(language, "standard"),
  "vim/queries/gw/indents.scm": copied("indents.scm"),
  "vim/queries/gw/injections.scm": copied("injections.scm"),
  "vim/queries/gw/locals.scm": locals(language, "standard"),
  "helix/runtime/queries/gw/highlights.scm": highlights(language, "helix"),
  "helix/runtime/queries/gw/injections.scm": copied("injections.scm"),
  "helix/runtime/queries/gw/locals.scm": locals(language, "helix"),
  "zed/languages/gw/highlights.scm": highlights(language, "zed"),
  "zed/languages/gw/injections.scm": copied("injections.scm"),
  "zed/languages/gw/outline.scm": outline(language),
};

let drifted = false;
for (const [name, text] of Object.entries(outputs)) {
  const file = join(here, name);
  if (!process.argv.includes("--check")) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    continue;
  }
  let found = "";
  try {
    found = readFileSync(file, "utf8");
  } catch {
    // A file that is missing has drifted as far as it can.
  }
  if (found !== text) {
    console.error(`editors/${name} has drifted: run \`node editors/generate.mjs\``);
    drifted = true;
  }
}
process.exit(drifted ? 1 : 0);
