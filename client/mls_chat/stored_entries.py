"""Entries of the crypto backend's storage: as one versioned blob, and loaded with damaged groups left out."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

from mls_chat.wire.decoding import decoded
from mls_rs_python import Storage, StorageError

STATE_VERSION: Final = 1
_EPOCH_BYTES: Final = 8
"""Behind the group id in the key of an epoch's entry."""

Entry = tuple[str, bytes, bytes]
Change = tuple[str, bytes, bytes | None]
Key = tuple[str, bytes]


class StateUnreadable(Exception):
    """An exported state is of another version or damaged."""


def encode_entries(entries: Sequence[Entry]) -> bytes:
    return bytes([STATE_VERSION]) + msgspec.msgpack.encode(entries)


def import_state(blob: bytes) -> list[Entry]:
    """Entries for a new Backend, from `Backend.export_state`. Raises StateUnreadable."""
    if not blob or blob[0] != STATE_VERSION:
        raise StateUnreadable(f"state version {blob[0] if blob else 'none'}, this program reads {STATE_VERSION}")
    try:
        return decoded(msgspec.msgpack.Decoder(list[Entry]).decode, blob[1:])
    except msgspec.DecodeError as error:
        raise StateUnreadable(str(error)) from error


def load_sound(storage: Storage, entries: Sequence[Entry]) -> dict[bytes, set[Key]]:
    """Loads all but the groups of which an entry is damaged; gives those, with the keys of all that is stored of them.

    Raises StorageError for damage elsewhere.
    """
    with suppress(StorageError):
        storage.load(entries)
        return {}
    groups = defaultdict[bytes | None, list[Entry]](list)
    for entry in entries:
        groups[_group_of(entry)].append(entry)
    storage.load(groups.pop(None, []))
    damaged = {}
    for group_id, rows in groups.items():
        try:
            storage.load(rows)
        except StorageError:
            damaged[group_id or b""] = {(table, key) for table, key, _ in rows}
    return damaged


def checksum_of(value: bytes) -> bytes:
    """The CRC-32 that the binding keeps behind a stored value's version."""
    return value[1:5]


def _group_of(entry: Entry) -> bytes | None:
    table, key, _ = entry
    if table == "epoch":
        return key[:-_EPOCH_BYTES]
    return key if table == "group" else None
