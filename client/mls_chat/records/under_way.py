"""What is on its way: messages, links, those who come in by them, and changes of a group."""

from typing import ClassVar, Literal

import msgspec

from mls_chat.records.base import Record


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
    spoiled: list[bytes] = msgspec.field(default_factory=list)
    """Digests of its ciphertexts of an epoch that was withdrawn: in the log they are of no use to anybody."""

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.client_seq:016d}"


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
    device_id: str = ""
    """Where only this device of the user is to be removed: its account has put it out."""
    message_id: str = ""
    """Of the commit that is on its way; fresh for each one that was withdrawn."""
    commit: bytes = b""
    """The encoded Commit body; empty while none of ours waits for it."""
    withdrawn: int = 0

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.change_id}"
