#!/usr/bin/env python3
"""What a proxied request costs the processor, by its place in the source.

Time and cycle counts say little on a shared machine. Under valgrind's callgrind the same requests always
run the same instructions, and the time of a small request follows their number (docs/data-plane.md). A
simulation of the caches tells how many lines of code and data have to be fetched. A short and a long load
run on two gateways; the difference, by the number of requests, is what one costs without the start.

    tests/bench/request.py                  totals of a plain request, and the functions that take most
    tests/bench/request.py --policy full    the same for the whole policy of added.py
    tests/bench/request.py --by line        by line of our own source, library code included

Only the gateway's own work is seen, not the kernel's. SHA-256 and the like look dearer than they are:
valgrind offers no SHA instructions.
"""

import argparse
import collections
import pathlib
import tempfile

import addresses
import harness
import keys
import policies

# A first level as today's processors have it for code and for data, and a second level of 512 KiB.
CACHES = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64", "--LL=524288,8,64"]
EVENTS = ("instructions", "reads", "writes", "I1 misses", "D1 read misses", "D1 write misses",
          "L2 misses of code", "L2 read misses", "L2 write misses")
KEYS = harness.WORK / "policy-keys"
# Seconds; the short load makes every request of a policy once, so that each token was verified in both.
SHORT, LONG = 14, 26


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    policies.add_argument(parser)
    addresses.add_arguments(parser, by="function", top=30)
    arguments = parser.parse_args()
    tools = harness.tools(arguments)
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as name, \
            harness.backend(tools["backend"], arguments.port, 1):
        folder = pathlib.Path(name)
        (folder / "requests").write_text(policies.load(arguments.policy, keys.make(KEYS)))
        port = arguments.port + 1
        text = policies.policy(arguments.policy, port, arguments.port, KEYS)
        (short, few), (long, many) = (addresses.counted(tools["gateway"], text, port, seconds, folder, CACHES)
                                      for seconds in (SHORT, LONG))
    requests = many - few
    one = {at: [(b - a) / requests for a, b in zip(short[at], long[at])] for at in long}
    print("for each request: " + ", ".join(f"{sum(column):,.0f} {event}" for event, column
                                           in zip(EVENTS, zip(*one.values()))))
    often = [at for at in one if isinstance(at, int) and one[at][0] > 0.02]
    table = collections.defaultdict(lambda: [0] * len(EVENTS))
    named = dict(zip(often, addresses.places(tools["gateway"], often, arguments.by)))
    for at, values in one.items():
        place = named.get(at, "rare") if isinstance(at, int) else at
        table[place] = [a + b for a, b in zip(table[place], values)]
    print(f"\n| instructions | I1 misses | D1 misses | {arguments.by} |\n|---|---|---|---|")
    for place, values in sorted(table.items(), key=lambda row: -row[1][0])[:arguments.top]:
        print(f"| {values[0]:,.0f} | {values[3]:.1f} | {values[4] + values[5]:.1f} | {place} |")


main()
