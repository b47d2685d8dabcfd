"""Who is subscribed to what, up to which message, and what each socket is to be told next. No I/O, no clock.

Each subscription has a cursor. A frame leaves only if it starts at cursor + 1, so a socket sees every group in order,
without gaps and without repeats. Messages that this process stored go out at once to the cursors just before them;
every other cursor is moved by pages of the log. Commits and voids are never stored by this process, so no cursor passes
a change of members without a page, and a page is read together with the readers' membership: nothing reaches a removed
device after its removal, however late the bells are.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from delivery.effects import Close, Device, Effect, Page, Read, Tell
from delivery.errors import CloseCode, Code, RefusedError
from delivery.frames import consecutive, deliver_frames
from delivery.subscriptions import Group, Socket, Subscription
from mls_chat.wire.frames import DevicesBell, GroupInfoBell, InviteBell, Removed, Signal, WelcomeBell
from mls_chat.wire.records import StoredMessage


class Hub:
    """Every method takes one thing that happened and returns what follows from it."""

    def __init__(self, deliver_bytes: int) -> None:
        self._deliver_bytes = deliver_bytes
        self._sockets: dict[int, Socket] = {}
        self._devices: defaultdict[str, set[int]] = defaultdict(set)
        self._groups: dict[str, Group] = {}
        self._reads: dict[int, tuple[Group, list[Subscription]]] = {}
        self._numbers = count(1)
        self._batch: frozenset[str] = frozenset()
        self._checks = 0
        self._rung: dict[str, int] = {}

    # Sockets

    def connect(self, socket: int, device: Device) -> None:
        self._sockets[socket] = Socket(socket, device)
        self._devices[device.device_id].add(socket)

    def disconnect(self, socket: int) -> None:
        """Harmless for a socket that never connected."""
        gone = self._sockets.pop(socket, None)
        if gone is None:
            return
        for subscription in list(gone.subscriptions.values()):
            self._end(subscription)
        sockets = self._devices[gone.device.device_id]
        sockets.discard(socket)
        if not sockets:
            del self._devices[gone.device.device_id]

    def congested(self, socket: int) -> None:
        """The peer has not read what was written: it gets no messages until `drained`."""
        if socket in self._sockets:
            self._sockets[socket].congested = True

    def drained(self, socket: int) -> list[Effect]:
        if socket not in self._sockets:
            return []
        self._sockets[socket].congested = False
        return [*self._pull(self._sockets[socket].subscriptions.values())]

    # Subscriptions

    def checking(self) -> None:
        """A membership check starts whose result `subscribe` will be given: what rings meanwhile is kept for it."""
        self._checks += 1

    def checked(self) -> None:
        """All subscriptions of that check are made."""
        self._checks -= 1
        if self._checks == 0:
            self._rung.clear()

    def subscribe(self, socket: int, group_id: str, cursor: int, head: int) -> list[Effect]:
        """From `cursor` on. A group that the socket has already starts again from here."""
        owner = self._sockets.get(socket)
        if owner is None:
            return []
        former = owner.subscriptions.get(group_id)
        if former is not None and former.cursor == cursor:
            return []
        group = self._groups.setdefault(group_id, Group(group_id))
        if former is not None:
            former.ended = True
        subscription = Subscription(owner, group, cursor)
        group.subscriptions[socket] = owner.subscriptions[group_id] = subscription
        group.head = max(group.head, head, self._rung.get(group_id, 0))
        return [*self._pull([subscription])]

    def signal(self, socket: int, group_id: str, mls_bytes: bytes) -> list[Effect]:
        """To the others now in the group. Raises RefusedError for a group that the socket does not have."""
        sender = self._sockets[socket]
        if group_id not in sender.subscriptions:
            raise RefusedError(Code.NOT_SUBSCRIBED, group_id=group_id)
        others = self._groups[group_id].subscriptions.values()
        sockets = tuple(s.socket.number for s in others if s.socket is not sender and not s.socket.congested)
        return [Tell(sockets, Signal(group_id, sender.device.device_id, mls_bytes))] if sockets else []

    def is_subscribed(self, socket: int, group_id: str) -> bool:
        owner = self._sockets.get(socket)
        return owner is not None and group_id in owner.subscriptions

    def groups(self) -> list[str]:
        return list(self._groups)

    def devices(self) -> list[str]:
        return list(self._devices)

    # Messages

    def batch_begins(self, group_ids: Iterable[str]) -> None:
        """Bells of these groups may be our own batch's: they wait until it has ended."""
        self._batch = frozenset(group_ids)

    def batch_ends(self, stored: Mapping[str, Sequence[StoredMessage]]) -> list[Effect]:
        """`stored`: the new messages of each group, in order (empty when the batch failed)."""
        held, self._batch = self._batch, frozenset()
        effects: list[Effect] = []
        for group_id, messages in stored.items():
            for run in consecutive(messages):
                effects += self._stored(group_id, run)
        for group_id in held:
            if group_id in self._groups:
                effects += self._pull(self._groups[group_id].subscriptions.values())
        return effects

    def rang(self, group_id: str, head: int) -> list[Effect]:
        """The group's log reaches up to `head`, whoever stored it."""
        group = self._groups.get(group_id)
        if group is None:
            self._note(group_id, head)
            return []
        group.head = max(group.head, head)
        return [] if group_id in self._batch else [*self._pull(group.subscriptions.values())]

    def page(self, read: Read, page: Page) -> list[Effect]:
        """The page that `read` asked for."""
        group, readers = self._reads.pop(read.number)
        subscriptions = [s for s in readers if not s.ended]
        group.head = max(group.head, page.head)
        group.reads -= 1
        effects: list[Effect] = []
        level: defaultdict[int | None, list[Subscription]] = defaultdict(list)
        for subscription in subscriptions:
            subscription.reading = False
            window = page.windows.get(subscription.socket.device.device_id)
            if window is None or window.joined_seq > subscription.cursor:
                effects.append(self._remove(subscription))  # out, or out and in again, which starts anew
            else:
                level[window.left_seq].append(subscription)
        for left_seq, readers in level.items():
            effects += self._advance(group, readers, page, left_seq)
        if not group.reads:
            group.tail.clear()
        return effects + self._pull(subscriptions)

    # Bells

    def members_left(self, group_id: str, device_ids: Iterable[str]) -> list[Effect]:
        group, gone = self._groups.get(group_id), set(device_ids)
        if group is None:
            return []
        suspects = [s for s in group.subscriptions.values() if s.socket.device.device_id in gone]
        for subscription in suspects:
            subscription.suspect = True
        return [*self._pull(suspects)]

    def welcome(self, device_id: str, request_id: str, group_id: str) -> list[Effect]:
        sockets = tuple(self._devices.get(device_id, ()))
        return [Tell(sockets, WelcomeBell(request_id, group_id))] if sockets else []

    def invite(self, group_id: str) -> list[Effect]:
        group = self._groups.get(group_id)
        return [Tell(tuple(group.subscriptions), InviteBell(group_id))] if group else []

    def group_info(self, group_id: str) -> list[Effect]:
        group = self._groups.get(group_id)
        return [Tell(tuple(group.subscriptions), GroupInfoBell(group_id))] if group else []

    def devices_changed(self, user_id: str, group_ids: Iterable[str]) -> list[Effect]:
        """Told to the account's own devices and to whoever is in one of the groups."""
        own = [number for number, socket in self._sockets.items() if socket.device.user_id == user_id]
        groups = [group for group_id in group_ids if (group := self._groups.get(group_id)) is not None]
        others = [number for group in groups for number in group.subscriptions]
        sockets = tuple(sorted({*own, *others}))
        return [Tell(sockets, DevicesBell(user_id))] if sockets else []

    def revoked(self, device_ids: Iterable[str]) -> list[Effect]:
        """They hear nothing more, even if their sockets take a moment to close."""
        sockets = tuple(socket for device_id in device_ids for socket in self._devices.get(device_id, ()))
        for socket in sockets:
            self.disconnect(socket)
        return [Close(sockets, CloseCode.REVOKED, Code.DEVICE_REVOKED)] if sockets else []

    # Within

    def _stored(self, group_id: str, messages: Sequence[StoredMessage]) -> list[Effect]:
        group, first, last = self._groups.get(group_id), messages[0].server_seq, messages[-1].server_seq
        if group is None:
            self._note(group_id, last)
            return []
        group.head = max(group.head, last)
        group.keep(messages, self._deliver_bytes)
        ready = []
        for number, subscription in group.subscriptions.items():
            if subscription.cursor == first - 1 and not subscription.reading and not subscription.socket.congested:
                subscription.cursor = last
                ready.append(number)
        return self._deliver(group_id, ready, messages)

    def _advance(self, group: Group, readers: list[Subscription], page: Page, left_seq: int | None) -> list[Effect]:
        cursor, end = readers[0].cursor, page.head if left_seq is None else left_seq
        messages = [m for m in page.messages if cursor < m.server_seq <= end]
        cursor = messages[-1].server_seq if messages else max(cursor, end)
        if left_seq is None and (later := group.tail_after(cursor)):
            messages += later
            cursor = later[-1].server_seq
        for subscription in readers:
            subscription.cursor = cursor
        effects = self._deliver(group.group_id, [s.socket.number for s in readers], messages)
        if left_seq is not None and cursor >= left_seq:
            effects += [self._remove(subscription) for subscription in readers]
        return effects

    def _deliver(self, group_id: str, sockets: list[int], messages: Sequence[StoredMessage]) -> list[Effect]:
        if not sockets or not messages:
            return []
        return [Tell(tuple(sockets), frame) for frame in deliver_frames(group_id, messages, self._deliver_bytes)]

    def _pull(self, subscriptions: Iterable[Subscription]) -> list[Effect]:
        """One read for all of the same group that stand at the same cursor."""
        behind: defaultdict[tuple[str, int], list[Subscription]] = defaultdict(list)
        for subscription in subscriptions:
            if subscription.wants_page and subscription.group.group_id not in self._batch:
                subscription.reading, subscription.suspect = True, False
                behind[subscription.group.group_id, subscription.cursor].append(subscription)
        return [self._read(group_id, since, waiting) for (group_id, since), waiting in behind.items()]

    def _read(self, group_id: str, since: int, waiting: list[Subscription]) -> Read:
        number = next(self._numbers)
        group = self._groups[group_id]
        group.reads += 1
        self._reads[number] = group, waiting
        return Read(number, group_id, since, frozenset(s.socket.device for s in waiting))

    def _remove(self, subscription: Subscription) -> Effect:
        self._end(subscription)
        return Tell((subscription.socket.number,), Removed(subscription.group.group_id))

    def _end(self, subscription: Subscription) -> None:
        subscription.end()
        if not subscription.group.subscriptions:
            del self._groups[subscription.group.group_id]

    def _note(self, group_id: str, head: int) -> None:
        if self._checks:
            self._rung[group_id] = max(head, self._rung.get(group_id, 0))
