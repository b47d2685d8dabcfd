"""Commits in the log: our own is merged only here, once the server has ordered it; another's replaces a waiting one."""

from mls_chat.context import Context
from mls_chat.records import AdmissionRecord, GroupRecord
from mls_chat.wire.records import StoredMessage
from mls_rs_python import CommitReceived, Group, MlsError, inspect_message


class CommitRefused(Exception):
    """This device can't follow the commit; `what` is a key of lines.PROBLEMS. The group is as it was before."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Commits:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._leaves: dict[bytes, tuple[int, dict[int, bytes]]] = {}
        """Each group's epoch, and leaf index -> identity in it."""

    def apply(self, group: GroupRecord, message: StoredMessage) -> tuple[CommitReceived, bytes, bool]:
        """What changed, the committer's identity, whether the commit is our own. Raises CommitRefused."""
        admission = self._context.journal.find(AdmissionRecord, group.group_id)
        with self._context.backend.take(group.mls_group_id) as mls:
            leaves, own_leaf = self._leaves_of(mls), mls.own_leaf_index
            received = self._process(group, mls, message)
        own = received.committer_leaf == own_leaf
        if admission and own:
            self._context.journal.delete(admission)
        elif admission and admission.commit:
            admission.commit = b""
            self._context.journal.put(admission)
        return received, leaves.get(received.committer_leaf, b""), own

    def _process(self, group: GroupRecord, mls: Group, message: StoredMessage) -> CommitReceived:
        try:
            header = inspect_message(message.mls_bytes)
            if header.wire_format == "public_message":
                raise CommitRefused("external_commit")
            if (header.group_id, header.epoch, header.content_type) != (group.mls_group_id, message.epoch, "commit"):
                raise CommitRefused("bad_commit")
            received = mls.process(message.mls_bytes, now=message.server_time // 1000)
        except MlsError as error:
            raise CommitRefused("bad_commit") from error
        if not isinstance(received, CommitReceived) or received.external:
            raise CommitRefused("external_commit")
        return received

    def sender_of(self, mls: Group, leaf: int) -> bytes | None:
        """The identity behind a leaf. The log holds no message of another epoch than the one at its place."""
        return self._leaves_of(mls).get(leaf)

    def _leaves_of(self, mls: Group) -> dict[int, bytes]:
        epoch, leaves = self._leaves.get(mls.group_id, (-1, {}))
        if epoch != mls.epoch:
            leaves = {member.leaf_index: member.identity for member in mls.members()}
            self._leaves[mls.group_id] = mls.epoch, leaves
        return leaves

    @staticmethod
    def matches_declaration(message: StoredMessage, received: CommitReceived, committer: bytes) -> bool:
        """What the server says of a commit's sender and membership changes against the commit itself."""
        added = sorted(f"{a.user_id}/{a.device_id}".encode() for a in message.added)
        removed = sorted(d.encode() for d in message.removed)
        return (
            committer == f"{message.user_id}/{message.device_id}".encode()
            and added == sorted(m.identity for m in received.added)
            and removed == sorted(m.identity.partition(b"/")[2] for m in received.removed)
        )
