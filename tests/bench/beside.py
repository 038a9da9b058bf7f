#!/usr/bin/env python3
"""The whole policy through the gateway beside a plain pass through nginx, in CPU time for each request.

The whole policy (peers/gateway/full.gw.t) has 1,000 routes, a verified RS256 token with a role rule, a limit
keyed by x-api-key, a path rewrite and eight header edits, and the gateway writes its access log. nginx passes
everything on; one writes no log, another the usual one in large pieces. Each has one worker on the same core and
takes its turn in every round. A token makes a request longer for whoever passes it on, so that nginx gets the
plain request and those of the whole policy. Prints medians, and medians of the ratios of each round with their
standard errors.

    tests/bench/beside.py --rounds 20

Besides what the other measurements need, this needs nginx (the Debian package of that name).
"""

import argparse
import contextlib
import pathlib
import statistics
import sys
import tempfile

import added
import harness
import keys

# As nginx is set up to pass requests on: connections of both sides stay open, and backends are told who asks,
# as the gateway tells them. It runs as one process, whose time is what counts.
NGINX = """
daemon off; master_process off; pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log {log}; keepalive_requests 1000000000; keepalive_timeout 300s;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  upstream backend {{ server 127.0.0.1:{backend}; keepalive 256; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{
      proxy_pass http://backend; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }}
  }}
}}
"""
# What the logs of each nginx are. The file that takes its output is emptied after each load.
LOGS = {"nginx": "off", "nginx with a log": "/dev/stdout combined buffer=64k"}
LOADS = {"base": "plain", "full": "of the whole policy"}
# Who gets which requests.
PAIRS = tuple((name, requests) for name in ("gateway", *LOGS) for requests in LOADS)


class Nginx(harness.Process):
    """An nginx that passes everything on."""

    def __init__(self, binary, port, backend, log):
        self.port = port
        self.settings = tempfile.NamedTemporaryFile("w", prefix="gw-bench-")
        self.settings.write(NGINX.format(port=port, backend=backend, log=log))
        self.settings.flush()
        super().__init__([binary, "-p", ".", "-c", self.settings.name], harness.layout(1)[0])
        if not self.answers(port):
            said = self.said()
            self.stop()
            sys.exit(f"nginx does not answer:\n{said}")

    def stop(self):
        super().stop()
        self.settings.close()


def report(rounds):
    """The table; how many requests failed."""
    def times(pair):
        return [turn[pair]["cpu_us"] for turn in rounds]
    def ratio(pair, other):
        ratios = [mine / theirs for mine, theirs in zip(times(pair), times(other))]
        # The median of samples of a normal distribution errs by a quarter more than their mean.
        error = 1.25 * statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else 0
        return f"{statistics.median(ratios):.2f} ± {error:.2f}"
    print("| | requests | CPU µs per request | of which user | × nginx, plain | × nginx, the same requests "
          "| × nginx with a log, the same requests |\n|---|---|---|---|---|---|---|")
    for name, requests in PAIRS:
        user = statistics.median(turn[name, requests]["user_us"] for turn in rounds)
        others = ("nginx", "base"), *((other, requests) for other in LOGS)
        ratios = " | ".join(ratio((name, requests), other) for other in others)
        print(f"| {name} | {LOADS[requests]} | {statistics.median(times((name, requests))):.1f} | {user:.1f} "
              f"| {ratios} |")
    return sum(figures["failed"] for turn in rounds for figures in turn.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    harness.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=int, default=1, help="of each load in each round [1]")
    arguments = parser.parse_args()
    tools = harness.tools(arguments, "nginx")
    harness.raise_limits()
    folder, port = keys.make(harness.WORK / "policy-keys"), arguments.port
    with contextlib.ExitStack() as stack:
        requests = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gw-bench-")))
        gateways = added.started(stack, tools, ("base", "full"), requests, folder, port)
        added.check(gateways["full"], folder)
        peers = {}
        for name, log in LOGS.items():
            at = port + 1 + (len(gateways) + len(peers)) * harness.PORTS
            peers[name] = stack.enter_context(Nginx(tools["nginx"], at, port, log))
        def run(pair, seconds):
            name, load = pair
            return harness.replay(peers.get(name) or gateways[load], seconds, requests / load)
        for pair in PAIRS:
            run(pair, 1)
        rounds = harness.in_turns(arguments.rounds, PAIRS, lambda pair: run(pair, arguments.seconds))
    if failed := report(rounds):
        sys.exit(f"{failed} requests failed")


if __name__ == "__main__":
    main()
