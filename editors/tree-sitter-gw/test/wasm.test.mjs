// The grammar as WebAssembly, which is what Zed and web editors load, gives the trees that it gives on
// this machine. Zed builds it with its own clang and `-fPIC -shared -Os -Wl,--export=tree_sitter_gw`;
// here it is Debian's (packages clang, lld, wasi-libc), which wants the same in two steps.

import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Language, Parser } from "web-tree-sitter";
import { policies } from "../../policies.mjs";
import { HERE, parse } from "./language.mjs";

const HEADERS = "/usr/include/wasm32-wasi";
const SOURCES = join(HERE, "../src");

function run(command, ...args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  assert.strictEqual(status, 0, stderr);
}

/// Builds the grammar in a folder; the file.
function build(folder) {
  const objects = ["parser", "scanner"].map((name) => {
    const object = join(folder, `${name}.o`);
    // Of clang's targets for WebAssembly this one has code that can be placed anywhere.
    const target = ["--target=wasm32-unknown-emscripten", "-isystem", HEADERS, "-D__wasi__"];
    run("clang", ...target, "-fPIC", "-Os", "-I", SOURCES, "-c", join(SOURCES, `${name}.c`), "-o", object);
    return object;
  });
  const file = join(folder, "gw.wasm");
  run("wasm-ld", "-shared", "--experimental-pic", "--no-entry", "--export=tree_sitter_gw", "--allow-undefined", "-o", file, ...objects);
  return file;
}

/// The nodes of a tree from the root on, with their places. A tree may be too deep for `toString`.
function nodes(tree) {
  const [out, cursor] = [[], tree.walk()];
  for (;;) {
    out.push(`${cursor.nodeType} ${cursor.startIndex} ${cursor.endIndex}`);
    if (cursor.gotoFirstChild()) continue;
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) return out.join("\n");
    }
  }
}

test("the grammar as WebAssembly gives the same trees", async (context) => {
  const lacks = (command) => spawnSync(command, ["--version"]).error;
  if (lacks("clang") || lacks("wasm-ld") || !existsSync(HEADERS)) {
    context.skip("there is no clang, wasm-ld or wasi-libc");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "gw-wasm-"));
  try {
    await Parser.init();
    const parser = new Parser();
    parser.setLanguage(await Language.load(build(folder)));
    for (const { name, text } of policies()) {
      const tree = parser.parse(text);
      assert.strictEqual(nodes(tree), nodes(parse(text)), name);
      tree.delete();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
