"""What the page shows, as JSON; names are resolved here, nothing secret but the invite link of the asking user.

Each view replaces the last one of its kind (`lines` upserts by `id`). The page's types are generated from this module.
"""

from typing import Final, Literal

import msgspec


class _View(msgspec.Struct, tag_field="kind"):
    pass


class UnsentText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that this device will not send any more."""

    group_name: str
    text: str


class SessionView(_View, tag="session"):
    """`new`: no account in this browser yet; `ready`: chats can be shown (the server may still be out of reach);
    `revoked`: the account has put this device out, `unsent` is what it had still to send.

    `code_unsaved`: nobody has said yet that the recovery code is kept in a safe place.
    """

    stage: Literal["new", "ready", "revoked"]
    name: str = ""
    user_id: str = ""
    code_unsaved: bool = False
    unsent: list[UnsentText] = []


class SignInView(_View, tag="sign_in"):
    """Signing in to an account that there is. `step` says what is being done, `error` what to do after a failure."""

    stage: Literal["none", "working", "failed"]
    step: str = ""
    error: str = ""


class LinkingView(_View, tag="linking"):
    """Linking a new device. There: `waiting` with the `code` to be entered or scanned on the other one. On a device of
    the account: `looking`, `confirm` (the person says yes to `device_name`), `adding`, `done`. `error` says what to do.
    """

    stage: Literal["none", "waiting", "looking", "confirm", "adding", "done", "failed"]
    code: str = ""
    device_name: str = ""
    error: str = ""


class PasskeyRequestView(_View, tag="passkey_request"):
    """The page asks the authenticator, now, and answers with PasskeyAnswered or PasskeyFailed.

    `options`: WebAuthn's JSON for `purpose`; `prf_salt`: input of the PRF extension, base64url without padding.
    """

    request_id: str
    purpose: Literal["create", "get"]
    options: str
    prf_salt: str


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """`last_seen` is Unix milliseconds, 0 for unknown."""

    device_id: str
    name: str
    this: bool
    last_seen: int
    revoked: bool


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`last_used` is Unix milliseconds, 0 for never."""

    passkey_id: str
    name: str
    last_used: int


class HistoryView(_View, tag="history"):
    """Fetching the history from the backup. `done` of `total` segments; `text`: what has come of it, or what to do."""

    stage: Literal["none", "loading", "done", "failed"]
    done: int = 0
    total: int = 0
    text: str = ""


class AccountView(_View, tag="account"):
    """The dialog "Account". `code`: the recovery code where it was asked for, on that tab alone.

    `wants`: what waits for the account's secrets to be opened with SecretsRequested, as a sentence, empty for nothing;
    `busy` says what is being done, `error` what to do after a failure. `loaded`: the server's list is here.
    """

    name: str
    user_id: str
    devices: list[DeviceView]
    passkeys: list[PasskeyView]
    loaded: bool
    code: str
    code_unsaved: bool
    wants: str
    busy: str
    error: str
    backup: str = ""
    """What is known of the encrypted backup, as a sentence; with the outcome of a rehearsal, where one was made."""


class ConnectionView(_View, tag="connection"):
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
    state: Literal["creating", "entering", "active", "removed", "failed"]
    lines: list[LineView]
    earlier: bool
    alert: AlertView | None = None


class ChatAlertView(_View, tag="chat_alert"):
    """The opened chat's alert changed."""

    group_id: str
    alert: AlertView | None


class StartedView(_View, tag="started"):
    """An engine that knows nothing of this tab: it is to be told what is open there, and asked again for what is not
    handled yet."""


class HandledView(_View, tag="handled"):
    """What the tab asked for under this serial is stored, or answered: it need not be asked again."""

    serial: int


class ReturnedView(_View, tag="returned"):
    """A text that could not be stored: back into the composer of its chat, so that nothing is lost."""

    group_id: str
    text: str


class DraftView(_View, tag="draft"):
    """What stands in a chat's composer on another device or tab, or stood there before the page was opened."""

    group_id: str
    text: str


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
    removable: bool = False
    """Whether this person may remove that one."""
    verified: bool = False
    """Whether this person has compared the safety code with that one."""


class PendingView(msgspec.Struct, frozen=True, kw_only=True):
    request_id: str
    short_id: str
    created_at: int


class MembersView(_View, tag="members"):
    group_id: str
    members: list[MemberView]
    pending: list[PendingView]
    renamable: bool = False
    """Whether this person may rename the group."""
    code: str = ""
    """Digits of the epoch authenticator (RFC 9420, section 8.7): the same for all who see the same group now."""


class SafetyView(_View, tag="safety"):
    """The dialog "Safety code" of a contact. `digits`: twelve groups of five; `text`: for the QR code.

    `verified_at` is Unix milliseconds, 0: not verified. `outcome` of a scan: `match`, `other` (somebody else's code, or
    the server plays false), `unreadable` (no safety code at all).
    """

    user_id: str
    name: str
    digits: list[str]
    text: str
    verified_at: int
    devices: int
    outcome: Literal["", "match", "other", "unreadable"]


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


class HealthView(_View, tag="health"):
    """`last_save`: Unix milliseconds, 0 for none since the start. `report`: all of it as text, no content, no keys.

    `damaged`: a sentence about stored rows that can't be read, empty for none; DamageRemovalRequested is offered.
    """

    status: Literal["connected", "connecting", "offline"]
    last_save: int
    rows: int
    groups: list[GroupHealth]
    report: str
    damaged: str = ""


class NoticeView(_View, tag="notice"):
    """A sentence that asks for attention, e.g. what failed and what to do."""

    level: Literal["info", "error"]
    text: str


View = (
    SessionView
    | SignInView
    | LinkingView
    | PasskeyRequestView
    | AccountView
    | HistoryView
    | ConnectionView
    | ChatsView
    | ChatView
    | ChatAlertView
    | StartedView
    | HandledView
    | ReturnedView
    | DraftView
    | LinesView
    | EarlierView
    | InviteView
    | JoinView
    | MembersView
    | SafetyView
    | HealthView
    | NoticeView
)

_encoder: Final = msgspec.json.Encoder()


def encode_view(view: View) -> bytes:
    """JSON text, tagged by `kind`."""
    return _encoder.encode(view)
