#!/usr/bin/env python3
"""Times whole commands of recon beside Terraform, where that is installed, on configurations made here.

    cargo build --release && python3 benches/compare.py

Each row is the median of the runs, with the peak memory of the last one. Nothing here passes or fails.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def flat(count):
    return "".join(f'resource "terraform_data" "r{i}" {{\n  input = "value ${{{i} + 1}}"\n}}\n' for i in range(count))


def for_each(count):
    return f"""
resource "terraform_data" "a" {{
  for_each = toset(flatten([for i in range({count // 1000}) : [for j in range(1000) : "k${{i}}-${{j}}"]]))
  input    = each.key
}}
resource "terraform_data" "b" {{
  for_each = terraform_data.a
  input    = terraform_data.a[each.key].input
}}
output "all" {{
  value = length([for key, one in terraform_data.b : one.input])
}}
"""


def modules(count):
    root = "".join(f'module "m{i}" {{\n  source = "./child"\n  name   = "n{i}"\n}}\n' for i in range(count))
    child = """
variable "name" {
  type = string
}
resource "terraform_data" "this" {
  count = 5
  input = "${var.name}-${count.index}"
}
output "ids" {
  value = terraform_data.this[*].input
}
"""
    return {"main.tf": root, "child/main.tf": child}


SHAPES = [
    ("validate", "10,000 resource blocks", lambda: flat(10_000), ["validate"]),
    ("validate", "200 modules of 5 instances", lambda: modules(200), ["validate"]),
    ("plan", "2,000 resource blocks", lambda: flat(2_000), ["plan", "-input=false"]),
    ("plan", "1,000 by for_each, 1,000 chained on them", lambda: for_each(1_000), ["plan", "-input=false"]),
    ("plan", "5,000 by for_each, 5,000 chained on them", lambda: for_each(5_000), ["plan", "-input=false"]),
    ("plan", "200 modules of 5 instances", lambda: modules(200), ["plan", "-input=false"]),
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
        time.sleep(0.0002 if took < 0.05 else 0.01)


def measure(command, folder, runs, limit):
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
        return f"failed or over {limit} s"
    seconds, megabytes = result
    amount = f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"
    return f"{amount}, {megabytes:.0f} MB"


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--recon", default=str(ROOT / "target/release/recon"), help="the binary to time")
    options.add_argument("--terraform", default=shutil.which("terraform"), help="the one to stand beside it")
    options.add_argument("--runs", type=int, default=7)
    options.add_argument("--limit", type=float, default=120, help="seconds after which a run is given up")
    options.add_argument("--only", default="", help="rows whose text contains this")
    given = options.parse_args()
    given.recon = os.path.abspath(given.recon)
    programs = {"recon": given.recon}
    if given.terraform:
        programs["terraform"] = given.terraform
    if not os.access(given.recon, os.X_OK):
        sys.exit(f"{given.recon} is not there; build it with: cargo build --release")
    rows = [("version", "start-up", lambda: "", ["version"]), *SHAPES]
    print("| command | configuration | " + " | ".join(programs) + " |")
    print("|---" * (len(programs) + 2) + "|")
    for name, text, make, arguments in rows:
        if given.only not in f"{name} {text}":
            continue
        cells = []
        for program in programs.values():
            with tempfile.TemporaryDirectory() as folder:
                folder = Path(folder)
                lay_out(folder, make())
                if "modules" in text and "terraform" in os.path.basename(program):
                    once([program, "get"], folder, given.limit)
                cells.append(shown(measure([program, *arguments], folder, given.runs, given.limit), given.limit))
        print(f"| {name} | {text} | " + " | ".join(cells) + " |", flush=True)
    if given.only in "validate the project at the root":
        result = measure([given.recon, "validate"], ROOT, given.runs, given.limit)
        rest = " | its provider is not installed here" * (len(programs) - 1)
        print(f"| validate | the project at the root | {shown(result, given.limit)}{rest} |")


if __name__ == "__main__":
    main()
