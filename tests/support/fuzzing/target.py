"""What is fed, what may come out of it, and the run."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from fuzzing.mutations import mutate

CHECK_EVERY: Final = 1_000


@dataclass(frozen=True)
class Target:
    """`feed` gives what came of an input, or raises one of `errors`; either way it leaves all as it was."""

    name: str
    seeds: Sequence[bytes]
    """Valid inputs, each of which must be accepted."""
    feed: Callable[[bytes], object]
    errors: tuple[type[Exception], ...]
    still_works: Callable[[], None] = lambda: None
    authentic: bool = True
    """Whatever is accepted must have the outcome of a seed: nobody can make an input of his own."""


@dataclass
class Report:
    target: str
    seed: int
    runs: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        errors = ", ".join(f"{count} {name}" for name, count in self.refused.most_common())
        return f"{self.target}: {self.runs} runs from seed {self.seed}: {self.accepted} accepted; {errors}"


class FuzzFailure(Exception):
    """Names the input that did it; the error is the cause."""

    def __init__(self, target: Target, seed: int, number: int, data: bytes) -> None:
        super().__init__(f"{target.name}, seed {seed}, run {number}: {data.hex()}")


class Forged(Exception):
    """An input that nobody authentic made was accepted as something new."""


def inputs(target: Target, seed: int, runs: range) -> Iterator[tuple[int, bytes]]:
    """Each run's mutations depend on its number alone; the keys in what they spoil are new in every process."""
    for number in runs:
        yield number, mutate(random.Random(f"{target.name}/{seed}/{number}"), target.seeds)


def fuzz(target: Target, seed: int, runs: range) -> Report:
    """Raises FuzzFailure."""
    report = Report(target.name, seed)
    outcomes = [target.feed(valid) for valid in target.seeds]
    for number, data in inputs(target, seed, runs):
        try:
            attempt(target, data, outcomes, report)
            if number % CHECK_EVERY == 0:
                target.still_works()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise FuzzFailure(target, seed, number, data) from error
    target.still_works()
    assert [target.feed(valid) for valid in target.seeds] == outcomes
    return report


def attempt(target: Target, data: bytes, outcomes: Sequence[object], report: Report) -> None:
    report.runs += 1
    try:
        outcome = target.feed(data)
    except target.errors as error:
        report.refused[type(error).__name__] += 1
        return
    report.accepted += 1
    if target.authentic and outcome not in outcomes:
        raise Forged(repr(outcome))
