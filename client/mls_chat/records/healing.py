"""What is kept to mend a group: the way back into it, and what a commit that may be withdrawn has changed."""

from typing import ClassVar

import msgspec

from mls_chat.records.base import Record
from mls_chat.records.under_way import OutboxRecord


class RejoinRecord(Record):
    """Coming back into a group with new keys. `commit`: encoded GroupRejoin body, `entries`: the MLS state after it."""

    table: ClassVar[str] = "rejoins"
    group_id: str
    reason: str
    message_id: str = ""
    commit: bytes = b""
    mls_group_id: bytes = b""
    entries: list[tuple[str, bytes, bytes]] = msgspec.field(default_factory=list)
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
