"""Commits in the log: our own is merged only here, once the server has ordered it; another's replaces a waiting one."""

import msgspec

from mls_chat.context import Context
from mls_chat.readable_group import ReadableGroup
from mls_chat.records import GroupRecord
from mls_chat.wire.records import StoredMessage
from mls_rs_python import CommitReceived, FutureEpoch, Group, Member, MlsError, StaleEpoch, inspect_message


class CommitRefused(Exception):
    """This device can't follow the commit; `what` is a key of lines.PROBLEMS. The group is as it was before."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class ApartFromLog(Exception):
    """The group is not in the epoch that the log has reached here: it is this device that has gone astray."""


class AppliedCommit(msgspec.Struct):
    """`committer` is an identity, `<user_id>/<device_id>`. `rejoined`: an external commit in place of an own leaf;
    `entered`: one by which another device of a member's account comes in."""

    message: StoredMessage
    received: CommitReceived
    committer: bytes
    own: bool
    rejoined: bool = False
    entered: bool = False

    @property
    def committer_user(self) -> str:
        return self.committer.decode().partition("/")[0]

    @property
    def matches_declaration(self) -> bool:
        """What the server says of a commit's sender and membership changes against the commit itself."""
        added = sorted(f"{a.user_id}/{a.device_id}".encode() for a in self.message.added)
        removed = sorted(d.encode() for d in self.message.removed)
        return (
            self.committer == f"{self.message.user_id}/{self.message.device_id}".encode()
            and added == sorted(m.identity for m in self.received.added)
            and removed == sorted(m.identity.partition(b"/")[2] for m in self.received.removed)
        )


class Commits:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._leaves: dict[bytes, tuple[int, dict[int, bytes]]] = {}
        """Each group's epoch, and leaf index -> identity in it."""

    def apply(self, group: GroupRecord, message: StoredMessage) -> AppliedCommit:
        """Raises CommitRefused, ApartFromLog; nothing of the commit is left then."""
        with self._context.backend.take(group.mls_group_id) as mls:
            if mls.epoch != message.epoch:
                raise ApartFromLog(f"in epoch {mls.epoch}, the log in {message.epoch}")
            leaves, own_leaf = self._leaves_of(mls), mls.own_leaf_index
            received = self._process(group, mls, message, leaves)
        if received.external:
            entered = not received.removed
            committer = received.added[0].identity
            return AppliedCommit(message, received, committer, own=False, rejoined=not entered, entered=entered)
        committer = leaves.get(received.committer_leaf, b"")
        return AppliedCommit(message, received, committer, own=received.committer_leaf == own_leaf)

    def _process(
        self, group: GroupRecord, mls: Group, message: StoredMessage, leaves: dict[int, bytes]
    ) -> CommitReceived:
        try:
            header = inspect_message(message.mls_bytes)
            if (header.group_id, header.epoch, header.content_type) != (group.mls_group_id, message.epoch, "commit"):
                raise CommitRefused("bad_commit")
            received = mls.process(message.mls_bytes, now=message.server_time // 1000)
        except (StaleEpoch, FutureEpoch) as error:
            raise CommitRefused("bad_commit") from error
        except MlsError as error:
            raise CommitRefused("bad_commit") from error
        if not isinstance(received, CommitReceived):
            raise CommitRefused("bad_commit")
        if received.external and not _may_come(received, set(leaves.values())):
            raise CommitRefused("external_commit")
        return received

    def forget(self, mls_group_id: bytes) -> None:
        """The group was replaced by another state of it."""
        self._leaves.pop(mls_group_id, None)

    def sender_of(self, mls: ReadableGroup, leaf: int) -> bytes | None:
        """The identity behind a leaf. The log holds no message of another epoch than the one at its place."""
        return self._leaves_of(mls).get(leaf)

    def _leaves_of(self, mls: ReadableGroup) -> dict[int, bytes]:
        epoch, leaves = self._leaves.get(mls.group_id, (-1, {}))
        if epoch != mls.epoch:
            leaves = {member.leaf_index: member.identity for member in mls.members()}
            self._leaves[mls.group_id] = mls.epoch, leaves
        return leaves


def _may_come(received: CommitReceived, members: set[bytes]) -> bool:
    """From outside only a device in place of its own leaf may come, or another device of an account that is in the
    group, and with nothing else. All members judge this alike, from the tree alone."""
    added, removed = _identities(received.added), _identities(received.removed)
    if len(added) != 1 or received.context_extensions_changed:
        return False
    accounts = {identity.partition(b"/")[0] for identity in members}
    enters = not removed and added[0] not in members and added[0].partition(b"/")[0] in accounts
    return added == removed or enters


def _identities(members: list[Member]) -> list[bytes]:
    return [member.identity for member in members]
