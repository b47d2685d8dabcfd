"""Records as they are stored: versions and damage are told by name; tests/golden has the bytes of each version."""

import pytest

from mls_chat.effects import Row
from mls_chat.records import (
    LAZY_TABLES,
    OLDEST_VERSION,
    RECORD_VERSION,
    RECORDS,
    LineRecord,
    Record,
    RecordTooNew,
    RecordUnreadable,
    decode_record,
    encode_record,
)
from record_examples import examples

every = pytest.mark.parametrize("record", examples(), ids=lambda record: record.table)


def test_every_table_has_its_example() -> None:
    assert [record.table for record in examples()] == sorted(RECORDS)
    assert set(RECORDS) >= LAZY_TABLES


@every
def test_what_is_encoded_comes_back(record: Record) -> None:
    row = Row(record.table, record.key, encode_record(record))
    assert row.value[0] == RECORD_VERSION
    assert decode_record(type(record), row) == record


@every
def test_damage_is_refused_by_name(record: Record) -> None:
    good = encode_record(record)
    for bad in (b"", b"\x00" + good[1:], good[:-1], good[:1], good[:1] + b"\x91" * 50_000):
        with pytest.raises(RecordUnreadable, match=record.table) as refused:
            decode_record(type(record), Row(record.table, record.key, bad))
        assert not isinstance(refused.value, RecordTooNew)


@every
def test_a_newer_version_is_refused_by_name(record: Record) -> None:
    newer = bytes([RECORD_VERSION + 1]) + encode_record(record)[1:]
    expected = f"{record.table} .*: record version {RECORD_VERSION + 1}, this program reads up to {RECORD_VERSION}"
    with pytest.raises(RecordTooNew, match=expected):
        decode_record(type(record), Row(record.table, record.key, newer))


@every
def test_every_older_version_is_read(record: Record) -> None:
    for version in range(OLDEST_VERSION, RECORD_VERSION):
        older = bytes([version]) + encode_record(record)[1:]
        assert decode_record(type(record), Row(record.table, record.key, older)) == record


def test_keys_sort_as_their_numbers() -> None:
    def line(seq: int, part: int) -> LineRecord:
        return LineRecord(group_id="g", server_seq=seq, part=part, line="text", time=0, user_id="")

    lines = [line(seq, part) for seq in (0, 9, 10, 10**9) for part in (0, 2, 10)]
    assert sorted(each.key for each in lines) == [each.key for each in lines]
    assert sorted(each.order for each in lines) == [each.order for each in lines]
