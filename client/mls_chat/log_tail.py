"""The tail of a group's ordered log, which members tell each other inside ciphertext.

A server that shows two members different histories can't give either of them a message of the other without being seen:
each message says what its sender had before it. Digests of the newest entries are comparable from a newcomer's first
entry on; a chain over all entries of a window reaches further back, for who knows its beginning or was told it.
"""

import hashlib
from itertools import pairwise
from typing import Final

from mls_chat.identity import statement
from mls_chat.records import GroupRecord
from mls_chat.wire.records import StoredMessage

BYTES: Final = 8
"""Of a digest and of a link of the chain."""
KEPT: Final = 16
"""Entries whose digests and links a device keeps."""
TOLD: Final = 8
"""Entries whose digests it tells with each message, beside the newest link."""
WINDOW: Final = 64
"""The chain begins anew behind every so many entries, so that everybody knows it again whatever was before."""


def digest_of(message: StoredMessage) -> bytes:
    """Of one entry, without the server's clock and its word on members, which is compared with the commit itself."""
    facts = (message.msg_kind, str(message.epoch), message.user_id, message.device_id, message.message_id)
    return _hash(statement(str(message.server_seq), *facts, str(message.voids or 0)) + message.mls_bytes)


def _hash(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:BYTES]


def _link(seq: int, before: bytes, digest: bytes) -> bytes:
    """Of the entry `seq`; empty where the link before it is not known."""
    if (seq - 1) % WINDOW == 0:
        before = _hash(statement("mls-chat log v1", str(seq)))
    return _hash(before + digest) if before else b""


def pass_entry(group: GroupRecord, message: StoredMessage) -> None:
    """The cursor passes the entry; the caller stores `group`."""
    digest = digest_of(message)
    link = _link(message.server_seq, group.log_chain[-BYTES:], digest)
    group.log_tail = (group.log_tail + digest)[-KEPT * BYTES :]
    group.log_chain = (group.log_chain + link)[-KEPT * BYTES :]


def forget_tail(group: GroupRecord) -> None:
    """Entries are missing here, or a person decided to trust what comes from now on."""
    group.log_tail = group.log_chain = b""


def told_tail(group: GroupRecord) -> tuple[bytes, bytes]:
    """Digests up to the cursor, oldest first, and the newest link of the chain, empty where it is not known."""
    return group.log_tail[-TOLD * BYTES :], group.log_chain[-BYTES:]


def agrees(group: GroupRecord, seq: int, tail: bytes, link: bytes) -> bool:
    """Whether what somebody had up to `seq` is what this device had, as far as both can know."""
    if seq > group.cursor or len(tail) % BYTES or len(tail) > KEPT * BYTES or len(link) not in (0, BYTES):
        return False
    mine, links = _numbered(group.cursor, group.log_tail), _numbered(group.cursor, group.log_chain)
    same = all(mine.get(place, digest) == digest for place, digest in _numbered(seq, tail).items())
    return same and (not link or links.get(seq, link) == link)


def adopt_chain(group: GroupRecord, seq: int, link: bytes) -> None:
    """A newcomer takes over the first link that it is told, after the digests were compared."""
    digests = _numbered(group.cursor, group.log_tail)
    missing = range(seq + 1, group.cursor + 1)
    if group.log_chain or not link or any(place not in digests for place in missing):
        return
    group.log_chain = link
    for place in missing:
        group.log_chain += _link(place, group.log_chain[-BYTES:], digests[place])


def _numbered(last: int, values: bytes) -> dict[int, bytes]:
    parts = [values[start:end] for start, end in pairwise(range(0, len(values) + 1, BYTES))]
    return {last - len(parts) + 1 + place: part for place, part in enumerate(parts)}
