"""A running hash over a group's ordered log: members tell each other theirs, so a server can't show two histories.

A newcomer does not know what was before; it takes over the hash that the first member tells after that, and keeps the
digests of the entries since until then.
"""

import hashlib
from typing import Final

from mls_chat.identity import statement
from mls_chat.records import GroupRecord
from mls_chat.wire.records import StoredMessage

HASH_BYTES: Final = 16
MOST_DIGESTS: Final = 1024
"""How many entries a newcomer remembers, and how far back a member's word can be compared."""


def start_log_hash(group: GroupRecord) -> None:
    """For the maker of a group: nothing was before."""
    group.log_hash = _hash(b"mls-chat log v1", group.group_id.encode())


def forget_log_hash(group: GroupRecord) -> None:
    """Entries are missing here: from now on like a newcomer."""
    group.log_hash, group.digests = b"", []


def digest_of(message: StoredMessage) -> bytes:
    """Of one entry, without the server's clock and its word on members, which is compared with the commit itself."""
    facts = (message.msg_kind, str(message.epoch), message.user_id, message.device_id, message.message_id)
    return _hash(statement(str(message.server_seq), *facts, str(message.voids or 0)), message.mls_bytes)


def _hash(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()[:HASH_BYTES]


class LogHashes:
    """The newest hashes of each group, by sequence."""

    def __init__(self) -> None:
        self._known: dict[str, dict[int, bytes]] = {}

    def _of(self, group: GroupRecord) -> dict[int, bytes]:
        return self._known.setdefault(group.group_id, {})

    def pass_entry(self, group: GroupRecord, message: StoredMessage) -> None:
        """The cursor passes the entry; the caller stores `group`."""
        digest, known = digest_of(message), self._of(group)
        if group.log_hash:
            known[group.cursor] = group.log_hash
            group.log_hash = known[message.server_seq] = _hash(group.log_hash, digest)
            known.pop(message.server_seq - MOST_DIGESTS, None)
        else:
            group.digests = [*group.digests, digest][-MOST_DIGESTS:]

    def agrees(self, group: GroupRecord, seq: int, told: bytes) -> bool:
        """Whether `told` is the hash at `seq`, as far as that can be known here; a newcomer takes it over."""
        if seq > group.cursor:
            return False
        if not group.log_hash:
            self._adopt(group, seq, told)
            return True
        known = group.log_hash if seq == group.cursor else self._of(group).get(seq)
        return known is None or known == told

    def _adopt(self, group: GroupRecord, seq: int, told: bytes) -> None:
        missing = group.cursor - seq
        if missing > len(group.digests):
            return
        group.log_hash = told
        for digest in group.digests[len(group.digests) - missing :]:
            group.log_hash = _hash(group.log_hash, digest)
        group.digests = []
