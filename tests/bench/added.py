#!/usr/bin/env python3
"""What a policy adds to a proxied request, in CPU time of the gateway: each part alone, and all together.

A gateway for every policy, each with one worker on the same core, takes its turn in every round. Against
it stands one with a single public route, which gets the plain request and, for each policy, the requests of
that policy: a token also makes the message longer, whoever reads it. Prints the medians of the differences
of each round; exit 1 if the whole policy adds more than the goal or if a request failed.

    tests/bench/added.py                    all policies
    tests/bench/added.py ratelimit full     some

The whole policy (peers/gateway/full.gw.t) has 1,000 routes, a verified RS256 token with a role rule, a
limit keyed by x-api-key, a path rewrite and eight header edits. `jwt-cold` verifies the signature of each
request's token: there are more of them than requests, and the policy is loaded anew before each load.
"""

import argparse
import contextlib
import pathlib
import statistics
import sys
import tempfile

import harness
import keys
import policies


def check(gateway, folder):
    """Whether the gateway with the whole policy does the work that is measured."""
    def asked(name, path="/svc00999/items/42"):
        token = f"Authorization: Bearer {(folder / name).read_text().split()[0]}\r\n" if name else ""
        return harness.status(gateway.port, path, policies.HOST, token + "X-Api-Key: k\r\n")
    expected = {"": 401, "guest": 403, "expired": 401, "tampered": 401, "jwt-rs256.tokens": 200}
    found = {name: asked(name)[0] for name in expected}
    head = asked("jwt-rs256.tokens")[1].lower()
    wanted = {"x-gateway": True, "x-frame-options": True, "ratelimit": True, "x-request-cost": False}
    fields = {name: f"\n{name}:" in head for name in wanted}
    missing = asked("jwt-rs256.tokens", "/nosuch/")[0]
    if found != expected or fields != wanted or missing != 404:
        sys.exit(f"the gateway does not do the work: {found}, {fields}, unknown route {missing}")


def measure(gateways, requests, arguments):
    """Figures of each policy in each round, and of the single public route under the same requests."""
    def run(gateway, name, seconds):
        if gateway == "jwt-cold":
            gateways[gateway].reload()
        return harness.replay(gateways[gateway], seconds, requests / name)
    pairs = [("base", name) for name in gateways] + [(name, name) for name in gateways if name != "base"]
    for pair in pairs:
        run(*pair, 1)
    return harness.in_turns(arguments.rounds, pairs, lambda pair: run(*pair, arguments.seconds))


def started(stack, tools, names, requests, folder, port):
    """A gateway for each policy, the backend of all, and the files of their requests; they end with the stack."""
    stack.enter_context(harness.backend(tools["backend"], port, 1))
    gateways = {}
    for index, name in enumerate(names):
        (requests / name).write_text(policies.load(name, folder))
        at = port + 1 + index * harness.PORTS
        text = policies.policy(name, at, port, folder)
        gateways[name] = stack.enter_context(harness.Gateway(tools["gateway"], text, at, 1))
    return gateways


def report(rounds, names):
    """The table; what the whole policy adds, if it was asked for, and how many requests failed."""
    def median(pair, figure):
        return statistics.median(turn[pair][figure] for turn in rounds)
    def added(name, base, figure):
        return statistics.median(turn[name, name][figure] - turn["base", base][figure] for turn in rounds)
    plain = "base", "base"
    print("| policy | CPU µs per request | of which user | added to the plain request | of which user "
          "| by the policy, not the longer request | of which user |\n|---|---|---|---|---|---|---|")
    print(f"| base | {median(plain, 'cpu_us'):.1f} | {median(plain, 'user_us'):.1f} | | | | |")
    for name in names:
        cells = [median((name, name), "cpu_us"), median((name, name), "user_us")]
        cells += [added(name, base, figure) for base in ("base", name) for figure in ("cpu_us", "user_us")]
        print(f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")
    failed = sum(figures["failed"] for turn in rounds for figures in turn.values())
    return added("full", "base", "cpu_us") if "full" in names else 0, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    parser.add_argument("policies", nargs="*", metavar="POLICY", help=f"of {', '.join(policies.PARTS)}")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=1, help="of each load in each round [1]")
    parser.add_argument("--goal", type=float, default=3.0, help="most microseconds that the whole may add [3]")
    arguments = parser.parse_args()
    names = arguments.policies or policies.PARTS
    if unknown := set(names) - set(policies.PARTS):
        parser.error(f"no such policy: {', '.join(unknown)}; there are {', '.join(policies.PARTS)}")
    tools = harness.tools(arguments)
    harness.raise_limits()
    folder = keys.make(harness.WORK / "policy-keys", cold="jwt-cold" in names)
    port = arguments.port
    with contextlib.ExitStack() as stack:
        requests = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gw-bench-")))
        gateways = started(stack, tools, ("base", *names), requests, folder, port)
        if "full" in gateways:
            check(gateways["full"], folder)
        added, failed = report(measure(gateways, requests, arguments), names)
    if "full" in names:
        print(f"the whole policy adds {added:.1f} µs; goal {arguments.goal:.1f}")
    if added > arguments.goal or failed:
        sys.exit(f"{failed} requests failed" if failed else 1)


if __name__ == "__main__":
    main()
