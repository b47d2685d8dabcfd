"""`python -m simulator --seeds n [--first k]`: n plans over all cores; a failure is told with its shortest plan."""

import argparse
import os
import sys
import time

import msgspec

from simulator.planners import make_family, make_plan, make_storm
from simulator.runs import report, run
from simulator.simulation import Simulation


def main() -> int:
    parser = argparse.ArgumentParser(prog="simulator", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the first one")
    parser.add_argument("--trace", action="store_true", help="print all events of the first seed instead")
    parser.add_argument("--storm", action="store_true", help="two to twenty members commit at the same moment")
    parser.add_argument("--family", action="store_true", help="somebody has several devices, in every plan")
    chosen = parser.parse_args()
    planner = make_storm if chosen.storm else make_family if chosen.family else make_plan
    if chosen.trace:
        sim = Simulation(planner(chosen.first))
        try:
            sim.play()
        finally:
            print(msgspec.json.format(msgspec.json.encode(sim.plan)).decode(), *sim.trace, sep="\n")
        return 0
    began = time.monotonic()
    failed = run(chosen.first, chosen.seeds, os.cpu_count() or 1, planner)
    for seed in failed[:3]:
        print(report(seed, planner))
    print(f"{chosen.seeds} seeds from {chosen.first}: {len(failed)} failed, {time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
