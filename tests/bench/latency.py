#!/usr/bin/env python3
"""How long answers take at a load that every proxy can bear, the same for each.

Under full load a percentile says how deep the queue is, not how fast the proxy is. Here requests begin at
a fixed rate (h2load --rps), far below what saturates a core; the proxies take turns in every round.
Connections are made one after another, so that their requests are spread evenly over the time: where all are
made at once, all their requests come at once for ever after, the more so the faster the proxy shakes hands,
and a percentile says how long a queue of as many takes. Prints the medians of the percentiles of each round,
without the time in which connections are made or end.

    tests/bench/latency.py gateway=http://127.0.0.1:8080/ nginx=http://127.0.0.1:8081/ --rate 6000
    tests/bench/latency.py a=https://127.0.0.1:8443/ b=https://127.0.0.1:8444/ --h2 --connections 16

Start the proxies pinned to the first core, as in docs/performance.md; the load runs on the second.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import harness

PERCENTILES = (50, 90, 99, 99.9)


def pause(interval, connections):
    """Whole milliseconds between two connections that spread their requests best over the interval of each."""
    def gap(pause):
        phases = sorted(number * pause % interval for number in range(connections))
        return min(after - before for before, after in zip(phases, [*phases[1:], phases[0] + interval]))
    return max(range(10, 30), key=gap)


def run(url, arguments, log):
    """Durations of the answers in microseconds, in order of size."""
    log.unlink(missing_ok=True)
    _, cores = harness.layout(1)
    connections = arguments.connections
    each = max(arguments.rate // connections, 1)
    between = pause(1_000 / each, connections)
    warm_up = 1 + connections * between / 1_000
    # The first connection is done a second after what is counted.
    requests = int(connections * each * (warm_up + arguments.seconds + 1))
    command = ["h2load", f"-c{connections}", f"-n{requests}", f"--rps={each}", "-r1", f"--rate-period={between}ms",
               f"--log-file={log}", *([] if arguments.h2 else ["--h1"]), url]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=lambda: os.sched_setaffinity(0, cores))
    rows = [tuple(map(int, line.split()[:3])) for line in log.read_text().splitlines()] if log.exists() else []
    if not rows or any(status != 200 for _, status, _ in rows):
        sys.exit(f"{url} failed under load:\n{done.stdout}{done.stderr}")
    begin = min(start for start, _, _ in rows) + warm_up * 1_000_000
    end = begin + arguments.seconds * 1_000_000
    return sorted(took for start, _, took in rows if begin <= start < end)


def percentile(durations, percent):
    return durations[min(int(len(durations) * percent / 100), len(durations) - 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proxies", nargs="+", metavar="NAME=URL")
    parser.add_argument("--rate", type=int, default=6_000, help="requests per second, over all connections [6000]")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--h2", action="store_true", help="HTTP/2 instead of HTTP/1.1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="that count of each load in each round [3]")
    arguments = parser.parse_args()
    if not shutil.which("h2load"):
        sys.exit("missing: h2load, the Debian package nghttp2-client")
    proxies = dict(proxy.split("=", 1) for proxy in arguments.proxies)
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as folder:
        def measure(name):
            durations = run(proxies[name], arguments, pathlib.Path(folder, "log"))
            figures = [percentile(durations, percent) for percent in PERCENTILES]
            return [*figures, len(durations) / arguments.seconds]
        turns = harness.in_turns(arguments.rounds, proxies, measure)
    print("| proxy | " + " | ".join(f"p{percent}, ms" for percent in PERCENTILES) + " | requests per second |")
    print("|---" * (len(PERCENTILES) + 2) + "|")
    for name in proxies:
        *times, rate = (statistics.median(column) for column in zip(*(turn[name] for turn in turns)))
        print(f"| {name} | " + " | ".join(f"{time / 1_000:.2f}" for time in times) + f" | {rate:,.0f} |")


if __name__ == "__main__":
    main()
