"""A device was away: from what the server kept to stored lines, by the engine and its runner over storage in memory.

Runs on CPython and inside Pyodide. The network and a real storage come on top; see `away.py` for the page.
"""

import asyncio
import statistics
import time
from collections.abc import Iterator
from typing import Final, Literal

from tests.bench.groups import Pair, group_of
from tests.bench.report import report

from desk import Desk
from mls_chat.effects import Row
from mls_chat.ports import ChannelListener
from mls_chat.records import LineRecord, decode_record
from mls_chat.timers import POLL_ALONE_MS
from mls_chat.wire import frames
from mls_chat.wire.frames import Deliver, ServerFrame
from mls_chat.wire.limits import PAGE_MAX

TEXT: Final = "A line of usual length, as people write them in a chat. {:05d}"
RUNS: Final = 3
LARGE: Final = 500
PATIENCE_S: Final = 120
Way = Literal["channel", "http"]


class PagedDesk(Desk):
    """Its channel cuts what was missed into the frames that the delivery service sends."""

    async def open(self, listener: ChannelListener) -> None:
        def push(frame: ServerFrame) -> None:
            for page in _pages(frame):
                listener.channel_frame(frames.encode(page))

        await super().open(listener)
        self.server.connect(self.device_id, push)


def _pages(frame: ServerFrame) -> Iterator[ServerFrame]:
    if not isinstance(frame, Deliver):
        yield frame
        return
    for start in range(0, len(frame.messages), PAGE_MAX):
        yield Deliver(frame.group_id, frame.messages[start : start + PAGE_MAX])


def missed(count: int, members: int = 2) -> Pair:
    """Ben is away while Ada writes."""
    pair = group_of(members)
    pair.ben.disconnect()
    for number in range(count):
        pair.ada.say(pair.group_id, TEXT.format(number))
    pair.ada.disconnect()
    return pair


async def catch_up(pair: Pair, count: int, way: Way) -> float:
    """Messages per second; Ben's device begins from the same rows each time."""
    desk = PagedDesk()
    desk.server, desk.clock.time, desk.disk.rows = pair.world.server, pair.world.now, dict(pair.ben.rows)
    desk.server.up = way == "channel"
    last = f"{pair.group_id}/{len(desk.server.groups[pair.group_id].log):016d}.000"
    begun = time.perf_counter()
    await desk.start()
    if way == "http":
        await desk.settle(POLL_ALONE_MS)
    async with asyncio.timeout(PATIENCE_S):
        while ("lines", last) not in desk.disk.rows:
            await asyncio.sleep(0)
    taken = time.perf_counter() - begun
    await desk.runner.stop()
    assert _texts(desk) == [TEXT.format(number) for number in range(count)]
    return count / taken


def _texts(desk: Desk) -> list[str]:
    rows = [Row(*place, value) for place, value in sorted(desk.disk.rows.items()) if place[0] == LineRecord.table]
    lines = [decode_record(LineRecord, row) for row in rows]
    return [line.text for line in lines if line.line == "text"]


async def measure(runtime: str, *counts: int) -> None:
    """`runtime` names where this runs: `native` or `pyodide`."""
    for count in counts:
        pair = missed(count)
        await _report(f"catch_up_{count}_{runtime}_per_s", pair, count, "channel")
        await _report(f"catch_up_{count}_over_http_{runtime}_per_s", pair, count, "http")
    few = counts[0]
    await _report(f"catch_up_{few}_of_{LARGE}_members_{runtime}_per_s", missed(few, LARGE), few, "channel")


async def _report(name: str, pair: Pair, count: int, way: Way) -> None:
    report(name, statistics.median([await catch_up(pair, count, way) for _ in range(RUNS)]), "messages/s")
