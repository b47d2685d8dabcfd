"""Many plans over several processes, and the report of one that fails."""

import multiprocessing
from collections.abc import Callable
from functools import partial

from simulator.plan import Plan
from simulator.planners import make_plan
from simulator.shrink import failure, shortest
from simulator.simulation import Simulation

Planner = Callable[[int], Plan]


def judge(planner: Planner, seed: int) -> tuple[int, str | None]:
    return seed, failure(planner(seed))


def report(seed: int, planner: Planner = make_plan) -> str:
    """The shortest list of faults with which this seed fails, and the last events before that."""
    plan = shortest(planner(seed))
    sim = Simulation(plan)
    try:
        sim.play()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
    else:
        return f"seed {seed} failed once, but not again"
    faults = [f"  {fault}" for fault in plan.faults] or ["  no fault at all"]
    return "\n".join([f"seed {seed}: {what}", *faults, "last events:", *(f"  {line}" for line in sim.trace[-12:])])


def run(first: int, seeds: int, processes: int, planner: Planner = make_plan) -> list[int]:
    """The seeds that fail."""
    failed = []
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for seed, wrong in pool.imap_unordered(partial(judge, planner), range(first, first + seeds), chunksize=4):
            if wrong is not None:
                failed.append(seed)
                print(f"seed {seed}: {wrong}", flush=True)
    return sorted(failed)
