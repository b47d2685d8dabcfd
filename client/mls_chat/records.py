"""The durable records, one struct a table: a version byte, then MessagePack. `lines` is read page by page."""

from typing import ClassVar, Final, Literal, TypeVar

import msgspec

from mls_chat.effects import Row
from mls_chat.wire.decoding import decoded

RECORD_VERSION: Final = 2
"""Raised with each change of a stored record, so that a program before it refuses the row and does not cut it down."""
OLDEST_VERSION: Final = 1
MLS_TABLE: Final = "mls"
"""Entries of the binding's Storage; the key is `<table>/<key in hex>`."""
LAZY_TABLES: Final = frozenset({"lines"})
OUTBOX_ORDER: Final = 1 << 50
"""Lines that have no place in the log yet come after all that have one."""


class RecordUnreadable(Exception):
    """A stored row is of a newer version or damaged; nothing was changed."""


class RecordTooNew(RecordUnreadable):
    """Written by a newer version of mls-chat, which may know more than this one could keep."""


class Record(msgspec.Struct, kw_only=True, omit_defaults=True):
    table: ClassVar[str]

    @property
    def key(self) -> str:
        raise NotImplementedError


class AccountRecord(Record):
    """The account and this device; one row."""

    table: ClassVar[str] = "account"
    name: str
    user_id: str
    account_secret_key: bytes
    account_public_key: bytes
    device_id: str
    device_secret_key: bytes
    device_public_key: bytes
    credential: bytes
    registered: bool = False

    @property
    def key(self) -> str:
        return "account"


class GroupRecord(Record):
    """`cursor`: the last log entry with a final verdict; `client_seq`: the last one used (never reused)."""

    table: ClassVar[str] = "groups"
    group_id: str
    mls_group_id: bytes
    name: str
    state: Literal["creating", "active", "removed", "failed"]
    created_at: int
    cursor: int = 0
    client_seq: int = 0
    confirmed: bool = True
    """False while the server has not heard that the Welcome was consumed."""
    invite_id: str = ""
    """The link by which this device came in."""
    unread: int = 0
    last_line: str = ""
    last_time: int = 0
    verdicts: dict[str, int] = {}
    """How many problem lines of each kind it got."""
    group_key: bytes = b""
    """The group's rejoin key as its context had it last."""
    key_stored: bool = False
    """Whether the server keeps that key for this account."""
    log_tail: bytes = b""
    """Digests of the newest entries up to the cursor (log_tail.py)."""
    log_chain: bytes = b""
    """The links of a chain over them, as far as it is known."""
    committed_at: int = 0
    """When this device's leaf got its keys."""
    lost: bool = False
    """No usable MLS state: nothing can be read or written before a rejoin."""
    lost_from: int = 0
    lost_count: int = 0
    """The first of the entries in a row that could not be read for that reason, and how many."""
    stuck_at: int = 0
    """A commit that this device can't follow; the cursor stays before it until that is settled."""
    stuck_what: str = ""
    """Why, by a key of lines.PROBLEMS."""
    state_check: bytes = b""
    """Checksum of the MLS state that belongs to this record: the two are stored together, or something is wrong."""
    withdrawn_epochs: list[int] = []
    """Those that withdrawn commits began, newest last: what was written in one may still come, under its number."""
    unreadable: int = 0
    """Entries in a row, of the running epoch, that this device could not decrypt."""
    rejoined_at: int = 0
    alert: str = ""
    """A key of alerts.ALERTS."""
    alert_user: str = ""

    @property
    def key(self) -> str:
        return self.group_id

    @property
    def follows(self) -> bool:
        """Whether this device has followed its log: only then may it acknowledge, which confirms commits."""
        return not self.lost and not self.unreadable


class OutboxRecord(Record):
    """A message on its way; deleted when it comes back in the log. `mls_bytes` empty: to be encrypted (again)."""

    table: ClassVar[str] = "outbox"
    group_id: str
    message_id: str
    client_seq: int
    envelope: bytes
    """The content, without what is said of the log when it is encrypted."""
    text: str
    """What the sender's line shows; empty for messages without a line."""
    created_at: int
    state: Literal["sending", "sent", "failed"] = "sending"
    epoch: int = 0
    mls_bytes: bytes = b""
    error: str = ""
    spoiled: list[bytes] = []
    """Digests of its ciphertexts of an epoch that was withdrawn: in the log they are of no use to anybody."""

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.client_seq:016d}"


class LineRecord(Record):
    """One line of the chat's history. `system` lines keep who and what, the text is made when they are shown."""

    table: ClassVar[str] = "lines"
    group_id: str
    server_seq: int
    line: Literal["text", "system", "problem"]
    time: int
    user_id: str
    part: int = 0
    """Several lines of one log entry."""
    own: bool = False
    message_id: str = ""
    text: str = ""
    what: str = ""
    subject_id: str = ""

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.server_seq:016d}.{self.part:03d}"

    @property
    def order(self) -> int:
        return self.server_seq * 1000 + self.part


class InviteRecord(Record):
    """A link of one of our groups, ours or another member's; whoever holds the secret can admit."""

    table: ClassVar[str] = "invites"
    invite_id: str
    group_id: str
    secret: bytes
    expires_at: int
    state: Literal["creating", "active"] = "active"

    @property
    def key(self) -> str:
        return self.invite_id


class JoinRecord(Record):
    """A link that this device is joining by."""

    table: ClassVar[str] = "joins"
    invite_id: str
    secret: bytes
    group_name: str
    key_package: bytes
    key_package_reference: bytes
    request_id: str = ""

    @property
    def key(self) -> str:
        return self.invite_id


class AdmissionRecord(Record):
    """The one commit of ours that waits in a group, and the join request that it answers."""

    table: ClassVar[str] = "admissions"
    group_id: str
    request_id: str
    invite_id: str
    user_id: str
    device_id: str
    key_package: bytes
    mac: bytes
    sealed_profile: bytes
    message_id: str
    commit: bytes = b""
    """The encoded InviteComplete body; empty while the claim is not held or the commit must be made again."""

    @property
    def key(self) -> str:
        return self.group_id


class ChangeRecord(Record):
    """A change of a group that a person or the clock asked for; made again on each new epoch until it is in the log."""

    table: ClassVar[str] = "changes"
    group_id: str
    change_id: str
    change: Literal["rename", "remove", "rotate"]
    created_at: int
    name: str = ""
    user_id: str = ""
    message_id: str = ""
    """Of the commit that is on its way; fresh for each one that was withdrawn."""
    commit: bytes = b""
    """The encoded Commit body; empty while none of ours waits for it."""
    withdrawn: int = 0

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.change_id}"


class RejoinRecord(Record):
    """Coming back into a group with new keys. `commit`: encoded GroupRejoin body, `entries`: the MLS state after it."""

    table: ClassVar[str] = "rejoins"
    group_id: str
    reason: str
    message_id: str = ""
    commit: bytes = b""
    mls_group_id: bytes = b""
    entries: list[tuple[str, bytes, bytes]] = []
    tries: int = 0
    trusting: bool = False
    """Whether the person has seen an alarm and wants to go on with what the others say."""

    @property
    def key(self) -> str:
        return self.group_id


class CheckpointRecord(Record):
    """A group before a commit, kept until another device than the committer has gone on from that commit."""

    table: ClassVar[str] = "checkpoints"
    group_id: str
    server_seq: int
    device_id: str
    """The committer."""
    mls_group_id: bytes
    entries: list[tuple[str, bytes, bytes]]
    name: str
    group_key: bytes
    lost: bool
    change: bytes = b""
    """The encoded ChangeRecord, where the commit was ours."""
    waiting_change: bytes = b""
    waiting_admission: bytes = b""
    """The encoded record whose commit was on its way: it may still win the epoch, should that be open again."""
    rejoin: str = ""
    """The reason, where it was our own rejoin: the state before it must not be used to send."""

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.server_seq:016d}"


class SentRecord(Record):
    """An own message that came back while a commit of ours before it may still be withdrawn: it would be sent again."""

    table: ClassVar[str] = "sent"
    group_id: str
    server_seq: int
    message: OutboxRecord

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.server_seq:016d}"


class TabRecord(Record):
    """Serials that are done for a tab which may not have heard so."""

    table: ClassVar[str] = "tabs"
    tab: str
    handled: list[int]

    @property
    def key(self) -> str:
        return self.tab


class NameRecord(Record):
    """`confirmed`: said by the user's own device, not by another member."""

    table: ClassVar[str] = "names"
    user_id: str
    name: str
    confirmed: bool

    @property
    def key(self) -> str:
        return self.user_id


RECORDS: Final[dict[str, type[Record]]] = {
    record.table: record
    for record in (
        AccountRecord,
        GroupRecord,
        OutboxRecord,
        LineRecord,
        InviteRecord,
        JoinRecord,
        AdmissionRecord,
        ChangeRecord,
        RejoinRecord,
        CheckpointRecord,
        SentRecord,
        NameRecord,
        TabRecord,
    )
}

R = TypeVar("R", bound=Record)


def encode_record(record: Record) -> bytes:
    return bytes([RECORD_VERSION]) + msgspec.msgpack.encode(record)


def decode_record(kind: type[R], row: Row) -> R:
    """Raises RecordTooNew, RecordUnreadable."""
    version = row.value[0] if row.value else 0
    if not OLDEST_VERSION <= version <= RECORD_VERSION:
        kind_of = RecordTooNew if version > RECORD_VERSION else RecordUnreadable
        raise kind_of(f"{row.table} {row.key}: record version {version}, this program reads up to {RECORD_VERSION}")
    try:
        return decoded(msgspec.msgpack.Decoder(kind).decode, row.value[1:])
    except msgspec.DecodeError as error:
        raise RecordUnreadable(f"{row.table} {row.key}: {error}") from error
