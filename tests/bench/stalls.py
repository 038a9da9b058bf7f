#!/usr/bin/env python3
"""Where a request waits: the share of the time at each place of the source beside the share of instructions.

Most code of a request runs at several instructions in each cycle of the processor. The time goes where it
waits: for memory that other requests have driven out of the caches, for what was just stored in other pieces
than it is loaded in, for instructions that lock. Instructions are counted under valgrind's callgrind, as
request.py does it, and perf says where the time goes of a gateway that runs freely. Places come in the order
of the time beyond their share of the instructions.

    tests/bench/stalls.py                       a plain request, by line
    tests/bench/stalls.py --policy full --top 60
    tests/bench/stalls.py --by function

Besides what the other measurements need, this needs perf (the Debian package linux-perf).
"""

import argparse
import collections
import pathlib
import tempfile

import addresses
import harness
import keys
import policies

# Seconds of the load under callgrind, whose start is counted with it, and of each that is sampled.
COUNTED, SAMPLED = 20, 2


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    policies.add_argument(parser)
    addresses.add_arguments(parser, by="line", top=40)
    parser.add_argument("--rounds", type=int, default=4, help="of two seconds that are sampled [4]")
    arguments = parser.parse_args()
    tools = harness.tools(arguments, "perf")
    made = keys.make(harness.WORK / "policy-keys", cold=arguments.policy == "jwt-cold")
    text = policies.policy(arguments.policy, arguments.port + 1, arguments.port, made)
    binary = tools["gateway"]
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as name, \
            harness.backend(tools["backend"], arguments.port, 1):
        folder = pathlib.Path(name)
        (folder / "requests").write_text(policies.load(arguments.policy, made))
        sums, requests = addresses.counted(binary, text, arguments.port + 1, COUNTED, folder)
        instructions = {at: count / requests for at, (count,) in sums.items()}
        time = collections.Counter()
        with harness.Gateway(binary, text, arguments.port + 1, 1) as gateway:
            harness.replay(gateway, SAMPLED, folder / "requests")
            for _ in range(arguments.rounds):
                data = harness.sampled(gateway, "cpu-clock:u", SAMPLED, folder)
                time += addresses.samples(data, binary)
    report(time, instructions, binary, arguments)


def report(time, instructions, binary, arguments):
    often = sorted({at for at, count in instructions.items() if isinstance(at, int) and count > 0.02}
                   | {at for at in time if isinstance(at, int)})
    named = dict(zip(often, addresses.places(binary, often, arguments.by)))
    spent, run = collections.Counter(), collections.Counter()
    for at, count in time.items():
        spent[named.get(at, at)] += count
    for at, count in instructions.items():
        run[named.get(at, "rare" if isinstance(at, int) else at)] += count
    samples, total = spent.total(), run.total()
    beyond = {place: spent[place] / samples - run[place] / total for place in spent}
    print(f"{samples:,} samples, {total:,.0f} instructions with those of the start\n")
    print(f"| time | beyond its share of instructions | instructions | {arguments.by} |\n|---|---|---|---|")
    for place in sorted(beyond, key=lambda place: -beyond[place])[:arguments.top]:
        print(f"| {spent[place] / samples:.2%} | {beyond[place]:.2%} | {run[place]:,.0f} | {place} |")


main()
