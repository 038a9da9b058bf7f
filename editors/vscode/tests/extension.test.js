// The extension without an editor: what it contributes exists, and tasks and matchers fit what
// gwc prints.

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const { existsSync, readFileSync } = require("node:fs");
const { join } = require("node:path");
const { test } = require("node:test");
const { commandLine, provider, MATCHERS } = require("../tasks");

const here = join(__dirname, "..");
const manifest = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

test("everything that is contributed is there, and packaged", () => {
  const { languages, grammars, snippets } = manifest.contributes;
  const paths = [
    manifest.main,
    ...languages.map((l) => l.configuration),
    ...grammars.map((g) => g.path),
    ...snippets.map((s) => s.path),
  ];
  const listed = execFileSync("npx", ["vsce", "ls"], { cwd: here, encoding: "utf8" }).split("\n");
  const needed = paths.map((path) => path.replace(/^\.\//, ""));
  for (const name of [...needed, "tasks.js", "node_modules/vscode-languageclient/package.json"]) {
    assert.ok(existsSync(join(here, name)), name);
    assert.ok(listed.includes(name), `${name} is not packaged`);
  }
  assert.ok(!listed.some((name) => name.startsWith("tests/")), "tests are packaged");
});

test("commands and settings of the code are declared", () => {
  const code = readFileSync(join(here, "extension.js"), "utf8");
  const registered = [...code.matchAll(/registerCommand\("([^"]+)"/g)].map((m) => m[1]).sort();
  assert.deepStrictEqual(registered, manifest.contributes.commands.map((c) => c.command).sort());
  const settings = Object.keys(manifest.contributes.configuration.properties);
  for (const read of code.matchAll(/getConfiguration\("gw"\)\.get\("([^"]+)"\)/g)) {
    assert.ok(settings.includes(`gw.${read[1]}`), read[1]);
  }
});

const report = (mark, line) => [
  "GW0101",
  "",
  `  ${mark} there is no backend \`wbe\``,
  `   ╭─[/w/a policy.gw:5:40]`,
  line,
];

test("problem matchers read what gwc prints", () => {
  const matchers = manifest.contributes.problemMatchers;
  assert.deepStrictEqual(matchers.map((m) => `$${m.name}`), MATCHERS);
  for (const [matcher, mark] of [[matchers[0], "×"], [matchers[1], "⚠"]]) {
    const lines = report(mark, " 4 │ backend web");
    const found = {};
    matcher.pattern.forEach((pattern, index) => {
      const match = new RegExp(pattern.regexp).exec(lines[index]);
      assert.ok(match, `${pattern.regexp} on ${lines[index]}`);
      for (const part of ["code", "message", "file", "line", "column"]) {
        if (pattern[part]) found[part] = match[pattern[part]];
      }
    });
    assert.deepStrictEqual(found, {
      code: "GW0101",
      message: "there is no backend `wbe`",
      file: "/w/a policy.gw",
      line: "5",
      column: "40",
    });
  }
});

/// As much of the editor as tasks need.
const editor = {
  workspace: { getConfiguration: () => ({ get: () => "/opt/gwc" }) },
  ProcessExecution: class {
    constructor(program, args) {
      Object.assign(this, { program, args });
    }
  },
  Task: class {
    constructor(definition, scope, name, source, execution, matchers) {
      Object.assign(this, { definition, scope, name, source, execution, matchers });
    }
  },
  TaskScope: { Workspace: 2 },
  TaskGroup: { Test: "test", Build: "build" },
};

test("tasks check and test", () => {
  assert.deepStrictEqual(commandLine({ command: "check" }, "gwc"), {
    program: "gwc",
    args: ["check", "${file}"],
  });
  const tasks = provider(editor);
  const [check, run] = tasks.provideTasks();
  assert.deepStrictEqual([check.group, run.group], ["build", "test"]);
  const resolved = tasks.resolveTask({ definition: { type: "gw", command: "test", file: "a.gw" } });
  assert.deepStrictEqual(resolved.execution.args, ["test", "a.gw"]);
  assert.strictEqual(resolved.execution.program, "/opt/gwc");
});
