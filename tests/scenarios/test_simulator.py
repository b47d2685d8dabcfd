"""The product under fire: plans of faults drawn from seeds, and failures told at their shortest."""

import multiprocessing

import msgspec
import pytest

from simulator.plan import Fault, Wish
from simulator.planners import make_family, make_plan
from simulator.runs import run
from simulator.shrink import shortest
from simulator.simulation import Simulation

SEEDS = 200


@pytest.mark.timeout(120)
def test_everybody_ends_alike_whatever_goes_wrong() -> None:
    assert run(0, SEEDS, multiprocessing.cpu_count()) == []


def test_the_same_seed_gives_the_same_run() -> None:
    for planner, seed in ((make_plan, 3), (make_plan, 12), (make_plan, 29), (make_family, 4)):
        traces = []
        for _ in range(3):
            sim = Simulation(planner(seed))
            sim.play()
            traces.append(sim.trace)
        assert traces[0] == traces[1] == traces[2]
        assert len(traces[0]) > 50


def test_seeds_differ() -> None:
    assert make_plan(1) == make_plan(1)
    assert make_plan(1) != msgspec.structs.replace(make_plan(2), seed=1)


def test_every_kind_of_fault_is_drawn() -> None:
    drawn = {fault.kind for seed in range(SEEDS) for fault in make_plan(seed).faults}
    assert drawn == set(Fault.__annotations__["kind"].__args__)


def test_every_kind_of_wish_is_drawn() -> None:
    drawn = {wish.kind for seed in range(SEEDS) for wish in make_plan(seed).wishes}
    assert drawn == set(Wish.__annotations__["kind"].__args__)


def test_a_failure_is_told_with_the_faults_that_it_takes() -> None:
    plan = next(plan for plan in map(make_plan, range(SEEDS)) if len(plan.faults) >= 8)
    culprits = {plan.faults[1], plan.faults[6]}
    assert set(shortest(plan, lambda some: culprits <= set(some.faults)).faults) == culprits
    assert shortest(plan, lambda _: True).faults == []
