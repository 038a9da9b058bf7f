// Every policy of the repository: what the grammars are tested on.

import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");

const FOLDERS = ["examples", "tests/cases", "editors/vscode/tests", "editors/tree-sitter-gw/test"];

// Where the editor's cursor stands in the cases of the language server.
const CURSOR = "‸";

/// Policies with their text. Those that are larger than a megabyte test a limit, and are left out.
export function policies() {
  return FOLDERS.flatMap((folder) => walk(join(ROOT, folder)))
    .sort()
    .map((path) => ({
      name: relative(ROOT, path).replaceAll("\\", "/"),
      path,
      text: readFileSync(path, "utf8").replace(CURSOR, ""),
    }))
    .filter(({ text }) => text.length < 1 << 20);
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith(".gw") ? [path] : [];
  });
}
