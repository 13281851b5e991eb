#!/usr/bin/env python3
"""Times whole commands of recon beside Terraform, where that is installed, on configurations made here.

    cargo build --release && python3 benches/compare.py

For each shape and size, in a fresh folder: plan, apply, a second plan, destroy; time and peak memory of each. Behind the
sizes stands the exponent that fits the times (1.0: twice the objects take twice the time). A command that fails or takes
longer than the limit ends that row and all larger ones of its program. Nothing here passes or fails.
"""

import argparse
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = [1_000, 2_000, 5_000, 10_000, 50_000]
COMMANDS = [
    ("plan", ["plan", "-input=false"]),
    ("apply", ["apply", "-auto-approve", "-input=false"]),
    ("second plan", ["plan", "-input=false"]),
    ("destroy", ["destroy", "-auto-approve"]),
]


def flat(count):
    return "".join(f'resource "terraform_data" "r{i}" {{\n  input = "value ${{{i} + 1}}"\n}}\n' for i in range(count))


def keys(count):
    """An expression for so many keys: ranges end at 1,024 elements in Terraform."""
    return f'toset(flatten([for i in range({math.ceil(count / 1000)}) : [for j in range({min(count, 1000)}) : "k${{i}}-${{j}}"]]))'


def for_each(count):
    return f"""
resource "terraform_data" "a" {{
  for_each = {keys(count)}
  input    = each.key
}}
"""


def chained(count):
    return for_each(count // 2) + """
resource "terraform_data" "b" {
  for_each = terraform_data.a
  input    = terraform_data.a[each.key].input
}
output "all" {
  value = length([for key, one in terraform_data.b : one.input])
}
"""


def modules(count):
    root = "".join(f'module "m{i}" {{\n  source = "./child"\n  name   = "n{i}"\n}}\n' for i in range(200))
    child = """
variable "name" {
  type = string
}
resource "terraform_data" "this" {
  count = %d
  input = "${var.name}-${count.index}"
}
output "ids" {
  value = terraform_data.this[*].input
}
""" % (count // 200)
    return {"main.tf": root, "child/main.tf": child}


SHAPES = [
    ("flat", "one block each", flat),
    ("for_each", "one block with for_each", for_each),
    ("chained", "half by for_each, half by for_each over the first half as a whole", chained),
    ("modules", "200 modules with count", modules),
]


def lay_out(folder, files):
    files = files if isinstance(files, dict) else {"main.tf": files}
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def once(command, folder, limit):
    """Seconds and peak memory in MB of one run; nothing where it fails or takes longer than the limit."""
    start = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.chdir(folder)
        null = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(null, stream)
        os.execv(command[0], command)
    while True:
        done, status, usage = os.wait4(pid, os.WNOHANG)
        took = time.perf_counter() - start
        if done:
            return (took, usage.ru_maxrss / 1024) if status == 0 else None
        if took > limit:
            os.kill(pid, 9)
            os.wait4(pid, 0)
            return None
        time.sleep(0.0002 if took < 0.05 else 0.002)


def measure(command, folder, runs, limit):
    """The median of some runs, fewer where they are long."""
    results = []
    for _ in range(runs):
        result = once(command, folder, limit)
        if result is None:
            return None
        results.append(result)
        if result[0] > 5:
            break
    return statistics.median(seconds for seconds, _ in results), results[-1][1]


def shown(result, limit):
    if result is None:
        return f"failed or over {limit:.0f} s"
    seconds, megabytes = result
    amount = f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
    return f"{amount}, {megabytes:.0f} MB"


def whole_life(program, make, size, given):
    """The results of the four commands in one fresh folder, up to the first that fails. Plans are measured several times."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        lay_out(folder, make(size))
        if os.path.basename(program) == "terraform" and (folder / "child").exists():
            once([program, "get"], folder, given.limit)
        for name, arguments in COMMANDS:
            runs = given.runs if "plan" in name else 1
            results[name] = measure([program, *arguments], folder, runs, given.limit)
            if results[name] is None:
                break
    return results


def exponent(points):
    """The slope of time over size in logarithms, from 2,000 objects on, where starting up no longer shows."""
    points = [(math.log(size), math.log(seconds)) for size, seconds in points if size >= 2_000]
    if len(points) < 2:
        return "-"
    x, y = (statistics.mean(values) for values in zip(*points))
    spread = sum((a - x) ** 2 for a, _ in points)
    return f"{sum((a - x) * (b - y) for a, b in points) / spread:.2f}"


def scale(programs, given):
    for shape, text, make in SHAPES:
        if given.only not in shape:
            continue
        found = {name: {} for name in programs}
        for size in given.sizes:
            for name, program in programs.items():
                smaller = found[name].get(max(found[name], default=0), {})
                ended = any(result is None for result in smaller.values())
                found[name][size] = {} if ended or not program else whole_life(program, make, size, given)
        print(f"\n### {shape}: {text}\n")
        print("| objects | command | " + " | ".join(programs) + " |")
        print("|---" * (len(programs) + 2) + "|")
        for command, _ in COMMANDS:
            for size in given.sizes:
                cells = []
                for name in programs:
                    results = found[name][size]
                    cells.append(shown(results[command], given.limit) if command in results else "not run")
                print(f"| {size:,} | {command} | " + " | ".join(cells) + " |")
            fits = []
            for name in programs:
                points = [(size, found[name][size].get(command)) for size in given.sizes]
                fits.append(exponent([(size, result[0]) for size, result in points if result]))
            print(f"| exponent | {command} | " + " | ".join(fits) + " |", flush=True)


def small(programs, given):
    """Commands whose time is not about what is in state."""
    rows = [
        ("version", "start-up", "", ["version"]),
        ("validate", "10,000 resource blocks", flat(10_000), ["validate"]),
        ("validate", "200 modules of 5 instances", modules(1_000), ["validate"]),
    ]
    print("| command | configuration | " + " | ".join(programs) + " |")
    print("|---" * (len(programs) + 2) + "|")
    for name, text, files, arguments in rows:
        cells = []
        for program in programs.values():
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                lay_out(folder, files)
                if "modules" in text and os.path.basename(program) == "terraform":
                    once([program, "get"], folder, given.limit)
                cells.append(shown(measure([program, *arguments], folder, given.runs, given.limit), given.limit))
        print(f"| {name} | {text} | " + " | ".join(cells) + " |", flush=True)
    result = measure([given.recon, "validate"], ROOT, given.runs, given.limit)
    rest = " | its provider is not installed here" * (len(programs) - 1)
    print(f"| validate | the project at the root | {shown(result, given.limit)}{rest} |", flush=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--recon", default=str(ROOT / "target/release/recon"), help="the binary to time")
    options.add_argument("--terraform", default=shutil.which("terraform"), help="the one to stand beside it; '' for none")
    options.add_argument("--runs", type=int, default=5, help="how often a plan is measured")
    options.add_argument("--limit", type=float, default=120, help="seconds after which a command is given up")
    options.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many objects")
    options.add_argument("--only", default="", help="shapes whose name contains this")
    given = options.parse_args()
    given.recon = os.path.abspath(given.recon)
    programs = {"recon": given.recon}
    if given.terraform:
        programs["terraform"] = os.path.abspath(given.terraform)
    if not os.access(given.recon, os.X_OK):
        sys.exit(f"{given.recon} is not there; build it with: cargo build --release")
    if not given.only:
        small(programs, given)
    scale(programs, given)


if __name__ == "__main__":
    main()
