// The queries fit the grammar, and highlight what they say. A line of test/highlight such as
// `//  ^^^ keyword` names the capture of the text above it; `// <-- keyword` that of its beginning.

import assert from "node:assert";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { policies } from "../../policies.mjs";
import { HERE, parse, query } from "./language.mjs";

const FOLDERS = ["tree-sitter-gw/queries", "helix/runtime/queries/gw", "zed/languages/gw"];

for (const folder of FOLDERS) {
  for (const name of readdirSync(join(HERE, "../..", folder)).filter((n) => n.endsWith(".scm"))) {
    test(`${folder}/${name} fits the grammar, and matches in the examples`, () => {
      const compiled = query(`${folder}/${name}`);
      const examples = policies().filter((policy) => policy.name.startsWith("examples/"));
      const found = examples.some(({ text }) => compiled.captures(parse(text).rootNode).length > 0);
      assert.ok(found);
    });
  }
}

/// Which capture each character has: of those around it the innermost.
function captured(text, compiled) {
  const names = new Array(text.length).fill("");
  const widths = new Array(text.length).fill(Infinity);
  for (const { name, node } of compiled.captures(parse(text).rootNode)) {
    if (name.startsWith("_")) continue;
    for (let at = node.startIndex; at < node.endIndex; at++) {
      if (node.endIndex - node.startIndex <= widths[at]) {
        [names[at], widths[at]] = [name, node.endIndex - node.startIndex];
      }
    }
  }
  return names;
}

const highlights = query("tree-sitter-gw/queries/highlights.scm");
const folder = join(HERE, "highlight");
for (const file of readdirSync(folder)) {
  test(`highlights of ${file}`, () => {
    const text = readFileSync(join(folder, file), "utf8");
    const names = captured(text, highlights);
    let [start, code, asserted] = [0, 0, 0];
    for (const line of text.split("\n")) {
      const mark = /^(\/\/ *)(<-+|\^+) ([a-z.]+)$/.exec(line);
      if (mark) {
        const [, indent, shape, expected] = mark;
        const from = shape.startsWith("<") ? code : code + indent.length;
        const length = shape.startsWith("<") ? 1 : shape.length;
        const found = new Set(names.slice(from, from + length));
        assert.deepStrictEqual([...found], [expected], `above ${JSON.stringify(line)}`);
        asserted += 1;
      } else {
        code = start;
      }
      start += line.length + 1;
    }
    assert.ok(asserted > 0);
  });
}

test("no name has two colours", () => {
  for (const { name, text } of policies().filter(({ name }) => name.startsWith("examples/"))) {
    const seen = new Map();
    for (const { name: capture, node } of highlights.captures(parse(text).rootNode)) {
      if (capture.startsWith("_")) continue;
      const place = `${name}: \`${node.text}\` at ${node.startIndex}`;
      const before = seen.get(`${node.startIndex}-${node.endIndex}`) ?? capture;
      assert.strictEqual(capture, before, place);
      seen.set(`${node.startIndex}-${node.endIndex}`, capture);
    }
  }
});
