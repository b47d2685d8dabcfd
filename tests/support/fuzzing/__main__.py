"""`python -m fuzzing --runs n [--seed s] [--first k] [--only NAME]`: n spoiled inputs of every kind."""

import argparse
import resource
import sys
import time
from typing import Final

from fuzzing.target import FuzzFailure, Report, Target, fuzz
from fuzzing.targets import all_targets

AT_ONCE: Final = 50_000
MEMORY_BYTES: Final = 2 << 30
"""An input that makes the program ask for more ends it."""


def run(target: Target, seed: int, runs: range) -> Report:
    """In parts, each told when it begins, so that an input that ends the process is not far."""
    total = Report(target.name, seed)
    for first in range(runs.start, runs.stop, AT_ONCE):
        print(f"  {target.name}: from run {first} on", file=sys.stderr, flush=True)
        part = fuzz(target, seed, range(first, min(first + AT_ONCE, runs.stop)))
        total.runs, total.accepted = total.runs + part.runs, total.accepted + part.accepted
        total.refused += part.refused
    return total


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzzing", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000_000, help="how many of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first run")
    parser.add_argument("--only", action="append", help="a kind by its name")
    chosen = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    failed = 0
    for target in all_targets():
        if chosen.only and target.name not in chosen.only:
            continue
        began = time.monotonic()
        try:
            report = run(target, chosen.seed, range(chosen.first, chosen.first + chosen.runs))
        except FuzzFailure as failure:
            failed += 1
            print(f"FAILED {failure}: {failure.__cause__!r}", flush=True)
        else:
            print(f"{report}; {time.monotonic() - began:.0f} s", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{failed} kinds failed; at most {peak} MiB of memory", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
