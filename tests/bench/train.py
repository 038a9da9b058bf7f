#!/usr/bin/env python3
"""Counts what runs under load, for `cargo build --release` to lay code out by.

A proxied request is a long straight way through code that is run once. Told by counts what is hot, the
compiler takes fewer instructions for it, which are what its time goes by (docs/data-plane.md). This makes the
counts, .cargo/release.profdata, which .cargo/rustc hands to the compiler (docs/decisions/profile.md): builds
that count, the loads below, the counts of all of them in one file. To be done again when much of the request
path has changed, when the packages are updated and for a new version of the compiler.

    tests/bench/train.py                    both builds begin from nothing: ten minutes

The loads need wrk and h2load (the Debian package nghttp2-client). `rustup component add llvm-tools` or the
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
CONFIGURATION = ROOT / ".cargo"
BODIES = (1_024, 102_400)
# What people build. A function's name, by which its counts are found, says with which features of its
# packages it was compiled, and these are not the same when everything is built.
SELECTIONS = {"gateway": ["-p", "gateway"], "all": ["--workspace"]}


def compiler():
    """What the compiler says of itself, and the version of its LLVM."""
    said = subprocess.check_output(["rustc", "-vV"], text=True)
    return said, re.search(r"LLVM version: (\d+)", said)[1]


def profdata(said, version):
    """The program that merges counts."""
    root = pathlib.Path(subprocess.check_output(["rustc", "--print", "sysroot"], text=True).strip())
    ours = root / "lib/rustlib" / re.search(r"host: (.+)", said)[1] / "bin/llvm-profdata"
    found = shutil.which(ours) or shutil.which(f"llvm-profdata-{version}")
    if not found:
        sys.exit(f"missing: llvm-profdata; `rustup component add llvm-tools` or `apt-get install llvm-{version}`")
    return found


def build(work, name, raw):
    """A release build that counts; where its gateway is."""
    environment = {**os.environ, "GW_COUNT": str(raw), "CARGO_TARGET_DIR": str(work / name)}
    subprocess.run(["cargo", "build", "--release", "--locked", *SELECTIONS[name]], cwd=ROOT, env=environment, check=True)
    return work / name / "release/gateway"


def origin(port):
    """The policy of the backend: the same binary, so that its own answers are trained too."""
    routes = "\n".join(f'route r{size} /b{size}/** {{ public "training"; respond 200 "{"x" * size}" }}'
                       for size in BODIES)
    return (f'gw 1\nlistener http {{ bind = "127.0.0.1:{port}" }}\n{routes}\n'
            f'route rest /** {{ public "training"; respond 200 "{"x" * 1_024}" }}\n')


def wrk(url, seconds, *options, script=None, requests=None, refused=False):
    """A load; ends if its requests fail, or if those that are to be refused are not."""
    options = [*options, *(["-s", script] if script else [])]
    environment = {**os.environ, **({"REQUESTS": str(requests)} if requests else {})}
    command = ["wrk", "-t1", f"-c{harness.CONNECTIONS}", f"-d{seconds}s", *map(str, options), url]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    if bool(harness.failures(said)) != refused or "requests in" not in said:
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
            wrk(f"{scheme}://127.0.0.1:{to}/b{BODIES[0]}/", 1, "-H", "Connection: close")
        wrk(f"http://127.0.0.1:{plain}/", seconds, script=lua, requests=requests / "uploads")
        wrk(f"http://127.0.0.1:{whole}/", seconds, script=lua, requests=requests / "full")
        wrk(f"http://127.0.0.1:{whole}/svc00042/", 1, "-H", f"Host: {policies.HOST}", refused=True)
        for scheme, to in (("http", plain), ("https", plain + 1)):
            command = ["h2load", "-c16", "-m8", f"-D{seconds}", f"{scheme}://127.0.0.1:{to}/b{BODIES[0]}/"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def uploads():
    """Requests with bodies."""
    head = "POST /b1024/ HTTP/1.1\nHost: t.test\nContent-Type: text/plain\nContent-Length: {}\n\n{}\x1e\n"
    return "".join(head.format(size, "x" * size) for size in (100, 4_096, 65_536))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "target/train", help="where it builds")
    parser.add_argument("--seconds", type=int, default=3, help="of each load [3]")
    parser.add_argument("--port", type=int, default=24_000, help="first of the ports on loopback [24000]")
    arguments = parser.parse_args()
    missing = [program for program in ("wrk", "h2load") if not shutil.which(program)]
    if missing:
        sys.exit(f"missing: {', '.join(missing)}; the Debian packages wrk and nghttp2-client")
    said, version = compiler()
    merge, work = profdata(said, version), arguments.work.resolve()
    raw = work / "raw"
    shutil.rmtree(raw, ignore_errors=True)
    for name in SELECTIONS:
        train(build(work, name, raw), arguments)
    # Without what was never reached, which is all but a few thousand functions.
    counts = CONFIGURATION / "release.profdata"
    subprocess.run([merge, "merge", "--sparse", "-o", counts, *raw.glob("*.profraw")], check=True)
    (CONFIGURATION / "release.compiler").write_text(said)
    print(f"{counts}: {counts.stat().st_size} bytes")


if __name__ == "__main__":
    main()
