// Builds the language for Node with the C compiler alone. `CC` names another compiler.

import { execFileSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const headers = createRequire(import.meta.url)("node-api-headers").include_dir;
const output = join(root, "build/gw.node");
const sources = ["src/parser.c", "src/scanner.c", "bindings/node/binding.c"];

const changed = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const inputs = [...sources, "src/words.h"].map((name) => changed(join(root, name)));
if (Math.max(...inputs) >= changed(output)) {
  mkdirSync(dirname(output), { recursive: true });
  const place = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  const flags = ["-std=c11", "-O1", "-Wall", "-fPIC", "-shared", "-Isrc", `-I${headers}`, ...place];
  const command = process.env.CC ?? "cc";
  execFileSync(command, [...flags, "-o", output, ...sources], { cwd: root, stdio: "inherit" });
}
