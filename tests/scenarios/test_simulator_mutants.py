"""Bugs planted on purpose: the simulator notices each within a few seeds, so a clean run means something."""

import pytest

from simulator.mutants import DEVICE_MUTANTS, MUTANTS
from simulator.planners import make_family, make_plan
from simulator.shrink import failure

SEEDS = 100


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    assert any(failure(make_plan(seed)) for seed in range(SEEDS))


@pytest.mark.parametrize("name", DEVICE_MUTANTS)
def test_a_bug_planted_among_the_devices_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    DEVICE_MUTANTS[name](monkeypatch)
    assert any(failure(make_family(seed)) for seed in range(SEEDS))
