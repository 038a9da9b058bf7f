#!/usr/bin/env python3
"""How long `gwc test` takes on a large suite.

10,000 tests over 200 routes, a third of them rows of tables, some with sequences against limits. Prints the
best of several runs of each command.

The binary is target/release/gwc unless GWC_BIN says otherwise."""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
GWC = os.environ.get("GWC_BIN", str(ROOT / "target/release/gwc"))
TESTS = 10_000
ROUTES = 200
ROWS = 10
RUNS = 5

HEAD = """gw 1

enum Role { viewer, editor, admin inherits viewer, editor }
schema Claims { sub: string, org: slug, roles: list<Role> }
listener http { bind = ":8080" }
backend web { target = "http://127.0.0.1:9000" }
authn idp: jwt<Claims> { audience = "shop", algorithms = [RS256], keys = file("keys.json") }
limit per_person { key = jwt.sub, rate = 60/min, burst = 4 }
policy same_org {
  deny when jwt.sub == "blocked" reason "account blocked"
  allow when jwt.org == path.org
}

service shop on "api.example" prefix /v1/{org:slug} {
  authn idp
  use policy same_org
  use limit per_person
"""


def routes():
    for n in range(ROUTES):
        rule = "Role.editor" if n % 2 else "Role.viewer"
        yield f"  route r{n} GET /things{n}/{{id:int}} {{ allow when {rule} in jwt.roles; to web }}\n"
    yield "}\n"


def table(first):
    """A test with rows, about one route."""
    n = first % ROUTES
    yield f'test "table {first}" {{\n'
    for row in range(ROWS):
        org = "acme" if row % 2 else "other"
        answer = 200 if row % 2 else 403
        yield f'  row "row {row}" {{ org: "{org}", id: {row}, answer: {answer} }}\n'
    yield f'  given jwt {{ sub: "u{first}", org: "acme", roles: [editor, viewer] }}\n'
    yield f"  when GET /v1/{{org}}/things{n}/{{id}}\n  then status answer\n}}\n"


def single(number):
    """A test of one request, or of a sequence against the limit."""
    n = number % ROUTES
    yield f'test "single {number}" {{\n'
    yield f'  given jwt {{ sub: "u{number}", org: "acme", roles: [admin] }}\n'
    if number % 5 == 0:
        yield f"  when GET /v1/acme/things{n}/1 repeat 6\n  then status 200 times 5, status 429\n"
        yield f"  when GET /v1/acme/things{n}/1 after 10s\n  then status 200\n}}\n"
    else:
        yield f"  when GET /v1/acme/things{n}/1\n"
        yield f"  then status 200, route r{n}, backend web\n}}\n"


def policy():
    yield HEAD
    yield from routes()
    tables = TESTS // 3 // ROWS
    for number in range(tables):
        yield from table(number)
    for number in range(TESTS - tables * ROWS):
        yield from single(number)


def best(arguments):
    """The shortest wall time in seconds, and the last line that is printed."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run = subprocess.run([GWC, "test", *arguments], capture_output=True, text=True)
        times.append(time.perf_counter() - start)
        if run.returncode not in (0, 1) or (run.returncode == 1 and "--mutate" not in arguments):
            sys.exit(run.stdout[-2000:] + run.stderr)
    return min(times), run.stdout.strip().splitlines()[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path", nargs="?", type=pathlib.Path, help="where the policy is kept for a look at it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.path or pathlib.Path(folder) / "suite.gw"
        path.write_text("".join(policy()))
        megabytes = path.stat().st_size / 1e6
        print(f"{TESTS} tests, {ROUTES} routes, {megabytes:.1f} MB of source")
        for options in ([], ["--format", "junit"], ["--coverage"], ["--mutate"]):
            seconds, line = best([str(path), *options])
            print(f"{seconds:7.3f} s  gwc test {' '.join(options):15}  {line}")


main()
