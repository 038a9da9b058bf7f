// Writes dist/: the extension with the place of its grammar, which Zed fetches with git.
//
//   node pack.mjs                     the grammar of this working copy, for `install dev extension`
//   node pack.mjs https://… REVISION  that of a published repository

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const git = (...args) => execFileSync("git", args, { cwd: here, encoding: "utf8" }).trim();

const repository = process.argv[2] ?? pathToFileURL(git("rev-parse", "--show-toplevel")).href;
const revision = process.argv[3] ?? git("rev-parse", "HEAD");
const manifest = `${readFileSync(join(here, "extension.toml"), "utf8").replace(/^#.*\n/, "")}
[grammars.gw]
repository = "${repository}"
rev = "${revision}"
path = "editors/tree-sitter-gw"
`.replace("schema_version", `repository = "${repository}"\nschema_version`);

const dist = join(here, "dist");
rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
for (const name of ["Cargo.toml", "Cargo.lock", "src", "languages"]) {
  cpSync(join(here, name), join(dist, name), { recursive: true });
}
writeFileSync(join(dist, "extension.toml"), manifest);
console.log(`packed ${dist}`);
