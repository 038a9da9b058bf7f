#!/usr/bin/env python3
"""What each answer of `gwc lsp` costs on long policies, in CPU time of the whole process.

    cargo build --release -p gwc
    tests/bench/answers.py --routes 2000 10000 --rounds 9

A key is pressed, then something is asked, as an editor does it: through pipes, so that reading the question,
bringing the tree up to date and writing the answer are counted, of every thread. The check that follows a pause
in typing is a row of its own. Medians; `worst` is the longest of the rounds.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
URI = "file:///nowhere/policy.gw"

HEAD = """gw 1
enum Role { viewer, admin inherits viewer }
schema Claims { sub: string, org: slug, roles: list<Role> }
listener http { bind = ":8080" }
backend web { target = "http://127.0.0.1:9000" }
authn idp: jwt<Claims> { issuer = "https://i", audience = "shop", algorithms = [RS256], keys = file("k") }
policy p { allow when Role.viewer in jwt.roles }
"""
SERVICE = 'service s on "api.example" {\n  authn idp\n  use policy p\n'
TEST = 'test "t" { when GET /svc0/items/1; then status 401 }\n'

# Three shapes of routes; what sets one apart from the next of its shape is in the last column of names.
SHAPES = [
    "  route r{i} GET /svc{i}/items/{{id:int}} {{ {own}to web }}",
    "  route r{i} POST /svc{i}/{{name:slug}} {{ {own}allow when path.name == jwt.org{more}; to web }}",
    '  route r{i} DELETE /svc{i} {{ {own}request {{ set header "x-tenant" = jwt.org }}; to web }}',
]


def policy(routes, layout):
    """The policy of compiler/gw-lsp/benches/answers.rs; `distinct` has rules that are all different."""
    own = "authn idp; use policy p; " if layout == "alone" else ""
    more = ' && jwt.sub != "{i}"' if layout == "distinct" else ""
    lines = [SHAPES[i % 3].format(i=i, own=own, more=more.format(i=i)) for i in range(routes)]
    body = "\n".join(lines) + "\n"
    return HEAD + (body if layout == "alone" else SERVICE + body + "}\n") + TEST


# What is asked, and at which word.
ASKED = [
    ("hover", "textDocument/hover", "jwt.org"),
    ("completion of a member", "textDocument/completion", "jwt.org"),
    ("completion of a backend", "textDocument/completion", "to web"),
    ("definition", "textDocument/definition", "jwt.org"),
    ("references of a claim", "textDocument/references", "jwt.org"),
    ("references of a backend", "textDocument/references", "to web"),
    ("highlights of a claim", "textDocument/documentHighlight", "jwt.org"),
    ("highlights of a backend", "textDocument/documentHighlight", "to web"),
    ("prepare to rename", "textDocument/prepareRename", "to web"),
    ("rename of a backend", "textDocument/rename", "to web"),
    ("outline", "textDocument/documentSymbol", "to web"),
    ("folding", "textDocument/foldingRange", "to web"),
    ("semantic colours", "textDocument/semanticTokens/full", "to web"),
    ("hints of a screen", "textDocument/inlayHint", "to web"),
    ("lenses", "textDocument/codeLens", "to web"),
    ("fixes", "textDocument/codeAction", "to web"),
    ("formatting", "textDocument/formatting", "to web"),
    ("symbols of the workspace", "workspace/symbol", "to web"),
]


class Editor:
    """Talks to a server, and reads the clock of its process."""

    def __init__(self, gwc):
        self.process = subprocess.Popen([gwc, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        # The clock of another process, as clock_getcpuclockid(3) numbers it.
        self.clock = (~self.process.pid << 3) | 2
        self.said = []
        self.heard = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        self.number = self.version = 0

    def listen(self):
        while header := self.process.stdout.readline():
            length = int(header.split(b":")[1])
            self.process.stdout.readline()
            message = self.process.stdout.read(length)
            with self.heard:
                self.said.append(message)
                self.heard.notify()

    def busy(self):
        return time.clock_gettime(self.clock)

    def rested(self):
        """The clock, once it has stood for a while that is shorter than the pause before a check."""
        last = self.busy()
        while True:
            time.sleep(0.015)
            now = self.busy()
            if now - last < 0.0002:
                return now
            last = now

    def tell(self, method, params, **more):
        message = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(message), message))
        self.process.stdin.flush()

    def wait_for(self, wanted):
        with self.heard:
            while not any(wanted in message[:200] for message in self.said):
                if not self.heard.wait(600):
                    raise SystemExit(f"no answer with {wanted}")
            found = next(message for message in self.said if wanted in message[:200])
            self.said.clear()
        return found

    def ask(self, method, params):
        self.number += 1
        self.tell(method, params, id=self.number)
        return self.wait_for(b'"id":%d,' % self.number)

    def checked(self):
        self.wait_for(b"publishDiagnostics")


class Session:
    """An open policy, and a route in the middle of it."""

    def __init__(self, gwc, text):
        self.lines = text.split("\n")
        middle = len(self.lines) // 2
        self.line = next(n for n, line in enumerate(self.lines) if n > middle and "jwt.org" in line)
        self.editor = Editor(gwc)
        self.editor.ask("initialize", {"capabilities": {}})
        self.editor.tell("initialized", {})
        document = {"uri": URI, "languageId": "gw", "version": 0, "text": text}
        self.editor.tell("textDocument/didOpen", {"textDocument": document})
        self.editor.checked()

    def press(self, key):
        """Presses a key, or takes what it typed away again."""
        line, before, typed = {
            "route": (self.line, "/svc", "x"),
            "declaration": (4, "127.0.0.1:", "1"),
            "quote": (self.line - 2, "/svc", '"'),
        }[key]
        column = self.lines[line].index(before) + len(before)
        self.editor.version += 1
        odd = self.editor.version % 2
        change = {
            "range": {"start": {"line": line, "character": column}, "end": {"line": line, "character": column + 1 - odd}},
            "text": typed if odd else "",
        }
        document = {"uri": URI, "version": self.editor.version}
        self.editor.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def params(self, word):
        column = self.lines[self.line].index(word) + len(word) - 1
        return {
            "textDocument": {"uri": URI},
            "position": {"line": self.line, "character": column},
            "range": {"start": {"line": self.line, "character": 0}, "end": {"line": self.line + 60, "character": 0}},
            "context": {"diagnostics": [], "includeDeclaration": True},
            "newName": "renamed",
            "query": "r1",
            "options": {"tabSize": 2, "insertSpaces": True},
        }

    def cost(self, key, method, word):
        """CPU seconds of an answer, its bytes, and CPU seconds of the check that follows."""
        before = self.editor.rested()
        self.press(key)
        answer = self.editor.ask(method, self.params(word))
        answered = self.editor.rested()
        self.editor.checked()
        return answered - before, len(answer), self.editor.rested() - answered


def measure(gwc, text, arguments):
    session = Session(gwc, text)
    checks = []
    for name, method, word in ASKED:
        if arguments.only and arguments.only not in name:
            continue
        rounds = [session.cost(arguments.key, method, word) for _ in range(arguments.rounds)]
        costs = [cost for cost, _, _ in rounds]
        checks += [check for _, _, check in rounds]
        size = max(size for _, size, _ in rounds)
        print(f"| {name} | {statistics.median(costs) * 1e3:.1f} ms | {max(costs) * 1e3:.1f} ms | {size / 1024:.0f} KiB |", flush=True)
    print(f"| check, on a thread of its own | {statistics.median(checks) * 1e3:.1f} ms | {max(checks) * 1e3:.1f} ms | |")
    session.editor.process.terminate()
    session.editor.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--routes", type=int, nargs="+", default=[2_000])
    parser.add_argument("--layouts", nargs="+", default=["service", "alone", "distinct"], choices=["service", "alone", "distinct"])
    parser.add_argument("--key", default="route", choices=["route", "declaration", "quote"])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", help="a part of the names of what is asked")
    parser.add_argument("--gwc", type=pathlib.Path, default=os.environ.get("GWC_BIN", ROOT / "target/release/gwc"))
    arguments = parser.parse_args()
    for routes in arguments.routes:
        for layout in arguments.layouts:
            print(f"\n| {routes:,} routes, {layout}, a key: {arguments.key} | median | worst | answer |\n|---|---|---|---|")
            measure(arguments.gwc, policy(routes, layout), arguments)


main()
