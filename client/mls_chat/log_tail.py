"""The tail of a group's ordered log: digests of its newest entries, which members tell each other inside ciphertext.

A server that shows two members different histories can't give either of them a message of the other without being seen:
each message says what its sender had before it. A newcomer compares from its first entry on.
"""

import hashlib
from itertools import pairwise
from typing import Final

from mls_chat.identity import statement
from mls_chat.records import GroupRecord
from mls_chat.wire.records import StoredMessage

DIGEST_BYTES: Final = 8
KEPT: Final = 16
"""Entries whose digests a device keeps."""
TOLD: Final = 8
"""Entries that it speaks of with each message."""


def digest_of(message: StoredMessage) -> bytes:
    """Of one entry, without the server's clock and its word on members, which is compared with the commit itself."""
    facts = (message.msg_kind, str(message.epoch), message.user_id, message.device_id, message.message_id)
    entry = statement(str(message.server_seq), *facts, str(message.voids or 0)) + message.mls_bytes
    return hashlib.sha256(entry).digest()[:DIGEST_BYTES]


def pass_entry(group: GroupRecord, message: StoredMessage) -> None:
    """The cursor passes the entry; the caller stores `group`."""
    group.log_tail = (group.log_tail + digest_of(message))[-KEPT * DIGEST_BYTES :]


def forget_tail(group: GroupRecord) -> None:
    """Entries are missing here, or a person decided to trust what comes from now on."""
    group.log_tail = b""


def told_tail(group: GroupRecord) -> bytes:
    """Up to the cursor, oldest first."""
    return group.log_tail[-TOLD * DIGEST_BYTES :]


def agrees(group: GroupRecord, seq: int, told: bytes) -> bool:
    """Whether what somebody had up to `seq` is what this device had, as far as both can know."""
    if seq > group.cursor or len(told) % DIGEST_BYTES or len(told) > KEPT * DIGEST_BYTES:
        return False
    mine = dict(_numbered(group.cursor, group.log_tail))
    return all(mine.get(place, digest) == digest for place, digest in _numbered(seq, told))


def _numbered(last: int, tail: bytes) -> list[tuple[int, bytes]]:
    digests = [tail[start:end] for start, end in pairwise(range(0, len(tail) + 1, DIGEST_BYTES))]
    return [(last - len(digests) + 1 + place, digest) for place, digest in enumerate(digests)]
