"""What comes by the ports of the runner, and what a tab asks for."""

import msgspec

from mls_chat.effects import DamagedRow, Row
from mls_chat.events.pages import PageEvent


class FromTab(msgspec.Struct, frozen=True):
    """A page event of one of several tabs. With a `serial` it is carried out once, however often the tab asks for it
    (tabs.py); up to `settled` the tab has heard that all its serials are done."""

    tab: str
    event: PageEvent
    serial: int = 0
    settled: int = 0


class TabOpened(msgspec.Struct, frozen=True):
    """A tab that has been shown nothing yet."""

    tab: str


class TabGone(msgspec.Struct, frozen=True):
    tab: str


class TabsPresent(msgspec.Struct, frozen=True):
    """All tabs that there are."""

    tabs: frozenset[str]


class Started(msgspec.Struct, frozen=True):
    """The engine was built from storage; the first event."""


class FunctionReturned(msgspec.Struct, frozen=True):
    call_id: str
    body: bytes


class FunctionRefused(msgspec.Struct, frozen=True):
    call_id: str
    status: int
    code: str
    message: str
    details: dict[str, int | str]


class FunctionUnreachable(msgspec.Struct, frozen=True):
    call_id: str


class ChannelOpened(msgspec.Struct, frozen=True):
    pass


class ChannelClosed(msgspec.Struct, frozen=True):
    """`code` is the WebSocket close code, 0 when the connection was never open."""

    code: int
    reason: str


class FrameReceived(msgspec.Struct, frozen=True):
    data: bytes


class TimerFired(msgspec.Struct, frozen=True):
    name: str


class RowsRead(msgspec.Struct, frozen=True):
    read_id: str
    rows: list[Row]
    damaged: list[DamagedRow] = []


PortEvent = (
    Started
    | FunctionReturned
    | FunctionRefused
    | FunctionUnreachable
    | ChannelOpened
    | ChannelClosed
    | FrameReceived
    | TimerFired
    | RowsRead
    | TabOpened
    | TabGone
    | TabsPresent
)
