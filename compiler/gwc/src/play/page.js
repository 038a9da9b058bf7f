// The page of the playground. Everything that it knows comes from `ask`: a WebAssembly build puts
// another function in its place.
"use strict";

const element = (id) => document.getElementById(id);
const policy = element("policy");

/** Asks a question about the policy; the answer as docs/json.md describes it. */
async function ask(question, more = {}) {
  const response = await fetch(`/api/${question}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ policy: policy.value, ...more }),
  });
  return response.json();
}

/** Makes an element; texts never become markup. */
function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** The offset of a place; columns count code points. */
function offset(line, column) {
  const lines = policy.value.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const points = [...(lines[line - 1] ?? "")].slice(0, column - 1);
  return before + points.join("").length;
}

function select(place) {
  policy.focus();
  policy.setSelectionRange(
    offset(place.line, place.column),
    offset(place.end_line, place.end_column),
  );
  const height = parseFloat(getComputedStyle(policy).lineHeight);
  policy.scrollTop = Math.max(0, (place.line - 5) * height);
}

function replace(from, to, text) {
  policy.setSelectionRange(from, to);
  // Keeps the browser's own undo.
  if (!document.execCommand("insertText", false, text)) {
    policy.setRangeText(text, from, to, "end");
    changed();
  }
}

function applyFix(fix) {
  policy.focus();
  const last = (a, b) => b.line - a.line || b.column - a.column;
  for (const edit of [...fix.edits].sort(last)) {
    const from = offset(edit.line, edit.column);
    replace(from, offset(edit.end_line, edit.end_column), edit.replacement);
  }
}

function finding(diagnostic) {
  const item = make("li", diagnostic.severity, "");
  const button = make("button", "place", `${diagnostic.line}:${diagnostic.column}`);
  button.type = "button";
  button.addEventListener("click", () => select(diagnostic));
  item.append(button, make("span", "code", diagnostic.code), make("span", "message", diagnostic.message));
  if (diagnostic.help) item.append(make("p", "help", diagnostic.help));
  if (diagnostic.fix) {
    const fix = make("button", "fix", diagnostic.fix.title);
    fix.type = "button";
    fix.addEventListener("click", () => applyFix(diagnostic.fix));
    item.append(fix);
  }
  return item;
}

function test(result) {
  const item = make("li", result.passed ? "passed" : "failed", "");
  item.append(make("span", "mark", result.passed ? "✓" : "✗"), make("span", "message", result.name));
  for (const failure of result.failures) {
    const button = make("button", "place", `${failure.line}:${failure.column}`);
    button.type = "button";
    button.addEventListener("click", () => select(failure));
    item.append(button, make("p", "help", failure.message), make("pre", "", failure.trace));
  }
  return item;
}

function nothing(text) {
  return make("li", "nothing", text);
}

function summary(checked, tested) {
  if (checked.errors > 0) return ["error", `${checked.errors} ${checked.errors === 1 ? "error" : "errors"}`];
  const failed = tested.filter((t) => !t.passed).length;
  if (failed > 0) return ["error", `${failed} of ${tested.length} tests fail`];
  const warnings = checked.warnings > 0 ? `, ${checked.warnings} to look at` : "";
  return ["fine", `right, ${tested.length} ${tested.length === 1 ? "test passes" : "tests pass"}${warnings}`];
}

let latest = 0;

async function refresh() {
  const turn = ++latest;
  try {
    const [checked, tested, explained] = await Promise.all([ask("check"), ask("test"), trace()]);
    // An answer that was overtaken says nothing about the text that is here now.
    if (turn !== latest) return;
    const tests = tested.tests ?? [];
    element("findings").replaceChildren(...checked.diagnostics.map(finding));
    if (checked.diagnostics.length === 0) element("findings").append(nothing("None."));
    element("tests").replaceChildren(...tests.map(test));
    if (tests.length === 0) {
      element("tests").append(nothing(checked.errors > 0 ? "They run when the policy is right." : "None."));
    }
    element("trace").textContent = explained;
    const [className, text] = summary(checked, tests);
    element("state").className = className;
    element("state").textContent = text;
  } catch (error) {
    if (turn !== latest) return;
    element("state").className = "error";
    element("state").textContent = `no answer: ${error.message}`;
  }
}

async function trace() {
  const more = { request: element("request").value };
  if (element("source").value.trim()) more.source = element("source").value.trim();
  const claims = element("jwt").value.trim();
  if (claims) {
    try {
      more.jwt = JSON.parse(claims);
    } catch (error) {
      return `claims: ${error.message}`;
    }
  }
  const answer = await ask("explain", more);
  return answer.text ?? answer.error ?? "It can be explained when the policy is right.";
}

function number() {
  const count = policy.value.split("\n").length;
  element("lines").textContent = Array.from({ length: count }, (_, at) => at + 1).join("\n");
}

let timer = 0;

function changed() {
  number();
  clearTimeout(timer);
  timer = setTimeout(refresh, 120);
}

async function format() {
  const answer = await ask("format");
  if (answer.policy === undefined || answer.policy === policy.value) return;
  const at = policy.selectionStart;
  policy.focus();
  replace(0, policy.value.length, answer.policy);
  policy.setSelectionRange(at, at);
}

policy.addEventListener("input", changed);
policy.addEventListener("scroll", () => { element("lines").scrollTop = policy.scrollTop; });
element("ask").addEventListener("input", changed);
element("ask").addEventListener("submit", (event) => event.preventDefault());
element("format").addEventListener("click", format);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    format();
  }
});
number();
refresh();
