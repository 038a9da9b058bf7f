// What Zed reads, against what its documentation of language extensions says that it knows. Zed itself
// is not started; its extension is compiled by .ci/run, its grammar in wasm.test.mjs.

import assert from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse as toml } from "smol-toml";
import { captures, predicates, scopes, unknown } from "./editor.mjs";
import { HERE } from "./language.mjs";

const ZED = join(HERE, "../../zed");
const FOLDER = "zed/languages/gw";

const HIGHLIGHTS = scopes(`
attribute
boolean
comment doc
constant
constructor
embedded
emphasis strong
enum
function
hint
keyword
label
link_text
link_uri
number
operator
predictive
preproc
primary
property
punctuation bracket delimiter list_marker special
string escape regex special special.symbol
tag doctype
text.literal
title
type
variable special
variant
`);

const CAPTURES = {
  "brackets.scm": ["open", "close"],
  "indents.scm": ["indent", "end"],
  "injections.scm": ["injection.content", "injection.language"],
  "outline.scm": ["name", "item", "context", "context.extra", "annotation"],
  "textobjects.scm": ["function", "class", "comment"].flatMap((o) => [`${o}.around`, `${o}.inside`]),
};

test("highlights are coloured by themes of Zed", () => {
  // A theme that has no colour for `function.method` takes that of `function`.
  const general = (name) => name.split(".").map((_, n, words) => words.slice(0, n + 1).join("."));
  const found = captures(`${FOLDER}/highlights.scm`);
  const colourless = [...found].filter((name) => !general(name).some((n) => HIGHLIGHTS.includes(n)));
  assert.deepStrictEqual(colourless, []);
  assert.ok(found.size > 15, `only ${[...found]}`);
});

for (const [name, known] of Object.entries(CAPTURES)) {
  test(`${name} captures what Zed looks for`, () => {
    assert.deepStrictEqual(unknown(captures(`${FOLDER}/${name}`), known), []);
  });
}

test("there are no queries but those that Zed reads, and they ask only what it can answer", () => {
  const files = readdirSync(join(ZED, "languages/gw")).filter((name) => name.endsWith(".scm"));
  assert.deepStrictEqual(unknown(files, ["highlights.scm", ...Object.keys(CAPTURES)]), []);
  const known = ["eq?", "not-eq?", "match?", "not-match?", "any-of?", "not-any-of?", "set!"];
  for (const name of files) {
    assert.deepStrictEqual(unknown(predicates(`${FOLDER}/${name}`), known), [], name);
  }
});

test("the language has a grammar and a server, and its file the keys that Zed knows", () => {
  const manifest = toml(readFileSync(join(ZED, "extension.toml"), "utf8"));
  const known = ["id", "name", "version", "schema_version", "authors", "description", "repository", "grammars", "language_servers"];
  assert.deepStrictEqual(unknown(Object.keys(manifest), known), []);
  assert.match(manifest.id, /^[a-z0-9-]+$/);
  assert.strictEqual(manifest.schema_version, 1);
  const config = toml(readFileSync(join(ZED, "languages/gw/config.toml"), "utf8"));
  const keys = ["name", "grammar", "path_suffixes", "line_comments", "tab_size", "hard_tabs", "first_line_pattern", "debuggers", "autoclose_before", "brackets"];
  assert.deepStrictEqual(unknown(Object.keys(config), keys), []);
  assert.strictEqual(config.grammar, "gw");
  assert.deepStrictEqual(config.path_suffixes, ["gw"]);
  const servers = Object.values(manifest.language_servers);
  assert.deepStrictEqual(servers.flatMap((s) => s.languages), [config.name]);
  for (const { start, end } of config.brackets) assert.ok(start && end);
});
