"""What the page shows, as JSON; names are resolved here, nothing secret but the invite link of the asking user.

Each view replaces the last one of its kind (`lines` upserts by `id`). The page's types are generated from this module.
"""

from typing import Final, Literal

import msgspec


class _View(msgspec.Struct, tag_field="kind"):
    pass


class SessionView(_View, tag="session"):
    """`new`: no account in this browser yet; `ready`: chats can be shown (the server may still be out of reach)."""

    stage: Literal["new", "ready"]
    name: str = ""
    user_id: str = ""


class ConnectionView(_View, tag="connection"):
    status: Literal["connected", "connecting", "offline"]


class ChatSummary(msgspec.Struct, frozen=True, kw_only=True):
    """`last_time` is Unix milliseconds, 0 for none. `state` `removed`: this device is no longer a member."""

    group_id: str
    name: str
    last_line: str
    last_time: int
    unread: int
    state: Literal["creating", "active", "removed", "failed"]


class ChatsView(_View, tag="chats"):
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


class ChatView(_View, tag="chat"):
    """The opened chat, newest page of lines; `earlier`: older lines can be asked for."""

    group_id: str
    name: str
    state: Literal["creating", "active", "removed", "failed"]
    lines: list[LineView]
    earlier: bool


class LinesView(_View, tag="lines"):
    """New or changed lines of the opened chat."""

    group_id: str
    lines: list[LineView]


class EarlierView(_View, tag="earlier"):
    """Older lines of the opened chat, to be put above."""

    group_id: str
    lines: list[LineView]
    earlier: bool


class InviteView(_View, tag="invite"):
    """`fragment` follows `#` in the link; it is the secret itself and must never reach a server or a log."""

    group_id: str
    stage: Literal["creating", "ready", "failed"]
    fragment: str = ""
    expires_at: int = 0
    error: str = ""


class JoinView(_View, tag="join"):
    """The opened link. `error` is a sentence for the user; `retry`: pressing Join again may help."""

    stage: Literal["none", "loading", "ready", "joining", "waiting", "joined", "failed"]
    group_name: str = ""
    group_id: str = ""
    error: str = ""
    retry: bool = False


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    """One person. `last_seen` is Unix milliseconds, 0 for unknown."""

    user_id: str
    name: str
    short_id: str
    you: bool
    role: Literal["owner", "admin", "member", ""]
    online: bool
    last_seen: int
    devices: int


class PendingView(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    short_id: str
    created_at: int


class MembersView(_View, tag="members"):
    group_id: str
    members: list[MemberView]
    pending: list[PendingView]


class NoticeView(_View, tag="notice"):
    """A sentence that asks for attention, e.g. what failed and what to do."""

    level: Literal["info", "error"]
    text: str


View = (
    SessionView
    | ConnectionView
    | ChatsView
    | ChatView
    | LinesView
    | EarlierView
    | InviteView
    | JoinView
    | MembersView
    | NoticeView
)

_encoder: Final = msgspec.json.Encoder()


def encode_view(view: View) -> bytes:
    """JSON text, tagged by `kind`."""
    return _encoder.encode(view)
