"""The run notices what it is there for."""

import random

import pytest

from fuzzing.mutations import MUTATIONS, Mutation, mutate
from fuzzing.target import Forged, FuzzFailure, Target, fuzz, inputs

SEEDS = [bytes(range(200)), b"\x05hello\x40\x45" + bytes(69)]


def accepts_only(data: bytes) -> object:
    if data not in SEEDS:
        raise ValueError(data)
    return "seed"


def test_a_clean_run_counts_everything() -> None:
    report = fuzz(Target("clean", SEEDS, accepts_only, (ValueError,)), 1, range(500))
    assert report.runs == 500 == report.accepted + report.refused["ValueError"]
    assert str(report).startswith("clean: 500 runs from seed 1: ")


class Panic(BaseException):
    pass


@pytest.mark.parametrize("error", [Panic, KeyError, AssertionError])
def test_any_other_error_is_a_failure_that_names_the_input(error: type[BaseException]) -> None:
    def breaks(data: bytes) -> object:
        if data not in SEEDS:
            raise error(data)
        return None

    target = Target("breaks", SEEDS, breaks, (ValueError,))
    with pytest.raises(FuzzFailure) as failure:
        fuzz(target, 1, range(10))
    assert isinstance(failure.value.__cause__, error)
    [spoiled] = failure.value.__cause__.args
    assert spoiled.hex() in str(failure.value)


def test_what_nobody_made_must_not_be_accepted() -> None:
    with pytest.raises(FuzzFailure) as failure:
        fuzz(Target("gullible", SEEDS, len, (ValueError,)), 1, range(50))
    assert isinstance(failure.value.__cause__, Forged)
    assert fuzz(Target("anything goes", SEEDS, len, (), authentic=False), 1, range(50)).accepted == 50


def test_a_group_that_no_longer_works_is_a_failure() -> None:
    def broken() -> None:
        raise AssertionError("they do not read each other any more")

    with pytest.raises(FuzzFailure, match="run 0"):
        fuzz(Target("broken", SEEDS, accepts_only, (ValueError,), broken), 1, range(50))


def test_runs_are_the_same_again_and_of_all_sorts() -> None:
    target = Target("same", SEEDS, len, ())
    first = dict(inputs(target, 1, range(2_000)))
    assert first == dict(inputs(target, 1, range(2_000)))
    assert dict(inputs(target, 1, range(70, 80))) == {number: first[number] for number in range(70, 80)}
    assert dict(inputs(target, 2, range(2_000))) != first
    assert len(set(first.values())) > 1_700
    lengths = {len(data) for data in first.values()}
    assert min(lengths) < 20
    assert max(lengths) > 300


@pytest.mark.parametrize("mutation", dict.fromkeys(MUTATIONS))
def test_every_mutation_changes_something_and_fears_nothing(mutation: Mutation) -> None:
    draw = random.Random(1)
    outcomes = {mutation(draw, SEEDS[0], SEEDS) for _ in range(100)}
    assert len(outcomes - {SEEDS[0]}) > 20
    for data in (b"", b"\x00", b"\xff"):
        for _ in range(50):
            mutation(draw, data, [b"", b"\xff", data])
    assert mutate(draw, [b""]) is not None
