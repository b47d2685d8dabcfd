"""Links, members, health, and what a tab is told besides."""

from typing import Literal

import msgspec

from mls_chat.view.base import ViewBase
from mls_chat.view.chats import AlertView


class StartedView(ViewBase, tag="started"):
    """An engine that knows nothing of this tab: it is to be told what is open there, and asked again for what is not
    handled yet."""


class HandledView(ViewBase, tag="handled"):
    """What the tab asked for under this serial is stored, or answered: it need not be asked again."""

    serial: int


class InviteView(ViewBase, tag="invite"):
    """`fragment` follows `#` in the link; it is the secret itself and must never reach a server or a log."""

    group_id: str
    stage: Literal["creating", "ready", "failed"]
    fragment: str = ""
    expires_at: int = 0
    error: str = ""


class JoinView(ViewBase, tag="join"):
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
    removable: bool = False
    """Whether this person may remove that one."""
    verified: bool = False
    """Whether this person has compared the safety code with that one."""


class PendingView(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    short_id: str
    created_at: int


class MembersView(ViewBase, tag="members"):
    group_id: str
    members: list[MemberView]
    pending: list[PendingView]
    renamable: bool = False
    """Whether this person may rename the group."""
    code: str = ""
    """Digits of the epoch authenticator (RFC 9420, section 8.7): the same for all who see the same group now."""


class VerdictCount(msgspec.Struct, frozen=True, kw_only=True):
    verdict: str
    count: int


class GroupHealth(msgspec.Struct, frozen=True, kw_only=True):
    """One group in numbers. `head_seq`: the newest entry that the server told of; `waiting`: own messages unsent.

    `authenticator`: the first digits of the epoch authenticator, to compare aloud. `verdicts`: how many entries could
    not be shown, each kind by its name. `renewed_at`: when this device's leaf got its keys, Unix milliseconds, 0 for
    not known.
    """

    group_id: str
    name: str
    state: Literal["creating", "entering", "active", "removed", "failed"]
    server_seq: int
    head_seq: int
    epoch: int
    members: int
    waiting: int
    authenticator: str
    renewed_at: int
    verdicts: list[VerdictCount]
    alert: AlertView | None


class HealthView(ViewBase, tag="health"):
    """`last_save`: Unix milliseconds, 0 for none since the start. `report`: all of it as text, no content, no keys.

    `damaged`: a sentence about stored rows that can't be read, empty for none; DamageRemovalRequested is offered.
    """

    status: Literal["connected", "connecting", "offline"]
    last_save: int
    rows: int
    groups: list[GroupHealth]
    report: str
    damaged: str = ""


class NoticeView(ViewBase, tag="notice"):
    """A sentence that asks for attention, e.g. what failed and what to do."""

    level: Literal["info", "error"]
    text: str
