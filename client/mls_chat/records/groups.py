"""A group, and the lines of its history."""

from typing import ClassVar, Final, Literal

import msgspec

from mls_chat.records.base import Record

OUTBOX_ORDER: Final = 1 << 50
"""Lines that have no place in the log yet come after all that have one."""


class GroupRecord(Record):
    """`cursor`: the last log entry with a final verdict; `client_seq`: the last one used (never reused)."""

    table: ClassVar[str] = "groups"
    group_id: str
    mls_group_id: bytes
    name: str
    state: Literal["creating", "entering", "active", "removed", "failed"]
    """`entering`: other devices of the account are in it, and this one is on its way."""
    created_at: int
    kind: Literal["chat", "self"] = "chat"
    """`self`: of the account's own devices, hidden (self_group.py)."""
    entered_seq: int = 0
    """The commit by which this device came in as another one of its account: what was before is in the backup."""
    entered_at: int = 0
    settled: bool = False
    """What is missing before that commit has come from the backup, or is marked as missing."""
    read_seq: int = 0
    """Up to where the person has read, on any device."""
    last_seq: int = 0
    """Of the newest text."""
    cursor: int = 0
    client_seq: int = 0
    confirmed: bool = True
    """False while the server has not heard that the Welcome was consumed."""
    invite_id: str = ""
    """The link by which this device came in."""
    unread: int = 0
    last_line: str = ""
    last_time: int = 0
    verdicts: dict[str, int] = msgspec.field(default_factory=dict)
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
    withdrawn_epochs: list[int] = msgspec.field(default_factory=list)
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
    def is_ours(self) -> bool:
        """Whether this device is in the group, or on its way in."""
        return self.state in ("active", "entering")

    @property
    def follows(self) -> bool:
        """Whether this device has followed its log: only then may it acknowledge, which confirms commits."""
        return not self.lost and not self.unreadable


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
