"""What the hub knows: sockets, groups, and one subscription for each pair of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from delivery.effects import Device
from mls_chat.wire.records import StoredMessage


@dataclass(slots=True, eq=False)
class Socket:
    number: int
    device: Device
    subscriptions: "dict[str, Subscription]" = field(default_factory=dict)
    congested: bool = False


@dataclass(slots=True, eq=False)
class Group:
    group_id: str
    head: int = 0
    subscriptions: "dict[int, Subscription]" = field(default_factory=dict)
    reads: int = 0
    """Pages being read."""
    tail: list[StoredMessage] = field(default_factory=list)
    """Stored by this process while a page was being read: it brings the page's readers level with the others."""

    def keep(self, messages: Sequence[StoredMessage], most_bytes: int) -> None:
        """Remembers consecutive messages as long as pages are being read and they fit."""
        if not self.reads:
            return
        if self.tail and self.tail[-1].server_seq + 1 != messages[0].server_seq:
            self.tail.clear()
        self.tail += messages
        if sum(len(message.mls_bytes) for message in self.tail) > most_bytes:
            self.tail.clear()

    def tail_after(self, cursor: int) -> list[StoredMessage]:
        """The messages that follow `cursor` without a gap, as far as they are remembered."""
        if not self.tail or self.tail[0].server_seq > cursor + 1:
            return []
        return [message for message in self.tail if message.server_seq > cursor]


@dataclass(slots=True, eq=False)
class Subscription:
    socket: Socket
    group: Group
    cursor: int
    """The newest message that was told."""
    reading: bool = False
    """A page that starts at the cursor is being read."""
    suspect: bool = False
    """Its membership must be looked at even if there is nothing new."""
    ended: bool = False
    """Replaced or given up: pages still under way are not for it."""

    @property
    def wants_page(self) -> bool:
        idle = not (self.reading or self.ended or self.socket.congested)
        return idle and (self.suspect or self.cursor < self.group.head)

    def end(self) -> None:
        self.ended = True
        del self.group.subscriptions[self.socket.number], self.socket.subscriptions[self.group.group_id]
