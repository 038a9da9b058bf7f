// The pages that gwc makes, in headless Chromium: the playground does what it says as somebody
// types, the documents stand alone; all of them read well on a small screen and in the dark.
//
//     GWC=target/debug/gwc node --test tests/browser/

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Browser } from "./browser.mjs";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const GWC = process.env.GWC ?? join(ROOT, "target/debug/gwc");
const EXAMPLE = join(ROOT, "examples/testing.gw");

const POLICY = `gw 1
listener http { bind = ":8080" }
backend web { target = echo() }
route hello GET /hello/{name} { public "a greeting"; to web }
test "anybody is greeted" {
  when GET /hello/ada
  then status 200
}
`;

let browser;
let folder;

before(async () => {
  browser = await Browser.start();
  folder = await mkdtemp(join(tmpdir(), "gw-pages-"));
});

after(async () => {
  await browser.end();
  await rm(folder, { recursive: true });
});

/** Starts the playground; its address. It ends with the test. */
async function play(context) {
  const child = spawn(GWC, ["play"], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill());
  for await (const text of child.stdout.setEncoding("utf8")) {
    const address = text.match(/http:\/\/127\.0\.0\.1:\d+/);
    if (address) return address[0];
  }
  throw new Error("the playground does not start");
}

const state = (expected) => `document.getElementById("state").innerText === ${JSON.stringify(expected)}`;

test("the playground checks, tests, mends, formats and explains", async (context) => {
  const page = await browser.open(await play(context));
  await page.until(`document.getElementById("state").className === "fine"`);

  await page.type("#policy", POLICY);
  await page.until(state("right, 1 test passes"));
  assert.match(await page.text("#tests"), /anybody is greeted/);

  await page.type("#request", "GET /hello/grace");
  await page.until(`document.getElementById("trace").innerText.includes("hello")`);
  await page.type("#request", "GET /nowhere");
  await page.until(`document.getElementById("trace").innerText.includes("404")`);
  await page.type("#jwt", "{ nonsense");
  await page.until(`document.getElementById("trace").innerText.startsWith("claims: ")`);
  await page.type("#jwt", " ");

  await page.type("#policy", POLICY.replace("status 200", "status 404"));
  await page.until(state("1 of 1 tests fail"));
  await page.click("#tests .place");
  assert.equal(await page.value("getSelection().toString()"), "then status 404");

  await page.type("#policy", POLICY.replace("to web", "to wbe"));
  await page.until(state("1 error"));
  assert.match(await page.text("#findings"), /wbe/);
  await page.click("#findings .fix");
  await page.until(state("right, 1 test passes"));
  assert.equal(await page.value(`document.getElementById("policy").value`), POLICY);

  await page.type("#policy", POLICY.replaceAll("  ", "\t").replace("{ public", "{public"));
  await page.control("s");
  await page.until(`document.getElementById("policy").value.includes("\\n  when GET /hello/ada\\n")`);

  assert.deepEqual(page.errors, []);
});

test("text is never markup", async (context) => {
  const page = await browser.open(await play(context));
  const marked = POLICY.replaceAll("anybody is greeted", "<img src=x onerror=document.title=1>");
  await page.type("#policy", marked.replace("200", "404"));
  await page.until(state("1 of 1 tests fail"));
  assert.match(await page.text("#tests"), /<img src=x/);
  assert.equal(await page.value("document.querySelectorAll('img').length"), 0);
  assert.deepEqual(page.errors, []);
});

test("an answer that does not come is said", async (context) => {
  const child = spawn(GWC, ["play"], { stdio: ["ignore", "pipe", "inherit"] });
  context.after(() => child.kill());
  const [text] = await child.stdout.setEncoding("utf8").take(1).toArray();
  const page = await browser.open(text.match(/http:\/\/127\.0\.0\.1:\d+/)[0]);
  await page.until(`document.getElementById("state").className === "fine"`);
  child.kill();
  await page.type("#policy", POLICY);
  await page.until(`document.getElementById("state").innerText.startsWith("no answer")`);
});

/** A page that a command writes or prints, as an address. */
function written(name, ...command) {
  const file = join(folder, name);
  const printed = execFileSync(GWC, command.map((word) => (word === "FILE" ? file : word)), { cwd: ROOT });
  if (!command.includes("FILE")) writeFileSync(file, printed);
  return pathToFileURL(file).href;
}

const PAGES = {
  "the playground": play,
  "the documentation of a policy": () => written("doc.html", "doc", EXAMPLE, "--format", "html"),
  "a report of coverage": () => written("coverage.html", "test", EXAMPLE, "--html", "FILE"),
};

for (const [name, address] of Object.entries(PAGES)) {
  test(`${name} reads well`, async (context) => {
    const page = await browser.open(await address(context));
    for (const scheme of ["light", "dark"]) {
      for (const width of [1200, 390]) {
        await page.show({ width, scheme });
        const wide = await page.value("document.documentElement.scrollWidth");
        assert.ok(wide <= width, `${wide} pixels on a screen of ${width}`);
        assert.deepEqual(await page.faint(), [], `${scheme}, ${width}`);
      }
    }
    const foreign = await page.value(`performance.getEntriesByType("resource").map((r) => r.name)
      .filter((name) => !name.startsWith(location.origin))`);
    assert.deepEqual(foreign, [], "nothing comes from elsewhere");
    assert.deepEqual(page.errors, []);
  });
}
