#!/usr/bin/env python3
"""The gateway's own part of a proxied request, with the kernel's part as the unit: one build beside others.

Processor time of the same work moves by half on a shared machine, and what a change gains is lost in it.
The kernel's part of a request is the same work for every build, and slows down with the gateway's: their
ratio, from samples of where the processor is, moves by a tenth of that. Builds take turns in every round.
Prints the median of each build's ratios, their standard error, and how it compares with the first build.

    tests/bench/share.py target/release/gateway other=/elsewhere/gateway
    tests/bench/share.py --policy full --rounds 30 target/release/gateway

Besides what the other measurements need, this needs perf (the Debian package linux-perf) and the right to
sample the kernel: `sysctl kernel.perf_event_paranoid=1`.
"""

import argparse
import contextlib
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import harness
import keys
import policies


def share(gateway, seconds, folder):
    """Samples of the gateway's own code for one of the kernel's, in one load."""
    data = harness.sampled(gateway, "cpu-clock:u,cpu-clock:k", seconds, folder)
    event, counts = "u", dict.fromkeys("uk", 0)
    report = ["perf", "report", "-i", data, "--stdio", "-n", "--sort", "dso"]
    for line in subprocess.run(report, capture_output=True, text=True).stdout.splitlines():
        if match := re.match(r"# Samples: .* of event 'cpu-clock:([uk])'", line):
            event = match[1]
        elif match := re.match(r"\s*[\d.]+%\s+(\d+)\s", line):
            counts[event] += int(match[1])
    if not all(counts.values()):
        sys.exit("perf took no samples of the kernel")
    return counts["u"] / counts["k"]


def builds(arguments):
    """Names and binaries; one without a name goes by its path."""
    named = (build.partition("=") for build in arguments.builds)
    return {name: os.path.abspath(binary or name) for name, _, binary in named}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    parser.add_argument("builds", nargs="+", metavar="[NAME=]BINARY")
    policies.add_argument(parser)
    parser.add_argument("--rounds", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=1, help="of each load in each round [1]")
    arguments = parser.parse_args()
    binaries = builds(arguments)
    arguments.gateway = next(iter(binaries.values()))
    tools = harness.tools(arguments, "perf")
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gw-bench-")))
        stack.enter_context(harness.backend(tools["backend"], arguments.port, 1))
        made = keys.make(harness.WORK / "policy-keys", cold=arguments.policy == "jwt-cold")
        (folder / "requests").write_text(policies.load(arguments.policy, made))
        gateways = {}
        for index, (name, binary) in enumerate(binaries.items()):
            at = arguments.port + 1 + index * harness.PORTS
            text = policies.policy(arguments.policy, at, arguments.port, made)
            gateways[name] = stack.enter_context(harness.Gateway(binary, text, at, 1))
        for gateway in gateways.values():
            share(gateway, 1, folder)
        rounds = harness.in_turns(
            arguments.rounds, gateways, lambda name: share(gateways[name], arguments.seconds, folder))
    shares = {name: [turn[name] for turn in rounds] for name in gateways}
    first = statistics.median(next(iter(shares.values())))
    print("| build | own part, kernel's = 1 | standard error | against the first |\n|---|---|---|---|")
    for name, found in shares.items():
        error = statistics.stdev(found) / len(found) ** 0.5 if len(found) > 1 else float("nan")
        median = statistics.median(found)
        print(f"| {name} | {median:.3f} | {error:.3f} | {median / first:.3f} |")


main()
