#!/usr/bin/env python3
"""Builds the gateway as the compiler lays it out when it knows what runs under load.

A proxied request is a long straight way through code that is run once; what takes its time is the fetching
of that code (docs/data-plane.md). Told by a profile what is hot, the compiler keeps it together. Three
steps: a build that counts, the loads below, a build that uses the counts. The second binary, the one to
install, is target/profiled/gateway; nothing else about it differs from `cargo build --release`.

    tests/bench/profiled.py                 all of it; both builds begin from nothing

The loads need wrk; h2load, where it is installed, adds HTTP/2. `rustup component add llvm-tools` or the
Debian package llvm of the compiler's LLVM version reads the counts.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import harness
import keys
import policies

ROOT = harness.HERE.parent.parent
BODIES = (1_024, 102_400)
CONNECTIONS = 64


def compiler():
    """The target triple of the compiler, and the version of its LLVM."""
    said = subprocess.check_output(["rustc", "-vV"], text=True)
    return re.search(r"host: (.+)", said)[1], re.search(r"LLVM version: (\d+)", said)[1]


def profdata(triple, version):
    """The program that merges counts."""
    root = pathlib.Path(subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip())
    ours = root / "lib/rustlib" / triple / "bin/llvm-profdata"
    found = shutil.which(ours) or shutil.which(f"llvm-profdata-{version}")
    if not found:
        sys.exit(f"missing: llvm-profdata; `rustup component add llvm-tools` or `apt-get install llvm-{version}`")
    return found


def build(work, name, flag, triple):
    """A release build with a flag; the flag goes to code for the target only, not to build scripts."""
    environment = {**os.environ, "RUSTFLAGS": flag, "CARGO_TARGET_DIR": str(work / name)}
    command = ["cargo", "build", "--release", "--locked", "-p", "gateway", "--target", triple]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return work / name / triple / "release/gateway"


def origin(port):
    """The policy of the backend: the same binary, so that its own answers are trained too."""
    routes = "\n".join(f'route r{size} /b{size}/** {{ public "training"; respond 200 "{"x" * size}" }}'
                       for size in BODIES)
    return (f'gw 1\nlistener http {{ bind = "127.0.0.1:{port}" }}\n{routes}\n'
            f'route rest /** {{ public "training"; respond 200 "{"x" * 1_024}" }}\n')


def wrk(url, seconds, script=None, requests=None):
    options = ["-s", script] if script else []
    environment = {**os.environ, **({"REQUESTS": str(requests)} if requests else {})}
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", *map(str, options), url]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    if harness.failures(said) or "requests in" not in said:
        sys.exit(f"{url} failed under load:\n{said}")


def train(binary, arguments):
    """What a gateway does most, for a few seconds each."""
    folder, port, seconds = keys.make(harness.WORK / "policy-keys"), arguments.port, arguments.seconds
    lua = harness.HERE / "lua/requests.lua"
    plain, whole = port + 1, port + 7
    with contextlib.ExitStack() as stack:
        requests = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gw-bench-")))
        for name, text in {"full": policies.load("full", folder), "uploads": uploads()}.items():
            (requests / name).write_text(text)
        stack.enter_context(harness.Gateway(binary, origin(port), port, 1))
        stack.enter_context(harness.Gateway(binary, policies.policy("base", plain, port, folder), plain, 1))
        stack.enter_context(harness.Gateway(binary, policies.policy("full", whole, port, folder), whole, 1))
        for scheme, to in (("http", plain), ("https", plain + 1)):
            for size in BODIES:
                wrk(f"{scheme}://127.0.0.1:{to}/b{size}/", seconds)
        wrk(f"http://127.0.0.1:{plain}/", seconds, lua, requests / "uploads")
        wrk(f"http://127.0.0.1:{whole}/", seconds, lua, requests / "full")
        if shutil.which("h2load"):
            for scheme, to in (("http", plain), ("https", plain + 1)):
                command = ["h2load", "-c16", "-m8", f"-D{seconds}", f"{scheme}://127.0.0.1:{to}/b{BODIES[0]}/"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        else:
            print("h2load is not installed: HTTP/2 is not trained", file=sys.stderr)


def uploads():
    """Requests with bodies."""
    head = "POST /b1024/ HTTP/1.1\nHost: t.test\nContent-Type: text/plain\nContent-Length: {}\n\n{}\x1e\n"
    return "".join(head.format(size, "x" * size) for size in (100, 4_096, 65_536))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target/profiled", help="where it builds")
    parser.add_argument("--seconds", type=int, default=3, help="of each load [3]")
    parser.add_argument("--port", type=int, default=24_000, help="first of the ports on loopback [24000]")
    arguments = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("missing: wrk, the Debian package of that name")
    work, (triple, version) = arguments.work.resolve(), compiler()
    merge, raw, counts = profdata(triple, version), work / "raw", work / "counts.profdata"
    shutil.rmtree(raw, ignore_errors=True)
    train(build(work, "counting", f"-Cprofile-generate={raw}", triple), arguments)
    subprocess.run([merge, "merge", "-o", counts, *raw.glob("*.profraw")], check=True)
    # Functions that the loads never reach have no counts, and that is no mistake.
    built = build(work, "using", f"-Cprofile-use={counts} -Cllvm-args=-pgo-warn-missing-function=false", triple)
    print(shutil.copy2(built, work / "gateway"))


if __name__ == "__main__":
    main()
