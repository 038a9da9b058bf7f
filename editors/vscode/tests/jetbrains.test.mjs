// What the grammar's patterns find in every policy, Joni finds too: JetBrains editors read TextMate
// bundles with it. The editors themselves are not started. `JONI` names its jars, joined by colons.

import assert from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { policies } from "../../policies.mjs";
import { EDITORS, load, tokenize } from "./textmate.mjs";

// Where Debian's libjruby-joni-java puts them.
const jars = process.env.JONI ?? "/usr/share/java/joni.jar:/usr/share/java/jcodings.jar";

const base64 = (text) => Buffer.from(text).toString("base64");

/// Every search that reading the policies takes, as the lines that Joni.java reads.
async function searches() {
  const lines = [];
  const texts = new Map();
  let scanners = 0;
  const grammar = await load(join(EDITORS, "jetbrains/gw.tmbundle/Syntaxes/gw.tmLanguage"), (patterns, made) => {
    const scanner = scanners++;
    lines.push(`pattern ${scanner} ${patterns.map(base64).join(" ")}`);
    return {
      findNextMatchSync(string, from, ...options) {
        const found = made.findNextMatchSync(string, from, ...options);
        const text = string.content ?? string;
        if (!texts.has(text)) {
          texts.set(text, texts.size);
          lines.push(`text ${texts.get(text)} ${base64(text)}`);
        }
        // A group that captured nothing or an empty text colours nothing; engines place it variously.
        const captures = (found?.captureIndices ?? []).map(({ start, length }, group) =>
          group > 0 && length === 0 ? "-" : `${start}:${start + length}`,
        );
        lines.push(["search", scanner, texts.get(text), from, found?.index ?? -1, ...captures].join(" "));
        return found;
      },
      dispose: () => made.dispose?.(),
    };
  });
  for (const { text } of policies()) tokenize(grammar, text);
  return lines;
}

test("Joni finds what Oniguruma finds", async (context) => {
  if (!jars.split(":").every(existsSync) || spawnSync("javac", ["-version"]).error) {
    context.skip("there is no Java compiler, or no Joni (libjruby-joni-java)");
    return;
  }
  const input = `${[...new Set(await searches())].join("\n")}\n`;
  const run = spawnSync("java", ["-cp", jars, join(EDITORS, "jetbrains/Joni.java")], { input, encoding: "utf8" });
  assert.strictEqual(run.status, 0, run.stdout + run.stderr);
  context.diagnostic(run.stdout.trim());
});
