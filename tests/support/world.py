"""Devices with real engines and real MLS around a fake server, on a virtual clock: no threads, no waiting."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeVar

import msgspec

from fake_server import FakeServer
from mls_chat import effects, events, view
from mls_chat.effects import Row
from mls_chat.engine import Engine
from mls_chat.ports import FunctionRefused
from mls_chat.records import LAZY_TABLES, MLS_TABLE, GroupRecord, R, decode_record
from mls_chat.recovery_code import CodeCost
from mls_chat.wire import ENDPOINTS, frames
from mls_rs_python import Group

ORIGIN: Final = "http://chat.test"
CHEAP: Final = CodeCost(memory_kib=8, iterations=1)
"""A guess at a recovery code costs nothing here, so that a test does not either."""
V = TypeVar("V")
Moment = Literal["before the writes", "after the writes"]


class Crash(Exception):
    """The device went down in the middle of a step."""


class World:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000
        self.server = FakeServer(lambda: self.now)
        self.devices: list[Device] = []

    def device(self, name: str) -> "Device":
        """A newcomer who has given a name."""
        device = Device(self)
        device.do(events.NameEntered(name=name))
        return device

    def signed_in(self, first: "Device") -> "Device":
        """Another device of the same account, by the recovery code that `first` shows."""
        device = Device(self)
        device.do(events.SignInRequested(way="code", code=first.recovery_code(), device="Second"))
        self.advance(5_000)
        return device

    def linked(self, first: "Device", history: Literal["all", "month", "none"] = "all") -> "Device":
        """Another device of the same account, whose code `first` has read."""
        device = Device(self)
        device.do(events.LinkCodeRequested(device="Linked"))
        code = device.last(view.LinkingView).code
        first.do(events.LinkCodeEntered(code=code))
        first.do(events.LinkConfirmed(history=history))
        self.advance(5_000)
        return device

    def run(self) -> None:
        """Until nobody has anything left to do at this moment."""
        while sum(device.work() for device in self.devices):
            pass

    def advance(self, ms: int) -> None:
        """Lets time pass, firing each timer at its moment."""
        end = self.now + ms
        while (due := min((at for d in self.devices for at in d.timers.values()), default=end + 1)) <= end:
            self.now = max(self.now, due)
            for device in self.devices:
                device.fire()
            self.run()
        self.now = end


class Device:
    """One browser: storage, timers, a socket, and everything that its page was shown."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: dict[tuple[str, str], bytes] = {}
        self.timers: dict[str, int] = {}
        self.queue: deque[events.Event] = deque()
        self.shown: list[view.View] = []
        self.online = True
        self.connected = False
        self.on_wire = True
        self.clock_off = 0
        """Milliseconds by which this device's clock is ahead."""
        self.slow = False
        """Answers of functions wait in `held` until `release`."""
        self.held: list[events.Event] = []
        self.steps: list[effects.Step] = []
        self.crash_at: tuple[int, Moment] | None = None
        world.devices.append(self)
        self.start()

    def start(self) -> None:
        """Like opening or reloading the page: the engine comes from storage alone."""
        self._boot()
        self.world.run()

    def _boot(self) -> None:
        rows = [Row(table, key, value) for (table, key), value in self.rows.items() if table not in LAZY_TABLES]
        self.engine = self.build(rows)
        self.queue.clear()
        self.held.clear()
        self.timers.clear()
        self.disconnect()
        self.connected = False
        self.shown.clear()
        self.queue.append(events.Started())

    def build(self, rows: list[Row]) -> Engine:
        return Engine(rows, ORIGIN, code_cost=CHEAP)

    def do(self, *happened: events.Event) -> None:
        self.queue.extend(happened)
        self.world.run()

    def work(self) -> bool:
        if not self.queue:
            return False
        try:
            self._step(self.queue.popleft())
        except Crash:
            self._boot()
        return True

    def _step(self, event: events.Event) -> None:
        step = self.engine.handle(event, self.world.now + self.clock_off)
        self.steps.append(step)
        self._crash_here("before the writes")
        for write in step.writes:
            self.write(write)
        self._crash_here("after the writes")
        for effect in step.effects:
            self.carry_out(effect)

    def _crash_here(self, moment: Moment) -> None:
        if self.crash_at == (len(self.steps) - 1, moment):
            raise Crash

    def write(self, write: effects.Write) -> None:
        if write.value is None:
            self.rows.pop((write.table, write.key), None)
        else:
            self.rows[write.table, write.key] = write.value

    def carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Show(view=shown):
                self.shown.append(shown)
            case effects.SetTimer(name=name, delay_ms=delay):
                self.timers[name] = self.world.now + delay
            case effects.CallFunction():
                self.call(effect)
            case effects.OpenChannel():
                self.open()
            case effects.CloseChannel():
                self.disconnect()
                self.connected = False
            case effects.SendFrame(data=data):
                if self.connected:
                    self.world.server.receive(self.device_id, frames.decode_client(data))
            case effects.ReadRows():
                self.read(effect)

    def call(self, call: effects.CallFunction) -> None:
        if not self.online:
            self.queue.append(events.FunctionUnreachable(call.call_id))
            return
        try:
            body = self.world.server.invoke(call.name, call.body, call.token)
        except FunctionRefused as refused:
            facts = (refused.status, refused.code, refused.message, refused.details)
            self._answer(events.FunctionRefused(call.call_id, *facts))
        else:
            self._answer(events.FunctionReturned(call.call_id, body))

    def _answer(self, answer: events.Event) -> None:
        (self.held if self.slow else self.queue).append(answer)

    def release(self) -> None:
        """What the functions answered while the network was slow arrives."""
        self.slow, held = False, self.held
        self.held = []
        self.do(*held)

    def open(self) -> None:
        if not (self.online and self.on_wire and self.world.server.up):
            self.queue.append(events.ChannelClosed(0, "unreachable"))
            return
        self.connected = True
        self.world.server.connect(self.device_id, self.push, self.closed)
        self.queue.append(events.ChannelOpened())

    def closed(self, code: int, reason: str) -> None:
        """The server ends the connection."""
        self.connected = False
        self.queue.append(events.ChannelClosed(code, reason))

    def push(self, frame: frames.ServerFrame) -> None:
        self.queue.append(events.FrameReceived(frames.encode(frame)))

    def disconnect(self) -> None:
        for device_id in [d for d, (push, _) in self.world.server.sockets.items() if push == self.push]:
            self.world.server.disconnect(device_id)

    def drop(self) -> None:
        """The connection breaks."""
        self.disconnect()
        self.connected = False
        self.do(events.ChannelClosed(1006, ""))

    def read(self, read: effects.ReadRows) -> None:
        keys = sorted((k for t, k in self.rows if t == read.table and k.startswith(read.prefix)), reverse=True)
        keys = [key for key in keys if read.before is None or key < read.before][: read.limit]
        rows = [Row(read.table, key, self.rows[read.table, key]) for key in keys]
        self.queue.append(events.RowsRead(read.read_id, rows))

    def fire(self) -> None:
        for name, at in list(self.timers.items()):
            if at <= self.world.now:
                del self.timers[name]
                self.queue.append(events.TimerFired(name))

    # behind the scenes

    @property
    def token(self) -> str:
        return f"{self.device_id}/{self.world.now + 60_000}"

    def ask(self, name: str, body: msgspec.Struct) -> Any:
        """A call that this device's engine does not make by itself. Raises FunctionRefused."""
        reply = self.world.server.invoke(name, msgspec.json.encode(body), self.token)
        return msgspec.json.decode(reply, type=ENDPOINTS[name].reply)

    @contextmanager
    def mls(self, group_id: str) -> Iterator[Group]:
        """The device's own group, to do by hand what an engine would not."""
        context = self.engine._context
        record = context.journal.find(GroupRecord, group_id)
        assert record is not None
        with context.backend.take(record.mls_group_id) as group:
            yield group

    def authenticator(self, group_id: str) -> bytes:
        with self.mls(group_id) as group:
            return group.epoch_authenticator

    def records(self, kind: type[R]) -> list[R]:
        """What is stored, decoded."""
        rows = [Row(table, key, value) for (table, key), value in self.rows.items() if table == kind.table]
        return [decode_record(kind, row) for row in rows]

    def stored_mls(self) -> dict[str, bytes]:
        return {key: value for (table, key), value in self.rows.items() if table == MLS_TABLE}

    # what the person sees and does

    @property
    def account(self) -> Any:
        return msgspec.msgpack.decode(self.rows["account", "account"][1:])

    @property
    def device_id(self) -> str:
        return str(self.account["device_id"])

    def last(self, kind: type[V]) -> V:
        return next(shown for shown in reversed(self.shown) if isinstance(shown, kind))

    def recovery_code(self) -> str:
        """As it is shown, while it is kept here."""
        self.world.advance(3_000)  # the vault is made a moment after the account
        self.do(events.AccountOpened(), events.RecoveryCodeRequested())
        code = self.last(view.AccountView).code
        self.do(events.AccountClosed())
        return code

    def create_group(self, name: str) -> str:
        self.do(events.GroupRequested(name=name))
        return self.last(view.ChatsView).chats[0].group_id

    def invite(self, group_id: str) -> str:
        self.do(events.InviteRequested(group_id=group_id))
        return self.last(view.InviteView).fragment

    def join(self, fragment: str) -> view.JoinView:
        self.do(events.LinkOpened(fragment=fragment), events.JoinRequested())
        return self.last(view.JoinView)

    def say(self, group_id: str, text: str) -> None:
        self.do(events.TextEntered(group_id=group_id, text=text))

    def lines(self, group_id: str) -> list[view.LineView]:
        """The whole chat, read from storage like a freshly opened one (one page)."""
        self.do(events.ChatOpened(group_id=group_id))
        if not any(isinstance(shown, view.ChatView) for shown in self.shown):
            self.do(events.ChatOpened(group_id=group_id))  # went down while it was opened
        return self.last(view.ChatView).lines

    def texts(self, group_id: str) -> list[str]:
        return [line.text for line in self.lines(group_id) if line.line == "text"]

    def states(self, group_id: str) -> list[str]:
        return [line.state for line in self.lines(group_id) if line.own]

    def problems(self, group_id: str) -> list[str]:
        return [line.text for line in self.lines(group_id) if line.line == "problem"]

    def notices(self) -> list[str]:
        return [shown.text for shown in self.shown if isinstance(shown, view.NoticeView)]


def meet(world: World) -> tuple[Device, Device, str]:
    """Ada has made the group Tea and let Bob in."""
    ada, bob = world.device("Ada"), world.device("Bob")
    group_id = ada.create_group("Tea")
    bob.join(ada.invite(group_id))
    return ada, bob, group_id


def meet_three(world: World) -> tuple[Device, Device, Device, str]:
    ada, bob, group_id = meet(world)
    cleo = world.device("Cleo")
    cleo.join(ada.invite(group_id))
    return ada, bob, cleo, group_id
