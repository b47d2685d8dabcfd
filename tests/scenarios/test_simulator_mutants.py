"""Bugs planted on purpose: the simulator notices each within a few seeds, so a clean run means something."""

import pytest

from simulator.mutants import MUTANTS
from simulator.plan import make_plan
from simulator.shrink import failure

SEEDS = 100


@pytest.mark.parametrize("name", MUTANTS)
def test_a_planted_bug_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    assert any(failure(make_plan(seed)) for seed in range(SEEDS))
