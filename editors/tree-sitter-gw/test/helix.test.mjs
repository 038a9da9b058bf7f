// What Helix reads, against what its book says that it knows: themes.md for the scopes of highlights,
// guides/*.md for the captures of the other queries, languages.md for the keys of languages.toml.
// Helix itself is not started.

import assert from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse as toml } from "smol-toml";
import { captures, predicates, scopes, unknown } from "./editor.mjs";
import { HERE } from "./language.mjs";

const FOLDER = "helix/runtime/queries/gw";

const SCOPES = scopes(`
attribute
type builtin parameter enum enum.variant
constructor
constant builtin builtin.boolean character character.escape numeric numeric.integer numeric.float
string regexp special special.path special.url special.symbol
comment line line.documentation block block.documentation unused
variable builtin parameter other other.member other.member.private
label
punctuation delimiter bracket special
keyword control control.conditional control.repeat control.import control.return control.exception operator directive function storage storage.type storage.modifier
operator
function builtin method method.private macro special
tag builtin
namespace
special
markup diff
`);

const OBJECTS = ["function", "class", "test", "parameter", "comment", "entry"];
const CAPTURES = {
  "indents.scm": ["indent", "outdent", "indent.always", "outdent.always", "align", "anchor", "extend", "extend.prevent-once"],
  "injections.scm": ["injection.content", "injection.language", "injection.filename", "injection.shebang"],
  "textobjects.scm": OBJECTS.flatMap((o) => [`${o}.inside`, `${o}.around`, `${o}.movement`]),
};

test("highlights have the scopes that themes of Helix colour", () => {
  const found = captures(`${FOLDER}/highlights.scm`);
  assert.deepStrictEqual(unknown(found, SCOPES), []);
  assert.ok(found.size > 20, `only ${[...found]}`);
});

test("a name has the scope of what it refers to", () => {
  const found = captures(`${FOLDER}/locals.scm`);
  const definition = "local.definition.";
  const definitions = [...found].filter((name) => name.startsWith(definition));
  assert.ok(definitions.length > 0);
  const given = definitions.map((name) => name.slice(definition.length));
  assert.deepStrictEqual(unknown(given, SCOPES), []);
  const others = [...found].filter((name) => !name.startsWith(definition));
  assert.deepStrictEqual(unknown(others, ["local.scope", "local.reference"]), []);
});

for (const [name, known] of Object.entries(CAPTURES)) {
  test(`${name} captures what Helix looks for`, () => {
    assert.deepStrictEqual(unknown(captures(`${FOLDER}/${name}`), known), []);
  });
}

test("the queries ask only what Helix can answer", () => {
  const known = ["eq?", "not-eq?", "match?", "not-match?", "any-of?", "not-any-of?", "set!"];
  for (const name of ["highlights.scm", "locals.scm", ...Object.keys(CAPTURES)]) {
    assert.deepStrictEqual(unknown(predicates(`${FOLDER}/${name}`), known), [], name);
  }
});

const LANGUAGE = ["name", "language-id", "scope", "injection-regex", "file-types", "shebangs", "roots",
  "auto-format", "diagnostic-severity", "comment-tokens", "block-comment-tokens", "indent",
  "language-servers", "grammar", "formatter", "soft-wrap", "text-width", "rulers", "path-completion",
  "word-completion", "workspace-lsp-roots", "persistent-diagnostic-sources"];
const SERVER = ["command", "args", "config", "timeout", "environment", "required-root-patterns"];

test("languages.toml has the keys of the book, and starts the language server", () => {
  const file = toml(readFileSync(join(HERE, "../../helix/languages.toml"), "utf8"));
  assert.deepStrictEqual(Object.keys(file).sort(), ["grammar", "language", "language-server"]);
  const [language, ...others] = file.language;
  assert.deepStrictEqual(others, []);
  assert.deepStrictEqual(unknown(Object.keys(language), LANGUAGE), []);
  assert.deepStrictEqual(language["file-types"], ["gw"]);
  assert.deepStrictEqual(Object.keys(language.indent).sort(), ["tab-width", "unit"]);
  const servers = file["language-server"];
  assert.deepStrictEqual(language["language-servers"], Object.keys(servers));
  for (const server of Object.values(servers)) {
    assert.deepStrictEqual(unknown(Object.keys(server), SERVER), []);
    assert.deepStrictEqual([server.command, ...server.args], ["gwc", "lsp"]);
  }
  assert.deepStrictEqual(file.grammar.map((g) => g.name), [language.grammar ?? language.name]);
});
