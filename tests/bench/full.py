#!/usr/bin/env python3
"""What a whole policy adds to a proxied request, in CPU time of the gateway.

Two gateways take turns in one run, each with one pinned worker: one with the policy of
peers/gateway/full.gw.t (1,000 routes, a verified RS256 token with a role rule, a limit keyed by
x-api-key, a path rewrite with eight header edits), one with base.gw.t (one public route). Prints the
medians and their difference; exit 1 if it is over the goal or if a request failed.
"""

import argparse
import pathlib
import random
import re
import sys
import tempfile
from types import SimpleNamespace

import harness
import keys

ROUTES, HOST = 1_000, "h0.t.test"
CONNECTIONS = 64
# Requests of the load: routes, tokens and keys mixed.
REQUESTS = 5_000


def rendered(name, values):
    """A template of peers/gateway: `@{expression}`, and lines `%for x in expression` … `%end`."""
    lines = iter((harness.HERE / "peers/gateway" / f"{name}.gw.t").read_text().splitlines())
    return "\n".join(expanded(block(lines), values))


def block(lines):
    """Lines up to `%end`; a loop is a tuple of its variable, its expression and its own lines."""
    found = []
    for line in lines:
        if line.startswith("%end"):
            break
        loop = re.match(r"%for (\w+) in (.+)", line)
        found.append((loop[1], loop[2], block(lines)) if loop else line)
    return found


def expanded(lines, values):
    for line in lines:
        if isinstance(line, tuple):
            name, expression, inner = line
            for value in eval(expression, {}, values):
                yield from expanded(inner, {**values, name: value})
        else:
            yield re.sub(r"@\{([^}]+)\}", lambda found: str(eval(found[1], {}, values)), line)


def policy(name, port, backend, folder):
    routes = [SimpleNamespace(i=n, path=f"/svc{n:05}/") for n in range(ROUTES)]
    hosts = [SimpleNamespace(name=HOST, routes=routes)]
    return rendered(name, {"port": port, "backend": f"127.0.0.1:{backend}", "keys": folder, "hosts": hosts})


def full_requests(folder):
    tokens = (folder / "tokens").read_text().split()
    chosen = random.Random(42)
    for _ in range(REQUESTS):
        yield (f"GET /svc{chosen.randrange(ROUTES):05}/items/42?x=1 HTTP/1.1\nHost: {HOST}\n"
               f"Authorization: Bearer {chosen.choice(tokens)}\nX-Api-Key: key-{chosen.randrange(1_000)}\n"
               "X-Debug: 1\nAccept: */*\nUser-Agent: wrk\n\n")


def load(name, folder):
    """The requests that are made under a policy, as lua/requests.lua reads them."""
    requests = full_requests(folder) if name == "full" else ["GET / HTTP/1.1\nHost: t.test\n\n"]
    return "".join(request + "\x1e\n" for request in requests)


def check(port, folder):
    """Whether the gateway does the work that is measured."""
    def asked(name, path="/svc00999/items/42"):
        token = f"Authorization: Bearer {(folder / name).read_text().split()[0]}\r\n" if name else ""
        return harness.status(port, path, HOST, token + "X-Api-Key: k\r\n")
    expected = {"": 401, "guest": 403, "expired": 401, "tampered": 401, "tokens": 200}
    found = {name: asked(name)[0] for name in expected}
    head = asked("tokens")[1].lower()
    wanted = {"x-gateway": True, "x-frame-options": True, "ratelimit": True, "x-request-cost": False}
    fields = {name: f"\n{name}:" in head for name in wanted}
    missing = asked("tokens", "/nosuch/")[0]
    if found != expected or fields != wanted or missing != 404:
        sys.exit(f"the gateway does not do the work: {found}, {fields}, unknown route {missing}")


def measure(loads, arguments):
    """The medians of each load, in turns."""
    def run(name, seconds):
        gateway, requests = loads[name]
        script = harness.HERE / "lua/requests.lua"
        return harness.load(gateway, 1, seconds, CONNECTIONS, script, {"REQUESTS": requests})
    for name in loads:
        run(name, 2)
    runs = {name: [] for name in loads}
    for turn in range(arguments.rounds):
        for name in random.Random(turn).sample(list(loads), len(loads)):
            runs[name].append(run(name, arguments.seconds))
    return {name: harness.median(figures) for name, figures in runs.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--goal", type=float, default=3.0, help="most microseconds that the policy may add [3]")
    arguments = parser.parse_args()
    tools = harness.tools(arguments)
    harness.raise_limits()
    folder = keys.make(harness.WORK / "full-keys")
    port = arguments.port
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as requests, harness.backend(tools["backend"], port, 1):
        files = {name: pathlib.Path(requests, name) for name in ("base", "full")}
        for name, file in files.items():
            file.write_text(load(name, folder))
        def start(name, at):
            return harness.Gateway(tools["gateway"], policy(name, at, port, folder), at, 1)
        with start("base", port + 1) as base, start("full", port + 3) as full:
            check(full.port, folder)
            found = measure({"base": (base, files["base"]), "full": (full, files["full"])}, arguments)
    print("| policy | CPU µs per request | of which user | requests per second | failed |\n|---|---|---|---|---|")
    for name, figures in found.items():
        print(f"| {name} | {figures['cpu_us']:.1f} | {figures['user_us']:.1f} | "
              f"{figures['requests_per_second']:,.0f} | {figures['failed']} |")
    added = found["full"]["cpu_us"] - found["base"]["cpu_us"]
    print(f"the policy adds {added:.1f} µs; goal {arguments.goal:.1f}")
    if added > arguments.goal or any(figures["failed"] for figures in found.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
