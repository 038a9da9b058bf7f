#!/usr/bin/env python3
"""Fuzzes with the stable compiler: builds the targets, runs each for a while, keeps the inputs that reach
something new (seeds/TARGET.tar.xz, which `cargo test` runs again) and writes down what was done (record.json
and the table of README.md).

    fuzz/run.py --minutes 10             all targets, ten minutes each
    fuzz/run.py parser checker           some

cargo-fuzz on nightly adds the address sanitizer; the project has no `unsafe` for it to look at.
Exit 1 on a finding: it is in fuzz/artifacts.
"""

import argparse
import concurrent.futures
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import seeds

HERE = pathlib.Path(__file__).resolve().parent
RECORD, README = HERE / "record.json", HERE / "README.md"
TARGETS = sorted(file.stem for file in HERE.glob("fuzz_targets/*.rs"))
# What `cargo fuzz` gives to the compiler, without the sanitizer.
COVERAGE = ("level=4", "inline-8bit-counters", "pc-table", "trace-compares")
# Slower than this for one input of 4 KiB is a finding: a second for a mebibyte, with room for a busy machine.
SECONDS = 10


def build():
    """The folder of the built targets."""
    host = re.search(r"host: (.+)", subprocess.check_output(["rustc", "-vV"], text=True))[1]
    coverage = [f"-Cllvm-args=-sanitizer-coverage-{option}" for option in COVERAGE]
    flags = ["--cfg=fuzzing", "-Cpasses=sancov-module", *coverage, "-Cdebug-assertions", "-Ccodegen-units=16"]
    # With a target, the flags are not for build scripts and macros.
    subprocess.run(["cargo", "build", "--release", "--target", host], cwd=HERE, check=True,
                   env={**os.environ, "RUSTFLAGS": " ".join(flags)})
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target")) / host / "release"


def fuzzer(binaries, target, *arguments):
    options = [f"-max_len={seeds.LARGEST}", f"-timeout={SECONDS}", f"-artifact_prefix={HERE}/artifacts/{target}-"]
    return subprocess.run([binaries / target, *options, *arguments], capture_output=True, text=True, errors="replace")


def run(binaries, target, minutes):
    """Fuzzes one target: executions, seconds, edges; None on a finding."""
    corpus = HERE / "corpus" / target
    done = fuzzer(binaries, target, f"-max_total_time={minutes * 60}", "-print_final_stats=1", corpus)
    if done.returncode != 0:
        print(f"{target}: a finding\n{done.stderr[-3_000:]}", file=sys.stderr)
        return None
    took = re.search(r"Done (\d+) runs in (\d+) second", done.stderr)
    edges = re.findall(r"cov: (\d+)", done.stderr)
    return {"executions": int(took[1]), "seconds": int(took[2]), "edges": int(edges[-1])}


def minimised(binaries, target):
    """Keeps of the corpus what reaches something that no smaller input does."""
    with tempfile.TemporaryDirectory(dir=HERE / "corpus") as least:
        done = fuzzer(binaries, target, "-merge=1", least, HERE / "corpus" / target)
        if done.returncode != 0:
            sys.exit(f"{target} cannot be merged:\n{done.stderr[-3_000:]}")
        return seeds.pack(target, pathlib.Path(least))


def record(found):
    """Adds to what was done before; writes the table."""
    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    for target, figures in found.items():
        before = known.get(target, {"executions": 0, "seconds": 0})
        known[target] = {
            **figures,
            **{name: before[name] + figures[name] for name in ("executions", "seconds")},
            "last": datetime.date.today().isoformat(),
        }
    RECORD.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    rows = ["| target | executions | hours | edges | inputs kept | last run |", "|---|---|---|---|---|---|"]
    for target, figures in sorted(known.items()):
        rows.append(f"| `{target}` | {figures['executions']:,} | {figures['seconds'] / 3_600:.2f} | "
                    f"{figures['edges']:,} | {figures['inputs']:,} | {figures['last']} |")
    head, _ = README.read_text().split("<!-- record -->")
    README.write_text(f"{head}<!-- record -->\n\n" + "\n".join(rows) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--minutes", type=float, default=10, help="for each target [10]")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at a time [one per core]")
    arguments = parser.parse_args()
    targets = arguments.targets or TARGETS
    if unknown := set(targets) - set(TARGETS):
        parser.error(f"no such target: {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    binaries = build()
    seeds.write()
    (HERE / "artifacts").mkdir(exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        runs = dict(zip(targets, pool.map(lambda target: run(binaries, target, arguments.minutes), targets)))
    found = {target: figures for target, figures in runs.items() if figures}
    for target, figures in found.items():
        figures["inputs"] = minimised(binaries, target)
    record(found)
    sys.exit(len(found) != len(runs))


if __name__ == "__main__":
    main()
