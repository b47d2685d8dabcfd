"""Acknowledgements rise, and survive a failed write."""

from collections.abc import Mapping

import pytest

from delivery.acks import Acks
from delivery.effects import Device

ALICE = Device("u", "d")


async def test_only_the_newest_is_written_and_only_once() -> None:
    written: list[dict[tuple[Device, str], int]] = []

    async def write(acks: Mapping[tuple[Device, str], int]) -> None:
        written.append(dict(acks))

    acks = Acks(write)
    for group_id, server_seq in (("g", 1), ("g", 3), ("g", 2), ("h", 1)):
        acks.note(ALICE, group_id, server_seq)
    await acks.flush()
    await acks.flush()
    assert written == [{(ALICE, "g"): 3, (ALICE, "h"): 1}]


async def test_what_could_not_be_written_is_written_later() -> None:
    failing = True
    written: list[dict[tuple[Device, str], int]] = []

    async def write(acks: Mapping[tuple[Device, str], int]) -> None:
        if failing:
            raise ConnectionError
        written.append(dict(acks))

    acks = Acks(write)
    acks.note(ALICE, "g", 5)
    with pytest.raises(ConnectionError):
        await acks.flush()
    acks.note(ALICE, "g", 4)
    failing = False
    await acks.flush()
    assert written == [{(ALICE, "g"): 5}]
