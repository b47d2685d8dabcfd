"""The durable records, one struct a table. `lines` is read page by page, all else is loaded at the start."""

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
from mls_chat.records.codec import (
    LAZY_TABLES,
    MLS_TABLE,
    OLDEST_VERSION,
    RECORD_VERSION,
    RECORDS,
    G,
    R,
    decode_record,
    encode_record,
)
from mls_chat.records.groups import OUTBOX_ORDER, GroupRecord, LineRecord
from mls_chat.records.healing import CheckpointRecord, RejoinRecord, SentRecord
from mls_chat.records.under_way import AdmissionRecord, ChangeRecord, InviteRecord, JoinRecord, OutboxRecord

__all__ = [
    "LAZY_TABLES",
    "MLS_TABLE",
    "OLDEST_VERSION",
    "OUTBOX_ORDER",
    "RECORDS",
    "RECORD_VERSION",
    "AccountRecord",
    "AdmissionRecord",
    "ChangeRecord",
    "CheckpointRecord",
    "ContactRecord",
    "DeviceLogRecord",
    "DraftRecord",
    "G",
    "GroupRecord",
    "InviteRecord",
    "JoinRecord",
    "LineRecord",
    "NameRecord",
    "OutboxRecord",
    "R",
    "Record",
    "RecordTooNew",
    "RecordUnreadable",
    "RejoinRecord",
    "RestoreRecord",
    "SecretsRecord",
    "SentRecord",
    "SettingRecord",
    "TabRecord",
    "UntoldRecord",
    "decode_record",
    "encode_record",
]
