"""What the hub wants done, and what it is given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from delivery.errors import CloseCode
from mls_chat.wire import ServerFrame
from mls_chat.wire.records import StoredMessage


class Device(NamedTuple):
    user_id: str
    device_id: str


@dataclass(frozen=True, slots=True)
class Tell:
    """One frame, serialised once, for all these sockets."""

    sockets: tuple[int, ...]
    frame: ServerFrame


@dataclass(frozen=True, slots=True)
class Read:
    """Read the group's log after `since` for these devices, then call `Hub.page` with the same object."""

    number: int
    group_id: str
    since: int
    readers: frozenset[Device] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Close:
    """End these sockets, naming the reason."""

    sockets: tuple[int, ...]
    close_code: CloseCode
    code: str


Effect = Tell | Read | Close


class Window(NamedTuple):
    """A device may read the numbers above `joined_seq`, up to `left_seq` if it was removed."""

    joined_seq: int
    left_seq: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """One snapshot: the newest number, who may read what, and the messages after `since`, as many as fit."""

    head: int
    windows: Mapping[str, Window]
    messages: Sequence[StoredMessage]
