#!/usr/bin/env python3
"""How long answers take at a load that every proxy can bear, the same for each.

Under full load a percentile says how deep the queue is, not how fast the proxy is. Here requests are due at
times that are drawn beforehand, as many clients that know nothing of each other send them, and far below what
saturates a core (`latency/`: an open loop, in which a request that waits for a connection is late); the proxies
take turns in every round. Prints the medians of the percentiles of each round.

    cargo build --profile bench -p latency
    tests/bench/latency.py gateway=http://127.0.0.1:8080/ nginx=http://127.0.0.1:8081/ --rate 6000
    tests/bench/latency.py a=https://127.0.0.1:8443/ b=https://127.0.0.1:8444/ --connections 16 --streams 8

Start the proxies pinned to the first core, as in docs/performance.md; the load runs on the second.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys

import harness

PERCENTILES = (50, 90, 99, 99.9)


def run(load, url, arguments):
    """Durations of the answers in microseconds, in order of size."""
    _, cores = harness.layout(1)
    command = [load, url, "--rate", arguments.rate, "--connections", arguments.connections,
               "--seconds", arguments.seconds, *(["--streams", arguments.streams] if arguments.streams else [])]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          preexec_fn=lambda: os.sched_setaffinity(0, cores))
    if done.returncode:
        sys.exit(f"{url} failed under load:\n{done.stderr}")
    return sorted(map(int, done.stdout.split()))


def percentile(durations, percent):
    return durations[min(int(len(durations) * percent / 100), len(durations) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proxies", nargs="+", metavar="NAME=URL")
    parser.add_argument("--rate", type=int, default=6_000, help="requests per second, over all connections [6000]")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--streams", type=int, help="of each connection: HTTP/2 instead of HTTP/1.1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="that count of each load in each round [3]")
    arguments = parser.parse_args()
    load = shutil.which(harness.TARGET / "release/latency")
    if not load:
        sys.exit("missing: `cargo build --profile bench -p latency`")
    proxies = dict(proxy.split("=", 1) for proxy in arguments.proxies)

    def measure(name):
        durations = run(load, proxies[name], arguments)
        return [percentile(durations, percent) for percent in PERCENTILES]

    turns = harness.in_turns(arguments.rounds, proxies, measure)
    print("| proxy | " + " | ".join(f"p{percent}, ms" for percent in PERCENTILES) + " |")
    print("|---" * (len(PERCENTILES) + 1) + "|")
    for name in proxies:
        times = (statistics.median(column) for column in zip(*(turn[name] for turn in turns)))
        print(f"| {name} | " + " | ".join(f"{time / 1_000:.2f}" for time in times) + " |")


if __name__ == "__main__":
    main()
