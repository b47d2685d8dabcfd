"""One queue around the engine: durable before told; after a failure everything begins again from storage."""

import asyncio
import sys
from collections.abc import Callable, Sequence

import msgspec
import pytest

from fake_server import FakeServer
from mls_chat import events, view
from mls_chat.effects import Row, Write
from mls_chat.engine import Engine
from mls_chat.ports import ChannelListener, ChannelUnreachable, StorageFailed, StorageLost
from mls_chat.records import LAZY_TABLES
from mls_chat.runner import BATCH, Runner
from mls_chat.view import View
from mls_chat.wire import frames

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten",
    reason="needs an event loop of its own; inside Pyodide the page's tests drive the runner",
)


class Disk:
    """Storage in memory that can fail, and remembers each transaction."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}
        self.commits: list[list[Write]] = []
        self.failures: list[Exception] = []
        self.story: list[str] = []

    async def load(self) -> list[Row]:
        if self.failures and isinstance(self.failures[0], OSError):
            raise StorageFailed(str(self.failures.pop(0)))
        return [Row(table, key, value) for (table, key), value in self.rows.items() if table not in LAZY_TABLES]

    async def commit(self, writes: Sequence[Write]) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        self.commits.append(list(writes))
        self.story.append("commit")
        for write in writes:
            if write.value is None:
                self.rows.pop((write.table, write.key), None)
            else:
                self.rows[write.table, write.key] = write.value

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> list[Row]:
        keys = sorted((k for t, k in self.rows if t == table and k.startswith(prefix)), reverse=True)
        keys = [key for key in keys if before is None or key < before][:limit]
        return [Row(table, key, self.rows[table, key]) for key in keys]


class Hand:
    """A timer of the hand clock."""

    def __init__(self, at: int, callback: Callable[[], None]) -> None:
        self.at, self.callback, self.live = at, callback, True

    def cancel(self) -> None:
        self.live = False


class HandClock:
    def __init__(self) -> None:
        self.time, self.timers = 1_800_000_000_000, list[Hand]()

    def now(self) -> int:
        return self.time

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Hand:
        self.timers.append(Hand(self.time + delay_ms, callback))
        return self.timers[-1]


class Desk:
    """A runner with everything around it; functions and channel are the fake server's."""

    def __init__(self) -> None:
        self.disk, self.clock, self.shown = Disk(), HandClock(), list[View]()
        self.server = FakeServer(self.clock.now)
        self.listener: ChannelListener | None = None
        self.runner = Runner(self.disk, self, self, self.clock, self, origin="http://chat.test")

    async def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        self.disk.story.append(name)
        return self.server.invoke(name, body, token)

    async def open(self, listener: ChannelListener) -> None:
        self.listener = listener
        if not self.server.up:
            raise ChannelUnreachable("down")
        self.server.connect(self.device_id, lambda frame: listener.channel_frame(frames.encode(frame)))

    def send(self, data: bytes) -> None:
        if self.device_id not in self.server.sockets:
            raise ChannelUnreachable("not open")
        frame = frames.decode_client(data)
        self.disk.story.append(type(frame).__name__)
        self.server.receive(self.device_id, frame)

    async def close(self) -> None:
        if self.disk.rows:
            self.server.disconnect(self.device_id)

    def show(self, shown: bytes, tab: str | None = None) -> None:
        self.disk.story.append("show")
        self.shown.append(msgspec.json.decode(shown, type=View))

    @property
    def device_id(self) -> str:
        return str(msgspec.msgpack.decode(self.disk.rows["account", "account"][1:])["device_id"])

    @property
    def notices(self) -> list[str]:
        return [shown.text for shown in self.shown if isinstance(shown, view.NoticeView)]

    async def settle(self, ms: int = 0) -> None:
        """Lets everything happen that is due, and the time pass."""
        end = self.clock.time + ms
        while True:
            for _ in range(50):
                await asyncio.sleep(0)
            due = [timer for timer in self.clock.timers if timer.live and timer.at <= end]
            if not due:
                break
            first = min(due, key=lambda timer: timer.at)
            self.clock.time, first.live = max(self.clock.time, first.at), False
            first.callback()
        self.clock.time = end

    async def start(self) -> None:
        await self.runner.start()
        await self.settle()

    async def post(self, *posted: events.Event) -> None:
        for event in posted:
            self.runner.post(event)
        await self.settle()


async def with_group() -> tuple[Desk, str]:
    desk = Desk()
    await desk.start()
    await desk.post(events.NameEntered(name="Ada"))
    await desk.post(events.GroupRequested(name="Tea"))
    return desk, next(iter(desk.server.groups))


def texts(desk: Desk) -> list[str]:
    chats = [shown for shown in desk.shown if isinstance(shown, view.ChatView)]
    return [line.text for line in chats[-1].lines if line.line == "text"]


async def shown_texts(desk: Desk, group_id: str) -> list[str]:
    await desk.post(events.ChatOpened(group_id=group_id))
    return texts(desk)


async def test_writes_are_durable_before_their_effects() -> None:
    desk, group_id = await with_group()
    desk.disk.story.clear()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert desk.disk.story[0] == "commit"
    assert {"show", "Send"} <= set(desk.disk.story)
    assert await shown_texts(desk, group_id) == ["hello"]
    await desk.runner.stop()


async def test_a_burst_shares_a_transaction() -> None:
    desk, group_id = await with_group()
    desk.disk.commits.clear()
    for number in range(BATCH):
        desk.runner.post(events.TextEntered(group_id=group_id, text=f"{number}"))
    await desk.runner.settled()
    await desk.settle()
    assert sum(write.table == "outbox" for write in desk.disk.commits[0]) == BATCH
    assert len(desk.disk.commits) < 6
    assert len(desk.server.groups[group_id].log) == BATCH
    await desk.runner.stop()


async def test_a_commit_that_fails_drops_its_effects_and_is_done_again() -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(StorageFailed("the disk is full"))
    desk.disk.story.clear()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert "Send" not in desk.disk.story
    assert desk.notices == ["Something went wrong and is being repaired: the disk is full"]
    await desk.settle(10_000)
    assert await shown_texts(desk, group_id) == ["hello"]
    assert len(desk.server.groups[group_id].log) == 1
    await desk.runner.stop()


async def test_storage_that_stays_broken_is_asked_again_with_patience() -> None:
    desk, group_id = await with_group()
    desk.disk.failures += [StorageFailed("full")] + [OSError(f"still {n}") for n in range(5)]
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    await desk.settle(1_000)
    assert desk.disk.failures
    await desk.settle(120_000)
    assert desk.disk.failures == []
    assert desk.notices[-1] == "still 4"
    assert await shown_texts(desk, group_id) == ["hello"]
    await desk.runner.stop()


async def test_an_engine_that_raises_is_rebuilt_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, group_id = await with_group()
    true = Engine.handle

    def handle(self: Engine, event: events.Event, now: int) -> object:
        if isinstance(event, events.TextEntered) and event.text == "poison":
            true(self, event, now)
            raise ZeroDivisionError("after half of the work")
        return true(self, event, now)

    monkeypatch.setattr(Engine, "handle", handle)
    for text in ("one", "poison", "two"):
        desk.runner.post(events.TextEntered(group_id=group_id, text=text))
    await desk.settle(60_000)
    assert sum("ZeroDivisionError" in notice for notice in desk.notices) == 2
    assert sum("also not when tried again" in notice for notice in desk.notices) == 1
    assert sorted(await shown_texts(desk, group_id)) == ["one", "two"]
    assert len(desk.server.groups[group_id].log) == 2
    await desk.runner.stop()


async def test_storage_that_is_lost_stops_the_runner() -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(StorageLost("another tab took over"))
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert desk.runner.lost.is_set()
    before = list(desk.disk.commits)
    await desk.post(events.TextEntered(group_id=group_id, text="more"))
    await desk.settle(120_000)
    assert desk.disk.commits == before
    assert desk.server.groups[group_id].log == []
    assert desk.device_id not in desk.server.sockets


async def test_a_timer_of_the_same_name_replaces_the_former() -> None:
    desk, _ = await with_group()
    pings = [timer for timer in desk.clock.timers if timer.live]
    await desk.post(events.Woken(), events.Woken(), events.Woken())
    assert len([timer for timer in desk.clock.timers if timer.live]) == len(pings)
    await desk.runner.stop()
    assert not any(timer.live for timer in desk.clock.timers)


async def test_without_a_channel_and_with_refusals_nothing_stops() -> None:
    desk = Desk()
    desk.server.up = False
    await desk.start()
    await desk.post(events.NameEntered(name="Ada"), events.GroupRequested(name="Tea"))
    await desk.settle(120_000)
    group_id = next(iter(desk.server.groups))
    await desk.post(events.TextEntered(group_id=group_id, text="over HTTP"))
    await desk.settle(60_000)
    assert len(desk.server.groups[group_id].log) == 1
    desk.server.up = True
    await desk.settle(60_000)
    assert desk.device_id in desk.server.sockets
    assert desk.listener is not None
    desk.listener.channel_closed(1006, "gone")
    desk.server.disconnect(desk.device_id)
    await desk.settle(60_000)
    assert desk.device_id in desk.server.sockets
    await desk.runner.stop()


async def test_restarted_on_the_same_disk() -> None:
    desk, group_id = await with_group()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    await desk.runner.stop()
    again = Runner(desk.disk, desk, desk, desk.clock, desk, origin="http://chat.test")
    desk.runner = again
    await desk.start()
    assert await shown_texts(desk, group_id) == ["hello"]
    await again.stop()
