"""A runner with everything around it in memory: a disk that can fail, a clock moved by hand, the fake server."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from fake_server import FakeServer
from mls_chat import events, view
from mls_chat.effects import DamagedRow, Row, Write
from mls_chat.ports import ChannelListener, ChannelUnreachable, Loaded, StorageFailed, StorageFull
from mls_chat.records import LAZY_TABLES
from mls_chat.runner import Runner
from mls_chat.view import View
from mls_chat.wire import frames
from world import Device, World


class Disk:
    """Storage in memory that can fail, and remembers each transaction."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}
        self.commits: list[list[Write]] = []
        self.failures: list[Exception] = []
        self.damaged: list[DamagedRow] = []
        self.full, self.searches = False, 0
        self.story: list[str] = []

    async def load(self) -> Loaded:
        if self.failures and isinstance(self.failures[0], OSError):
            raise StorageFailed(str(self.failures.pop(0)))
        rows = [Row(table, key, value) for (table, key), value in self.rows.items() if table not in LAZY_TABLES]
        return Loaded(rows, list(self.damaged))

    async def commit(self, writes: Sequence[Write]) -> None:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if self.full:
            raise StorageFull("no room")
        self.commits.append(list(writes))
        self.story.append("commit")
        for write in writes:
            if write.value is None:
                self.rows.pop((write.table, write.key), None)
            else:
                self.rows[write.table, write.key] = write.value

    async def find_room(self) -> None:
        self.searches += 1
        if self.full:
            raise StorageFull("no room")

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        keys = sorted((k for t, k in self.rows if t == table and k.startswith(prefix)), reverse=True)
        keys = [key for key in keys if before is None or key < before][:limit]
        return Loaded([Row(table, key, self.rows[table, key]) for key in keys], [])


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

    def __init__(self, disk: Disk | None = None) -> None:
        self.disk, self.clock, self.shown = disk or Disk(), HandClock(), list[View]()
        self.server = FakeServer(self.clock.now)
        self.addressed: list[str] = []
        """The tabs that views were for, one by one."""
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
        if tab:
            self.addressed.append(tab)

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
    """Of the opened chat, put together as the page does it."""
    lines: dict[str, view.LineView] = {}
    for shown in desk.shown:
        if isinstance(shown, view.ChatView):
            lines.clear()
        if isinstance(shown, view.ChatView | view.LinesView | view.EarlierView):
            lines |= {line.id: line for line in shown.lines}
    return [line.text for line in sorted(lines.values(), key=lambda line: line.order) if line.line == "text"]


async def shown_texts(desk: Desk, group_id: str) -> list[str]:
    await desk.post(events.ChatOpened(group_id=group_id))
    return texts(desk)


async def with_guest() -> tuple[Desk, str, Device]:
    """Ada at the desk, and Bob, who is in her group on a device of his own."""
    desk, group_id = await with_group()
    world = World()
    world.server, world.now = desk.server, desk.clock.time
    bob = world.device("Bob")
    await desk.post(events.InviteRequested(group_id=group_id))
    invite = next(shown for shown in reversed(desk.shown) if isinstance(shown, view.InviteView))
    bob.do(events.LinkOpened(fragment=invite.fragment), events.JoinRequested())
    await desk.settle()
    world.run()
    await desk.settle()
    assert [chat.group_id for chat in bob.last(view.ChatsView).chats] == [group_id]
    return desk, group_id, bob
