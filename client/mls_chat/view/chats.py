"""The list of chats, and the opened one."""

from typing import Literal

import msgspec

from mls_chat.view.base import ViewBase


class ConnectionView(ViewBase, tag="connection"):
    status: Literal["connected", "connecting", "offline"]


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """What is not as it should be with a group, as a sentence that says what to do.

    `notice`: being mended by itself; `warning` (amber): this device and others may not see the same; `danger`: stopped.
    `action`: a button to offer; `rejoin` sends RejoinRequested, `verify` opens the safety code of `user_id`.
    """

    level: Literal["notice", "warning", "danger"]
    text: str
    action: Literal["", "rejoin", "verify"] = ""
    user_id: str = ""


class ChatSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`last_time` is Unix milliseconds, 0 for none. `state` `removed`: this device is no longer a member;
    `entering`: other devices of the account are, and this one is on its way."""

    group_id: str
    name: str
    last_line: str
    last_time: int
    unread: int
    state: Literal["creating", "entering", "active", "removed", "failed"]
    alert: AlertView | None = None


class ChatsView(ViewBase, tag="chats"):
    """All chats, most recently used first."""

    chats: list[ChatSummary]


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a chat. `order` sorts; `time` is Unix milliseconds; `state` is for own messages only."""

    id: str
    line: Literal["text", "system", "problem"]
    order: int
    time: int
    text: str
    sender: str = ""
    sender_id: str = ""
    own: bool = False
    state: Literal["", "sending", "sent", "failed"] = ""
    error: str = ""


class ChatView(ViewBase, tag="chat"):
    """The opened chat, newest page of lines; `earlier`: older lines can be asked for."""

    group_id: str
    name: str
    state: Literal["creating", "entering", "active", "removed", "failed"]
    lines: list[LineView]
    earlier: bool
    alert: AlertView | None = None


class ChatAlertView(ViewBase, tag="chat_alert"):
    """The opened chat's alert changed."""

    group_id: str
    alert: AlertView | None


class ReturnedView(ViewBase, tag="returned"):
    """A text that could not be stored: back into the composer of its chat, so that nothing is lost."""

    group_id: str
    text: str


class DraftView(ViewBase, tag="draft"):
    """What stands in a chat's composer on another device or tab, or stood there before the page was opened."""

    group_id: str
    text: str


class LinesView(ViewBase, tag="lines"):
    """New or changed lines of the opened chat."""

    group_id: str
    lines: list[LineView]


class EarlierView(ViewBase, tag="earlier"):
    """Older lines of the opened chat, to be put above."""

    group_id: str
    lines: list[LineView]
    earlier: bool
