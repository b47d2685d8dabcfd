"""Records as they are stored: a version byte, then MessagePack."""

from typing import Final, TypeVar

import msgspec

from mls_chat.effects import Row
from mls_chat.records.accounts import (
    AccountRecord,
    ContactRecord,
    DeviceLogRecord,
    DraftRecord,
    NameRecord,
    RestoreRecord,
    SecretsRecord,
    SettingRecord,
    TabRecord,
    UntoldRecord,
)
from mls_chat.records.base import Record, RecordTooNew, RecordUnreadable
from mls_chat.records.groups import GroupRecord, LineRecord
from mls_chat.records.healing import CheckpointRecord, RejoinRecord, SentRecord
from mls_chat.records.under_way import AdmissionRecord, ChangeRecord, InviteRecord, JoinRecord, OutboxRecord
from mls_chat.wire.decoding import decoded

RECORD_VERSION: Final = 3
"""Raised with each change of a stored record, so that a program before it refuses the row and does not cut it down."""
OLDEST_VERSION: Final = 1
MLS_TABLE: Final = "mls"
"""Entries of the binding's Storage; the key is `<table>/<key in hex>`."""
LAZY_TABLES: Final = frozenset({"lines"})

RECORDS: Final[dict[str, type[Record]]] = {
    record.table: record
    for record in (
        AccountRecord,
        SecretsRecord,
        ContactRecord,
        DeviceLogRecord,
        RestoreRecord,
        SettingRecord,
        DraftRecord,
        UntoldRecord,
        GroupRecord,
        OutboxRecord,
        LineRecord,
        InviteRecord,
        JoinRecord,
        AdmissionRecord,
        ChangeRecord,
        RejoinRecord,
        CheckpointRecord,
        SentRecord,
        NameRecord,
        TabRecord,
    )
}

R = TypeVar("R", bound=Record)
G = TypeVar("G", AdmissionRecord, ChangeRecord, CheckpointRecord, InviteRecord, OutboxRecord, SentRecord)
"""What there may be several of in a group."""


def encode_record(record: Record) -> bytes:
    return bytes([RECORD_VERSION]) + msgspec.msgpack.encode(record)


def decode_record(kind: type[R], row: Row) -> R:
    """Raises RecordTooNew, RecordUnreadable."""
    version = row.value[0] if row.value else 0
    if not OLDEST_VERSION <= version <= RECORD_VERSION:
        kind_of = RecordTooNew if version > RECORD_VERSION else RecordUnreadable
        raise kind_of(f"{row.table} {row.key}: record version {version}, this program reads up to {RECORD_VERSION}")
    try:
        return decoded(msgspec.msgpack.Decoder(kind).decode, row.value[1:])
    except msgspec.DecodeError as error:
        raise RecordUnreadable(f"{row.table} {row.key}: {error}") from error
