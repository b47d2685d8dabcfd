"""The writer: what arrives during a batch makes the next one; every entry gets its verdict."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg

from delivery.batch import Entry, Writer
from delivery.effects import Device
from delivery.errors import UnavailableError
from delivery.journal import Journal
from delivery.log import Verdict
from delivery.outlet import Outlet
from mls_chat.wire.frames import Send

DEVICE = Device("u", "d")


class Desk:
    """Plays the log: numbers entries unless told to fail, and waits at the gate."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.answers: dict[int, Verdict] = {}
        self.failures: list[Exception] = []
        self.poison: set[int] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self.running = 0

    async def append(self, entries: Sequence[tuple[Device, Send]]) -> list[Verdict]:
        self.batches.append([send.client_seq for _, send in entries])
        await self.gate.wait()
        if self.failures:
            raise self.failures.pop()
        if any(send.client_seq in self.poison for _, send in entries):
            raise asyncpg.DataError("a row that the database chokes on")
        return [Verdict(send.client_seq, 0, False, None, None) for _, send in entries]

    def begins(self, entries: Sequence[Entry]) -> None:
        assert self.running == 0
        self.running += 1

    def ends(self, entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> None:
        self.running -= 1
        self.answers |= {entry.send.client_seq: verdict for entry, verdict in zip(entries, verdicts, strict=True)}


def entry(number: int, size: int = 1) -> Entry:
    return Entry(cast("Outlet", None), DEVICE, Send("g", "m", number, "chat", 0, bytes(size)))


@asynccontextmanager
async def writing(desk: Desk, **bounds: Any) -> AsyncIterator[Writer]:
    bounds = {"most_messages": 500, "most_bytes": 1000, **bounds}
    writer = Writer(desk.append, desk.begins, desk.ends, Journal(io.StringIO()), **bounds)
    task = asyncio.create_task(writer.run())
    yield writer
    task.cancel()


async def test_what_arrives_meanwhile_is_the_next_batch() -> None:
    desk = Desk()
    desk.gate.clear()
    async with writing(desk) as writer:
        writer.put(entry(1))
        while not desk.batches:
            await asyncio.sleep(0)
        for number in (2, 3, 4):
            writer.put(entry(number))
        desk.gate.set()
        await writer.finish()
    assert desk.batches == [[1], [2, 3, 4]]
    assert sorted(desk.answers) == [1, 2, 3, 4]


async def test_batches_are_bounded_in_messages_and_bytes() -> None:
    desk = Desk()
    async with writing(desk, most_messages=3, most_bytes=10) as writer:
        for number, size in ((1, 1), (2, 1), (3, 1), (4, 6), (5, 6), (6, 99), (7, 1)):
            writer.put(entry(number, size))
        await writer.finish()
    assert desk.batches == [[1, 2, 3], [4], [5], [6], [7]]


async def test_an_absent_database_answers_each_entry_and_the_next_batch_works() -> None:
    desk = Desk()
    desk.failures = [UnavailableError(OSError())]
    async with writing(desk) as writer:
        writer.put(entry(1))
        writer.put(entry(2))
        await writer.finish()
        assert {verdict.error_code for verdict in desk.answers.values()} == {"unavailable"}
        writer.put(entry(3))
        await writer.finish()
    assert desk.answers[3].server_seq == 3


async def test_a_row_that_breaks_the_statement_harms_no_other() -> None:
    desk = Desk()
    desk.poison = {2}
    async with writing(desk) as writer:
        for number in (1, 2, 3):
            writer.put(entry(number))
        await writer.finish()
    assert desk.batches == [[1, 2, 3], [1], [2], [3]]
    assert [desk.answers[number].error_code for number in (1, 2, 3)] == [None, "internal", None]


async def test_an_idle_writer_is_finished() -> None:
    async with writing(Desk()) as writer, asyncio.timeout(1):
        await writer.finish()
