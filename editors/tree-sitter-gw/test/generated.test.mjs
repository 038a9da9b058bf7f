// src/parser.c is what `npm run generate` made of grammar.js. The generator is seldom at hand, so
// digests stand for it; where `tree-sitter` is, it generates anew.
//
//   node test/generated.test.mjs --write    writes the digests

import assert from "node:assert";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const record = join(root, "src/generated.json");
const FILES = ["grammar.js", "src/grammar.json", "src/node-types.json", "src/parser.c"];

const read = (folder, name) => readFileSync(join(folder, name));
const digest = (name) => createHash("sha256").update(read(root, name)).digest("hex");
const version = () => spawnSync("tree-sitter", ["--version"], { encoding: "utf8" }).stdout?.trim();

if (process.argv.includes("--write")) {
  const files = Object.fromEntries(FILES.map((name) => [name, digest(name)]));
  writeFileSync(record, `${JSON.stringify({ generator: version(), files }, null, 2)}\n`);
} else {
  const { generator, files } = JSON.parse(readFileSync(record, "utf8"));
  test("the parser was generated from this grammar", () => {
    for (const name of FILES) {
      assert.strictEqual(digest(name), files[name], `${name} has changed: run npm run generate`);
    }
  });
  test("the generator still makes this parser", (context) => {
    if (version() !== generator) {
      context.skip(`needs ${generator}; the digests were compared`);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), "gw-grammar-"));
    try {
      for (const name of ["grammar.js", "tree-sitter.json"]) cpSync(join(root, name), join(folder, name));
      execFileSync("tree-sitter", ["generate", "--abi", "14"], { cwd: folder });
      for (const name of FILES) {
        assert.ok(read(folder, name).equals(read(root, name)), `${name}: run npm run generate`);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
