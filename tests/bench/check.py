#!/usr/bin/env python3
"""Time and memory of `gwc check`, and the first answer of `gateway run`, by number of routes.

    cargo build --release -p gwc -p gateway
    tests/bench/check.py --rounds 5

Memory is the peak of the process, less that of a policy with one route of each kind, which needs all of the
code, less the source, for each route. Times are medians; `cpu` is what the process used, which says more on a
shared machine.
"""

import argparse
import pathlib
import re
import statistics
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

HEAD = """gw 1
enum Role { viewer, admin inherits viewer }
schema Claims { sub: string, org: slug, roles: list<Role> }
listener http { bind = ":8080" }
backend web { target = "http://127.0.0.1:9000" }
authn idp: jwt<Claims> { issuer = "https://i", audience = "shop", algorithms = [RS256], keys = file("k") }
policy p { allow when Role.viewer in jwt.roles }
service s on "api.example" {
authn idp
use policy p
"""

KINDS = [
    "route r{i} GET {path}/items/{{id:int}} {{ to web }}",
    "route r{i} GET|POST {path}/** {{ to web }}",
    "route r{i} POST {path}/{{name:slug}} {{ allow when path.name == jwt.org; to web }}",
    "route r{i} DELETE {path} {{ allow when Role.admin in jwt.roles; "
    'request {{ set header "x-tenant" = jwt.org }}; to web }}',
]


def protected(routes):
    """The policy of compiler/gw-compiler/benches/compile.rs."""
    lines = [KINDS[i % 4].format(i=i, path=f"/svc{i:06}") for i in range(routes)]
    return HEAD + "\n".join(lines) + "\n}\n"


def public(routes):
    """A policy that starts without keys."""
    head = 'gw 1\nlistener http { bind = "127.0.0.1:0" }\nbackend web { target = "http://127.0.0.1:9000" }\n'
    return head + "".join(f'route r{i} /svc{i:06}/** {{ public "bench"; to web }}\n' for i in range(routes))


def run(command):
    """Wall clock and CPU time in seconds, and the peak in KiB, as GNU time has them: a process that
    Python starts counts Python's own memory."""
    measured = ["time", "--format", "%e %U %S %M", *command]
    done = subprocess.run(measured, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr}")
    wall, user, system, peak = map(float, done.stderr.split()[-4:])
    return wall, user + system, peak


def medians(command, rounds):
    return [statistics.median(column) for column in zip(*(run(command) for _ in range(rounds)))]


def check(gwc, folder, rounds):
    print("| routes | wall | cpu | peak | for each route beyond the source |\n|---|---|---|---|---|")
    base = None
    for routes in (len(KINDS), 1_000, 10_000, 100_000):
        path = folder / "policy.gw"
        path.write_text(protected(routes))
        wall, cpu, peak = medians([gwc, "check", path], rounds)
        base = base or peak
        each = (peak - base - path.stat().st_size / 1024) / routes
        print(f"| {routes:,} | {wall:.3f} s | {cpu:.3f} s | {peak / 1024:.1f} MiB | {each:.2f} KiB |")


def first_answer(gateway, path):
    """Seconds from the start of the process to an answer."""
    command = [gateway, "run", "--workers", "1", "--access-log", "off", path]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = re.search(r"http://[\d.:]+", process.stdout.readline())[0]
        try:
            urllib.request.urlopen(f"{address}/nowhere", timeout=5)
        except urllib.error.HTTPError as answer:
            assert answer.code == 404
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def start(gwc, gateway, folder, rounds):
    print("\n| routes | first answer from .gw | from .gwb |\n|---|---|---|")
    for routes in (1, 10_000):
        source, artifact = folder / "start.gw", folder / "start.gwb"
        source.write_text(public(routes))
        subprocess.run([gwc, "build", source, "-o", artifact], check=True, stdout=subprocess.DEVNULL)
        times = [statistics.median(first_answer(gateway, path) for _ in range(rounds)) for path in (source, artifact)]
        print(f"| {routes:,} | {times[0]:.3f} s | {times[1]:.3f} s |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "target/release")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as folder:
        folder = pathlib.Path(folder)
        check(arguments.bin / "gwc", folder, arguments.rounds)
        start(arguments.bin / "gwc", arguments.bin / "gateway", folder, arguments.rounds)


main()
