#!/usr/bin/env python3
"""Instructions per decision, against the budget of instructions.toml.

Time is no measure on a shared machine; the number of instructions is the same everywhere and in
every run. Each scenario of `decide` runs twice under valgrind, and the
difference of the two runs is what decisions cost without the start.

    tests/bench/instructions.py              compares, exit 1 if a scenario is over its budget
    tests/bench/instructions.py --why full   which functions take the instructions of a scenario
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Decisions of the two runs: whole rounds of a scenario's thousand requests. The first round fills
# tables of limits, and both runs have it.
FEW, MANY = 1_000, 4_000


def build(debug):
    """Builds what runs the scenarios; its path. Lines are known with `debug` only, which takes longer."""
    environment = {**os.environ, "CARGO_PROFILE_COUNTED_DEBUG": debug}
    command = ["cargo", "build", "--profile", "counted", "--locked", "-p", "decide"]
    built = subprocess.run(
        [*command, "--message-format", "json-render-diagnostics"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, env=environment,
    )
    messages = map(json.loads, built.stdout.splitlines())
    paths = [m["executable"] for m in messages if m.get("executable")]
    return paths[-1]


def valgrind(tool, options, run):
    """The summary that a tool of valgrind prints about a run."""
    command = ["valgrind", f"--tool={tool}", *options, *map(str, run)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return done.stderr


def per_decision(binary, folder, scenario):
    def whole(decisions):
        options = ["--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        summary = valgrind("cachegrind", options, [binary, "run", folder, scenario, decisions])
        return int(re.search(r"I\s+refs:\s+([\d,]+)", summary)[1].replace(",", ""))
    return (whole(MANY) - whole(FEW)) / (MANY - FEW)


def compare(binary, folder, budget):
    """Prints every scenario with its budget; whether all are within it."""
    tolerance = budget["tolerance"]
    scenarios = budget["instructions"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        measured = list(pool.map(lambda name: per_decision(binary, folder, name), scenarios))
    print("| scenario | instructions | budget | share |\n|---|---|---|---|")
    within = True
    for (name, allowed), found in zip(scenarios.items(), measured):
        share = found / allowed
        verdict = ""
        if share > 1 + tolerance:
            verdict, within = " over the budget", False
        elif share < 1 - tolerance:
            verdict = " the budget can be lowered"
        print(f"| {name} | {found:,.0f} | {allowed:,} | {share:.2f}{verdict} |")
    return within


def why(binary, folder, scenario):
    """The functions that a scenario spends its instructions in."""
    out = f"{folder}/callgrind"
    options = [f"--callgrind-out-file={out}", "--toggle-collect=*Bench*one*"]
    valgrind("callgrind", options, [binary, "run", folder, scenario, MANY])
    annotate = ["callgrind_annotate", "--auto=no", "--threshold=97", out]
    text = subprocess.run(annotate, check=True, capture_output=True, text=True).stdout
    # Inlined functions are listed apart, by the file that they come from.
    for instructions, share, place in re.findall(r"^\s*([\d,]+) \(\s*([\d.]+)%\)\s+(.*)$", text, re.MULTILINE):
        each = int(instructions.replace(",", "")) / MANY
        if each >= 1 and ":" in place:
            print(f"{each:9.1f} {share:>6} %  {place.split(' [')[0][-140:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--why", metavar="SCENARIO", help="shows where a scenario's instructions go")
    parser.add_argument("--budget", default=HERE / "instructions.toml", type=pathlib.Path)
    arguments = parser.parse_args()
    binary = build("line-tables-only" if arguments.why else "false")
    with tempfile.TemporaryDirectory(prefix="gw-bench-") as folder:
        subprocess.run([binary, "compile", folder], check=True)
        if arguments.why:
            return why(binary, folder, arguments.why)
        within = compare(binary, folder, tomllib.loads(arguments.budget.read_text()))
    if not within:
        sys.exit("a scenario costs more instructions than its budget allows: make it cheaper, or say "
                 "in the commit why it is worth them and raise the budget")


main()
