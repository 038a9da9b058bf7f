#!/usr/bin/env python3
"""How throughput and CPU time per request grow with connections, routes, limit keys and bodies.

Measures a gateway with one and with two workers and writes, for each of the four, one curve of each
figure (docs/performance/*.svg) and the numbers (docs/performance/scale.json). A full run takes about
ten minutes, --quick one. Exit 1 if a request failed.
"""

import argparse
import datetime
import json
import pathlib
import platform
import random
import subprocess
import sys
import tempfile

import harness
import svg

DOCS = harness.HERE.parent.parent / "docs/performance"
WORKERS = (1, 2)
MIB = 1 << 20


def policy(routes, port):
    """The listener takes bodies of 16 MiB; the backend as many connections as there are clients."""
    return f"""gw 1
listener plain {{
  bind = "127.0.0.1:{port}"
  http {{ max_body = 16MiB }}
}}
backend be {{ target = "http://127.0.0.1:{port + 1}", max_connections = 20000 }}
{routes}
"""


def get(path, fields=""):
    return f"GET {path} HTTP/1.1\nHost: t.test\n{fields}\n"


def connections(_):
    return 'route all /** { public "benchmark"; to be }', [get("/")]


def routes(count):
    lines = [f'route r{n} /svc{n:06}/** {{ public "benchmark"; to be }}' for n in range(count)]
    return "\n".join(lines), [get(f"/svc{n:06}/items/42?x=1") for n in range(count)]


def keys(count):
    limit = f"""limit per_key {{
  key = request.headers["x-api-key"] ?? "", rate = 1000000/s, burst = 10000, max_keys = {2 * count + 1000}
}}
route all /** {{ public "benchmark"; use limit per_key; to be }}"""
    return limit, [get("/", f"X-Api-Key: key-{n}\n") for n in range(count)]


def bodies(size):
    request = f"POST / HTTP/1.1\nHost: t.test\nContent-Length: {size}\n\n{'x' * size}"
    return 'route all /** { public "benchmark"; to be }', [request]


def size_text(value):
    for unit, name in ((MIB, "MiB"), (1 << 10, "KiB")):
        if value >= unit:
            return f"{value // unit:,} {name}"
    return f"{value} B"


# name -> (what the x-axis says, the values, those of a quick run, policy and requests of a value)
CURVES = {
    "connections": ("keep-alive connections", (10, 30, 100, 300, 1_000, 3_000, 10_000), (10, 100, 1_000), connections),
    "routes": ("routes of the policy", (1, 10, 100, 1_000, 10_000, 100_000), (1, 100, 10_000), routes),
    "keys": ("keys of a limit", (1, 10, 100, 1_000, 10_000, 100_000), (1, 1_000, 100_000), keys),
    "bodies": ("size of a request body", (1, 100, 1_024, 10_240, 102_400, MIB, 10 * MIB), (1, 10_240, MIB), bodies),
}
FIGURES = {
    "cpu_us": ("cpu", "CPU time per request", "µs of the gateway"),
    "requests_per_second": ("throughput", "Throughput", "requests per second"),
}


def point(tools, port, name, value, workers, arguments):
    """One value of one curve."""
    declared, requests = CURVES[name][3](value)
    usual = harness.CONNECTIONS
    # Of large bodies few under way, so that those cut off by the end of a load matter little.
    clients = {"connections": value, "bodies": 4 if value >= MIB else usual}.get(name, usual)
    ramp = clients // 1_000 * 2
    random.Random(42).shuffle(requests)
    with tempfile.NamedTemporaryFile("w", prefix="gw-bench-") as file:
        file.writelines(request + "\x1e\n" for request in requests)
        file.flush()
        with harness.Gateway(tools["gateway"], policy(declared, port), port, workers) as gateway:
            def run(seconds, ramp=0):
                script = harness.HERE / "lua/requests.lua"
                return harness.load(gateway, workers, seconds, clients, script, {"REQUESTS": file.name}, ramp)
            if not ramp:
                run(1)
            return harness.median([run(arguments.seconds, ramp) for _ in range(arguments.rounds)])


def measure(tools, name, arguments):
    """A curve for each number of workers."""
    found = {}
    values = CURVES[name][2 if arguments.quick else 1]
    for workers in WORKERS:
        with harness.backend(tools["backend"], arguments.port + 1, workers):
            for value in values:
                figures = point(tools, arguments.port, name, value, workers, arguments)
                print(f"{name} {value:,}, {workers} workers: {figures['requests_per_second']:,.0f}/s, "
                      f"{figures['cpu_us']:.1f} us, {figures['failed']} failed", flush=True)
                found.setdefault(str(workers), []).append({"at": value, **figures})
    return found


def draw(name, found, folder):
    """Writes the curves of a measurement."""
    x_label = CURVES[name][0]
    for figure, (suffix, title, y_label) in FIGURES.items():
        def line(workers, points):
            words = f"{workers} worker" + ("s" if workers != "1" else "")
            return words, [(p["at"], p[figure]) for p in points]
        lines = [line(workers, points) for workers, points in found.items()]
        text = svg.curve(f"{title} by {x_label}", x_label, y_label, lines, size_text if name == "bodies" else None)
        (folder / f"{name}-{suffix}.svg").write_text(text)


def versions(tools):
    gateway = subprocess.run([tools["gateway"], "--version"], capture_output=True, text=True).stdout.strip()
    wrk = subprocess.run([tools["wrk"], "-v"], capture_output=True, text=True).stdout.split(" Copyright")[0].strip()
    return {"gateway": gateway, "wrk": wrk, "kernel": platform.release(), "cores": len(harness.layout(2)[0])}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    parser.add_argument("curves", nargs="*", help=f"of {', '.join(CURVES)} [all]")
    parser.add_argument("--quick", action="store_true", help="fewer points, one round of a second")
    parser.add_argument("--rounds", type=int, help="rounds of each point; the median counts [3]")
    parser.add_argument("--seconds", type=int, help="how long a round takes [3]")
    parser.add_argument("--out", type=pathlib.Path, default=DOCS, help="folder of the results [docs/performance]")
    parser.add_argument("--draw", action="store_true", help="draws the curves of scale.json again, without measuring")
    arguments = parser.parse_args()
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 3)
    arguments.seconds = arguments.seconds or (1 if arguments.quick else 3)
    names = arguments.curves or list(CURVES)
    if unknown := [name for name in names if name not in CURVES]:
        parser.error(f"no curve is called {', '.join(unknown)}")

    results = arguments.out / "scale.json"
    # A curve that is drawn anew leaves the others as they are.
    found = json.loads(results.read_text())["curves"] if results.exists() else {}
    if not arguments.draw:
        tools = harness.tools(arguments)
        harness.raise_limits()
        found |= {name: measure(tools, name, arguments) for name in names}
        arguments.out.mkdir(parents=True, exist_ok=True)
        mode = "--quick " if arguments.quick else ""
        results.write_text(json.dumps({
            "date": datetime.date.today().isoformat(),
            "versions": versions(tools),
            "command": f"tests/bench/scale.py {mode}--rounds {arguments.rounds} --seconds {arguments.seconds} {' '.join(names)}",
            "curves": found,
        }, indent=1) + "\n")
    for name, curve in found.items():
        draw(name, curve, arguments.out)
    failed = sum(p["failed"] for curve in found.values() for line in curve.values() for p in line)
    if failed:
        sys.exit(f"{failed} requests failed")


main()
