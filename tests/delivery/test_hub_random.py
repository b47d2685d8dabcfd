"""The hub in a random world: late bells, slow pages, congestion, members that change and voids, rewinds. Each seed is
one history.
"""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from delivery.effects import Close, Device, Effect, Page, Read, Tell, Window
from delivery.hub import Hub
from mls_chat.wire.frames import Deliver, Removed
from mls_chat.wire.records import StoredMessage

GROUPS = ("g", "h")
NEWCOMERS = {("g", "d0"), ("h", "d0"), ("h", "d1")}
"""Not in the group at the start."""


@dataclass
class World:
    """The log, who may read it, and what each subscription has been told."""

    dice: random.Random
    hub: Hub = field(default_factory=lambda: Hub(6))
    log: dict[str, list[StoredMessage]] = field(default_factory=lambda: {group: [] for group in GROUPS})
    windows: dict[str, dict[str, Window]] = field(default_factory=lambda: {group: {} for group in GROUPS})
    readable: dict[tuple[str, str], list[tuple[int, int | None]]] = field(default_factory=lambda: defaultdict(list))
    """Of a group and a device: all numbers that it was ever entitled to, above the first, up to the second."""
    undos: dict[str, list[tuple[str, Window | None]]] = field(default_factory=lambda: {group: [] for group in GROUPS})
    """What each change of members would be undone to."""
    bells: list[tuple[str, str, int, str]] = field(default_factory=list)
    reads: list[tuple[Read, Page | None]] = field(default_factory=list)
    cursors: dict[tuple[int, str], int] = field(default_factory=dict)
    devices: dict[int, Device] = field(default_factory=dict)
    congested: set[int] = field(default_factory=set)

    def run(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(sockets, Deliver(group, messages)):
                    for socket in sockets:
                        self.hear(socket, group, messages)
                case Tell((socket,), Removed(group)):
                    ended = self.readable[group, self.devices[socket].device_id]
                    assert len(ended) > 1 or ended[0][1] is not None
                    del self.cursors[socket, group]
                case Read():
                    self.reads.append((effect, None))
                case Tell() | Close():
                    raise AssertionError(effect)

    def hear(self, socket: int, group: str, messages: list[StoredMessage]) -> None:
        ranges = self.readable[group, self.devices[socket].device_id]
        for message in messages:
            assert message is self.log[group][message.server_seq - 1]
            assert message.server_seq == self.cursors[socket, group] + 1
            assert any(
                low < message.server_seq and (high is None or message.server_seq <= high) for low, high in ranges
            )
            self.cursors[socket, group] = message.server_seq
        if self.dice.random() < 0.1:
            self.congested.add(socket)
            self.hub.congested(socket)

    def store(self, group: str, count: int) -> list[StoredMessage]:
        head = len(self.log[group])
        new = [
            StoredMessage(
                server_seq=head + number,
                server_time=0,
                msg_kind="chat",
                epoch=0,
                user_id="u",
                device_id="d",
                message_id="m",
                mls_bytes=b"x" * self.dice.randint(1, 4),
            )
            for number in range(1, count + 1)
        ]
        self.log[group] += new
        return new

    def own_batch(self) -> None:
        groups = self.dice.sample(GROUPS, self.dice.randint(1, 2))
        self.hub.batch_begins(groups)
        new: dict[str, list[StoredMessage]] = defaultdict(list)
        for group in groups:
            if self.dice.random() < 0.3:
                self.foreign(group)
            if self.dice.random() < 0.9:
                new[group] = self.store(group, self.dice.randint(1, 3))
                self.bells.append(("head", group, len(self.log[group]), ""))
        if self.dice.random() < 0.5:
            self.ring()
        self.run(self.hub.batch_ends(new if self.dice.random() < 0.9 else {}))

    def foreign(self, group: str) -> None:
        self.store(group, self.dice.randint(1, 2))
        self.bells.append(("head", group, len(self.log[group]), ""))

    def place(self, group: str, device: str, window: Window | None, last: int) -> None:
        """From now on the device stands so; `last` is the last number that its former standing let it read."""
        former = self.windows[group].pop(device, None)
        if former is not None and former.left_seq is None:
            self.readable[group, device][-1] = former.joined_seq, last
        if window is not None:
            self.windows[group][device] = window
            self.readable[group, device].append((window.joined_seq, window.left_seq))

    def live(self, group: str) -> list[str]:
        return [device for device, window in self.windows[group].items() if window.left_seq is None]

    def remove(self, group: str) -> None:
        live = self.live(group)
        if len(live) < 2:
            return
        device = self.dice.choice(live)
        [commit] = self.store(group, 1)
        self.undos[group].append((device, self.windows[group][device]))
        self.place(group, device, Window(self.windows[group][device].joined_seq, commit.server_seq), commit.server_seq)
        self.bells.append(("head", group, commit.server_seq, ""))
        self.bells.append(("left", group, 0, device))

    def admit(self, group: str) -> None:
        out = sorted({device.device_id for device in self.devices.values()} - set(self.live(group)))
        if not out:
            return
        device = self.dice.choice(out)
        [commit] = self.store(group, 1)
        self.undos[group].append((device, self.windows[group].get(device)))
        self.place(group, device, Window(commit.server_seq, None), commit.server_seq)
        self.bells.append(("head", group, commit.server_seq, ""))

    def void(self, group: str) -> None:
        if not self.undos[group]:
            return
        device, before = self.undos[group].pop()
        [void] = self.store(group, 1)
        self.place(group, device, before, void.server_seq - 1)
        self.bells.append(("head", group, void.server_seq, ""))
        if before is None or before.left_seq is not None:
            self.bells.append(("left", group, 0, device))

    def ring(self) -> None:
        if self.bells:
            kind, group, head, device = self.bells.pop(0)
            self.run(self.hub.rang(group, head) if kind == "head" else self.hub.members_left(group, [device]))

    def look(self) -> None:
        """The database answers a read: a snapshot, which reaches us later."""
        waiting = [index for index, (_, page) in enumerate(self.reads) if page is None]
        if waiting:
            index = self.dice.choice(waiting)
            read = self.reads[index][0]
            devices = {device.device_id for device in read.readers}
            windows = {device: window for device, window in self.windows[read.group_id].items() if device in devices}
            ends = [read.since] + [
                len(self.log[read.group_id]) if w.left_seq is None else w.left_seq for w in windows.values()
            ]
            messages = self.log[read.group_id][read.since : max(ends)][: self.dice.randint(1, 4)]
            self.reads[index] = read, Page(len(self.log[read.group_id]), windows, messages)

    def turn_page(self) -> None:
        done = [index for index, (_, page) in enumerate(self.reads) if page is not None]
        if done:
            read, page = self.reads.pop(self.dice.choice(done))
            assert page is not None
            self.run(self.hub.page(read, page))

    def subscribe(self) -> None:
        socket, group = self.dice.choice(list(self.devices)), self.dice.choice(GROUPS)
        window = self.windows[group].get(self.devices[socket].device_id)
        cursor = self.dice.randint(0, self.cursors.get((socket, group), len(self.log[group])))
        if window is None or (window.left_seq is not None and cursor >= window.left_seq):
            return
        cursor = max(cursor, window.joined_seq)
        self.hub.checking()
        head = len(self.log[group])
        if self.dice.random() < 0.5:
            self.ring()
        self.cursors[socket, group] = cursor
        self.run(self.hub.subscribe(socket, group, cursor, head))
        self.hub.checked()

    def drain(self) -> None:
        if self.congested:
            socket = self.congested.pop()
            self.run(self.hub.drained(socket))

    def settle(self) -> None:
        while self.bells or self.reads or self.congested:
            self.ring()
            self.look()
            self.turn_page()
            self.drain()


@pytest.mark.parametrize("seed", range(150))
def test_every_history_ends_with_everybody_level(seed: int) -> None:
    world = World(random.Random(seed))
    for number in range(1, 6):
        device = Device(f"u{number % 4}", f"d{number % 4}")
        world.devices[number] = device
        world.hub.connect(number, device)
        for group in GROUPS:
            if (group, device.device_id) not in NEWCOMERS:
                world.place(group, device.device_id, Window(0, None), 0)
    moves = [world.own_batch, world.ring, world.look, world.turn_page, world.drain, world.subscribe]
    for _ in range(300):
        dice = world.dice.random()
        if dice < 0.04:
            world.dice.choice([world.remove, world.admit, world.void])(world.dice.choice(GROUPS))
        elif dice < 0.08:
            world.foreign(world.dice.choice(GROUPS))
        else:
            world.dice.choice(moves)()
    world.settle()
    for (socket, group), cursor in world.cursors.items():
        assert world.windows[group][world.devices[socket].device_id].left_seq is None
        assert cursor == len(world.log[group])
    assert world.cursors
