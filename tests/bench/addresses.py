"""What was counted by address of the gateway's code, by callgrind or by perf, and the places in the source."""

import collections
import os
import pathlib
import re
import subprocess
import sys

import harness

ROOT = harness.HERE.parent.parent


def add_arguments(parser, by, top):
    parser.add_argument("--by", choices=("function", "line"), default=by)
    parser.add_argument("--top", type=int, default=top, help=f"rows of the table [{top}]")


def counted(binary, policy, port, seconds, folder, options=()):
    """Callgrind's sums for a load on a gateway, and the requests that it had."""
    out = folder / f"callgrind.{seconds}"
    valgrind = ["valgrind", "--tool=callgrind", "--dump-instr=yes", *options, f"--callgrind-out-file={out}.%p"]
    with harness.Gateway(binary, policy, port, 1, under=valgrind) as gateway:
        before = gateway.decided()
        found = harness.replay(gateway, seconds, folder / "requests")
        if found["failed"]:
            sys.exit(f"{found['failed']} requests failed")
        requests, pid = gateway.decided() - before, gateway.child.pid
    return counts(pathlib.Path(f"{out}.{pid}"), binary), requests


def counts(file, binary):
    """Callgrind's sums of its events by address in the binary; those of other objects by their name."""
    names, place, own, address, skip, events = {}, None, False, 0, False, 0
    found = collections.defaultdict(lambda: [0] * events)
    for line in file.open():
        if match := re.match(r"(c?)ob=\((\d+)\)(?: (.*))?", line):
            if match[3]:
                names[match[2]] = match[3]
            if not match[1]:
                place = names[match[2]]
                own = os.path.realpath(place) == os.path.realpath(binary)
        elif line.startswith("events: "):
            events = len(line.split()) - 1
        elif line.startswith("calls="):
            skip = True
        elif line[:1] in "+-*" or line.startswith("0x"):
            where, _, *values = line.split()
            if where != "*":
                address = int(where, 16) if where.startswith("0x") else address + int(where, 0)
            if not skip:
                sums = found[address if own else os.path.basename(place)]
                for index, value in enumerate(values):
                    sums[index] += int(value)
            skip = False
    return found


def samples(data, binary):
    """Perf's samples by address in the binary; those of other objects by their name."""
    found, mapped, segments = collections.Counter(), [], loaded(binary)
    script = ["perf", "script", "-i", data, "--show-mmap-events", "-F", "ip,dso"]
    for line in subprocess.run(script, check=True, capture_output=True, text=True).stdout.splitlines():
        if match := re.search(r"\[0x([0-9a-f]+)\(0x([0-9a-f]+)\) @ (?:0x)?([0-9a-f]+) .*\]: \S+ (.*)", line):
            if os.path.realpath(match[4]) == os.path.realpath(binary):
                mapped.append([int(number, 16) for number in match.groups()[:3]])
        elif match := re.match(r"\s*([0-9a-f]+) \((.*)\)$", line):
            at = moved(int(match[1], 16), mapped)
            found[os.path.basename(match[2]) if at is None else moved(at, segments)] += 1
    return found


def loaded(binary):
    """The parts of a file that are loaded: place in the file, size, address that the file gives them."""
    headers = subprocess.run(["readelf", "-lW", binary], check=True, capture_output=True, text=True).stdout
    rows = (line.split() for line in headers.splitlines())
    return [[int(row[column], 16) for column in (1, 4, 2)] for row in rows if row[:1] == ["LOAD"]]


def moved(place, parts):
    """A place where it comes to lie when parts, each with its beginning and size, are moved; none outside."""
    return next((place - begin + to for begin, size, to in parts if begin <= place < begin + size), None)


def places(binary, addresses, by):
    """The place of each address: the innermost function of our own, or what is called from it."""
    done = subprocess.run(
        ["llvm-symbolizer", f"--obj={binary}", "--inlines", "--demangle"], check=True, capture_output=True,
        text=True, input="".join(f"{address:#x}\n" for address in addresses),
    )
    for block in done.stdout.strip("\n").split("\n\n"):
        lines = block.split("\n")
        frames = [(re.sub(r"::h[0-9a-f]{16}$", "", name), at) for name, at in zip(lines[::2], lines[1::2])]
        own = next(((name, at) for name, at in frames if at.startswith(f"{ROOT}/")), None)
        if own is None:
            yield frames[-1][0]
            continue
        at = own[1].removeprefix(f"{ROOT}/").rsplit(":", 1)[0]
        yield at if by == "line" else f"{at.rsplit(':', 1)[0]}  {own[0]}"
