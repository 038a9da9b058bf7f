"""What the measurements share: a backend, a gateway, a load on it, and the gateway's CPU time.

CPU time per request is what holds on a small machine with other work: user and system time of the
gateway between the beginning and the end of a load, by the number of answers. One worker is pinned
to the first core, load and backend to the second; more workers take all cores, unpinned.
Everything listens on loopback.
"""

import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
TICK = os.sysconf("SC_CLK_TCK")
WORK = pathlib.Path(os.environ.get("PERF_WORK", pathlib.Path.home() / ".cache/gw-perf"))
MOST_FILES = 65_536
CONNECTIONS = 64
# The gateway takes a few ports, the one of its admin page included.
PORTS = 8
# Perf's samples a second, a divisor of few things that happen regularly, and the seconds until they begin.
FREQUENCY, BEGIN = 11_987, 0.3


def tools(arguments, *others):
    """The programs that a measurement needs; ends with a list of those that are missing."""
    gateway = arguments.gateway or os.environ.get("GATEWAY_BIN") or TARGET / "release/gateway"
    backend = arguments.backend or os.environ.get("BACKEND_BIN") or WORK / "target/release/backend"
    found = {"gateway": shutil.which(gateway), "backend": shutil.which(backend)}
    found |= {name: shutil.which(name) for name in ("wrk", *others)}
    hints = {
        "gateway": f"{gateway}: `cargo build --release -p gateway`, or --gateway or GATEWAY_BIN",
        "backend": f"{backend}: any HTTP/1.1 server that takes a port as its argument; --backend or BACKEND_BIN",
        "wrk": "wrk: the Debian package of that name",
        "nginx": "nginx: the Debian package of that name",
        "perf": "perf: the Debian package linux-perf, and the right to sample the kernel: "
                "`sysctl kernel.perf_event_paranoid=1`",
    }
    missing = [hints[name] for name, path in found.items() if path is None]
    if missing:
        sys.exit("missing:\n  " + "\n  ".join(missing))
    # They run in folders of their own.
    return {name: os.path.abspath(path) for name, path in found.items()}


def add_arguments(parser):
    parser.add_argument("--gateway", help="the gateway's binary [GATEWAY_BIN, target/release/gateway]")
    parser.add_argument("--backend", help="an HTTP server [BACKEND_BIN, $PERF_WORK/target/release/backend]")
    parser.add_argument("--port", type=int, default=24_000, help="first of the ports on loopback [24000]")


def raise_limits():
    """As many open files as may be had; returns their number."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(hard, MOST_FILES), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            return limit
        except (ValueError, OSError):
            continue
    return hard


def layout(workers):
    """Cores of the gateway, cores of load and backend."""
    cores = sorted(os.sched_getaffinity(0))
    if workers == 1 and len(cores) > 1:
        return cores[:1], cores[1:2]
    return cores, cores


class Process:
    """A child on some cores. Its output goes to a file that goes with it."""

    def __init__(self, command, cores):
        self.folder = tempfile.TemporaryDirectory(prefix="gw-bench-")
        self.output = open(f"{self.folder.name}/output", "ab")
        self.child = subprocess.Popen(
            [str(part) for part in command], cwd=self.folder.name, stdout=self.output, stderr=self.output,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )

    def cpu(self):
        """User and system time so far, in seconds."""
        stat = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text()
        user, system = stat.rsplit(")", 1)[1].split()[11:13]
        return int(user) / TICK, int(system) / TICK

    def said(self):
        self.output.flush()
        return pathlib.Path(self.output.name).read_text(errors="replace")[-2_000:]

    def forget(self):
        """Empties the output: an access log grows by megabytes a second."""
        os.truncate(self.output.name, 0)

    def answers(self, port, target="/", host="t.test", seconds=60):
        """Waits until it answers HTTP at all."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.child.poll() is not None:
                return False
            if status(port, target, host)[0]:
                return True
            time.sleep(0.02)
        return False

    def stop(self):
        for sign in (signal.SIGTERM, signal.SIGKILL):
            self.child.send_signal(sign)
            try:
                self.child.wait(20)
                break
            except subprocess.TimeoutExpired:
                continue
        self.output.close()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Gateway(Process):
    """A gateway with a policy, its access log on as users have it; `under` is a program that runs it."""

    def __init__(self, binary, policy, port, workers, under=()):
        cores, _ = layout(workers)
        self.port = port
        self.source = tempfile.NamedTemporaryFile("w", suffix=".gw", prefix="gw-bench-")
        self.source.write(policy)
        self.source.flush()
        self.admin = f"127.0.0.1:{port + 5}"
        served = self.built(binary) if under else self.source.name
        run = [binary, "run", served, "--workers", workers, "--admin", self.admin]
        super().__init__([*under, *run], cores)
        if not self.answers(port):
            said = self.said()
            self.stop()
            sys.exit(f"the gateway does not answer:\n{said}")

    def built(self, binary):
        """The artifact: a gateway that runs under another program cannot start itself to compile."""
        gwc = pathlib.Path(binary).with_name("gwc")
        artifact = f"{self.source.name}b"
        subprocess.run([gwc, "build", self.source.name, "-o", artifact], check=True, stdout=subprocess.DEVNULL)
        return artifact

    def counted(self, name):
        """What the gateway counted so far under a metric's name, whatever its labels."""
        with urllib.request.urlopen(f"http://{self.admin}/metrics", timeout=10) as page:
            counts = re.findall(rf"^{name}\{{[^}}]*\}} (\d+)", page.read().decode(), re.MULTILINE)
        return sum(map(int, counts))

    def decided(self):
        """Requests so far, by the gateway's own count."""
        return self.counted("gw_decisions_total")

    def reload(self):
        """The same policy anew: what was kept for the one before, such as verified tokens, counts no more."""
        reloads = self.counted("gw_reloads_total")
        self.child.send_signal(signal.SIGHUP)
        while self.counted("gw_reloads_total") == reloads:
            time.sleep(0.02)

    def stop(self):
        super().stop()
        pathlib.Path(f"{self.source.name}b").unlink(missing_ok=True)
        self.source.close()


def backend(binary, port, workers):
    _, cores = layout(workers)
    child = Process([binary, port], cores)
    if not child.answers(port):
        child.stop()
        sys.exit("the backend does not answer")
    return child


def status(port, target="/", host="t.test", fields=""):
    """Status and header section of one request; (0, "") if there is no answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), 3) as connection:
            request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{fields}Connection: close\r\n\r\n"
            connection.sendall(request.encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                more = connection.recv(65_536)
                if not more:
                    break
                answer += more
    except OSError:
        return 0, ""
    head = answer.split(b"\r\n\r\n")[0].decode("latin-1")
    return (int(head[9:12]), head) if head.startswith("HTTP/1.1 ") else (0, "")


def sampled(gateway, events, seconds, folder):
    """Perf's file of samples of a gateway under a load."""
    data = folder / "samples"
    data.unlink(missing_ok=True)
    record = ["perf", "record", "-q", "-e", events, "-F", FREQUENCY, "-p", gateway.child.pid, "-o", data]
    sampler = subprocess.Popen(list(map(str, record)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(BEGIN)
    found = replay(gateway, seconds, folder / "requests")
    sampler.terminate()
    said = sampler.communicate()[1]
    if found["failed"]:
        sys.exit(f"{found['failed']} requests failed")
    if not data.exists():
        sys.exit(f"perf found nothing: {said}")
    return data


def in_turns(rounds, names, measure):
    """What `measure` finds for each name in each round. Their order changes from round to round, and is the same in
    every run."""
    orders = (random.Random(turn).sample(list(names), len(names)) for turn in range(rounds))
    return [{name: measure(name) for name in order} for order in orders]


def load(gateway, workers, seconds, connections, script, environment, ramp=0):
    """Requests per second, CPU microseconds per request (of which user), and failed requests.

    With a ramp, what happens before it has passed is not counted: many connections take their time to
    be made. Without one the whole load is."""
    _, cores = layout(workers)
    whole = ramp + seconds + 1 if ramp else seconds
    command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "20s", "-s", script,
               f"http://127.0.0.1:{gateway.port}/"]
    started = gateway.cpu(), time.monotonic()
    wrk = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **environment}, preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    if ramp:
        time.sleep(ramp)
        first, started = gateway.decided(), (gateway.cpu(), time.monotonic())
        time.sleep(seconds)
        ended, answers = (gateway.cpu(), time.monotonic()), gateway.decided() - first
    said, _ = wrk.communicate(timeout=whole + 60)
    total = re.search(r"(\d+) requests in", said)
    if not total:
        sys.exit(f"wrk failed:\n{said}")
    if not ramp:
        ended, answers = (gateway.cpu(), time.monotonic()), int(total[1])
    gateway.forget()
    return figures(started, ended, max(answers, 1), failures(said))


def replay(gateway, seconds, requests):
    """The load that the requests of a file are, on a gateway with one worker."""
    return load(gateway, 1, seconds, CONNECTIONS, HERE / "lua/requests.lua", {"REQUESTS": requests})


def figures(started, ended, answers, failed):
    """Of two points in time, each the CPU time of the gateway with the time itself."""
    ((user, system), began), ((user_then, system_then), end) = started, ended
    user, system = user_then - user, system_then - system
    return {
        "requests_per_second": answers / (end - began),
        "cpu_us": (user + system) / answers * 1e6,
        "user_us": user / answers * 1e6,
        "failed": failed,
    }


def failures(said):
    """Failed requests of a load, as wrk counts them."""
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    return (int(wrong[1]) if wrong else 0) + (sum(map(int, broken.groups())) if broken else 0)


def median(runs):
    """The median of every figure; of failures the sum."""
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    figures["failed"] = sum(run["failed"] for run in runs)
    return figures
