// The cases of test/corpus, which `tree-sitter test` reads too.

import assert from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HERE, parse } from "./language.mjs";

const CASE = /^=+\n(.+)\n=+\n\n([^]*?)\n\n---\n\n([^]*?)\n*(?=^=+\n.+\n=+\n|(?![^]))/gm;

const folder = join(HERE, "corpus");
for (const file of readdirSync(folder)) {
  const text = readFileSync(join(folder, file), "utf8");
  const cases = [...text.matchAll(CASE)];
  test(`${file}: no case is passed over`, () => {
    assert.strictEqual(cases.length, text.match(/^---$/gm).length);
  });
  for (const [, name, source, expected] of cases) {
    test(`${file}: ${name}`, () => {
      const tree = expected.replaceAll(/\s+/g, " ").replaceAll(" )", ")");
      assert.strictEqual(parse(source).rootNode.toString(), tree);
    });
  }
}
