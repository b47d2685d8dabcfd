"""Messages, commits and reading the log."""

import msgspec

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.limits import PAGE_DEFAULT
from mls_chat.wire.records import AddedDevice, Count, MsgKind, SealedKeyFor, StoredMessage, WelcomeFor


class Commit(Body):
    """One commit with all that it changes: stored, and the epoch raised, all or nothing.

    `base_seq`: how far the committer had read the log; a commit from before a void is stale whatever its epoch, since
    the same number has begun another epoch. None is not compared.
    `group_info`: the GroupInfo of the epoch that it begins, sealed under the group's rejoin key; empty for none.
    `keys`: where it makes a new rejoin key, that key for each account that has a device in the group after it.
    """

    group_id: str
    message_id: str
    epoch: int
    mls_bytes: bytes
    added: list[AddedDevice] = msgspec.field(default_factory=list)
    removed: list[str] = msgspec.field(default_factory=list)
    welcomes: list[WelcomeFor] = msgspec.field(default_factory=list)
    group_info: bytes = b""
    keys: list[SealedKeyFor] = msgspec.field(default_factory=list)
    base_seq: Count | None = None


class SendMessage(Body):
    group_id: str
    message_id: str
    client_seq: int
    msg_kind: MsgKind
    epoch: int
    mls_bytes: bytes


class SendMessageReply(Body):
    server_seq: Count
    server_time: Count


class SendCommitReply(Body):
    server_seq: Count
    epoch: Count


class GetMessages(Body):
    """Messages after `since_seq`; acknowledges everything up to it, unless `peek`: it was read, but not followed."""

    group_id: str
    since_seq: int
    limit: int = PAGE_DEFAULT
    peek: bool = False


class GetMessagesReply(Body):
    """`first_seq`: the oldest sequence still kept (head_seq + 1 when none); `head_seq`: the newest."""

    messages: list[StoredMessage]
    first_seq: Count
    head_seq: Count
    epoch: Count


class CommitFlag(Body):
    """This device can't follow the commit at `server_seq`; with it goes what the same device committed on top."""

    group_id: str
    server_seq: int


class CommitFlagReply(Body):
    """`void_seq`: the log entry that withdraws the commit. `epoch`: the one that is open again."""

    void_seq: Count
    epoch: Count
