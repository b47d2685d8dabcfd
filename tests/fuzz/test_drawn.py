"""The same inputs with Hypothesis at the wheel, which cuts what fails down to the smallest that does."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzzing.mutations import mutate
from fuzzing.target import Report, Target, attempt

NAMES = ("Welcome", "GroupInfo, signed", "key package, signed", "ratchet tree", "stored entry", "exported state")
PLAIN = ("envelope", "group data", "frame of the client", "frame of the server", "header")
drawn = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def feed(target: Target, data: bytes) -> None:
    outcomes = [target.feed(seed) for seed in target.seeds] if target.authentic else []
    attempt(target, data, outcomes, Report(target.name, 0))


@pytest.mark.parametrize("name", [*NAMES, *PLAIN])
@drawn
@given(draw=st.randoms(use_true_random=False))
def test_spoiled(name: str, targets: dict[str, Target], draw: random.Random) -> None:
    feed(targets[name], mutate(draw, targets[name].seeds))


@pytest.mark.parametrize("name", [*NAMES, *PLAIN])
@drawn
@given(place=st.floats(0, 1), noise=st.binary(max_size=300), which=st.integers(0, 99))
def test_a_valid_beginning_and_noise(
    name: str, targets: dict[str, Target], place: float, noise: bytes, which: int
) -> None:
    seed = targets[name].seeds[which % len(targets[name].seeds)]
    feed(targets[name], seed[: int(place * len(seed))] + noise)


@pytest.mark.parametrize("name", PLAIN)
@drawn
@given(noise=st.binary(max_size=300))
def test_noise(name: str, targets: dict[str, Target], noise: bytes) -> None:
    feed(targets[name], noise)
