"""Records in memory, each change also a write of the running step."""

import pytest

from mls_chat.effects import DamagedRow, Row, Write
from mls_chat.journal import Journal
from mls_chat.records import RECORD_VERSION, LineRecord, NameRecord, RecordTooNew, RecordUnreadable, encode_record

ADA, BOB = NameRecord(user_id="a", name="Ada", confirmed=True), NameRecord(user_id="b", name="Bob", confirmed=False)


def row(record: NameRecord) -> Row:
    return Row("names", record.key, encode_record(record))


def test_what_is_put_is_found_and_written_once() -> None:
    journal = Journal([row(ADA)])
    assert journal.find(NameRecord, "a") == ADA
    journal.put(BOB)
    journal.put(BOB)
    assert journal.all(NameRecord) == [ADA, BOB]
    assert journal.take_writes() == [Write("names", "b", encode_record(BOB))]
    assert journal.take_writes() == []


def test_the_last_write_to_a_key_wins_and_comes_last() -> None:
    journal = Journal([])
    journal.put(ADA)
    journal.put(BOB)
    journal.delete(ADA)
    assert journal.find(NameRecord, "a") is None
    assert journal.take_writes() == [Write("names", "b", encode_record(BOB)), Write("names", "a", None)]


def test_lines_are_written_but_not_kept() -> None:
    journal = Journal([])
    line = LineRecord(group_id="g", server_seq=1, line="text", time=0, user_id="u")
    journal.put(line, keep=False)
    assert journal.all(LineRecord) == []
    assert [write.key for write in journal.take_writes()] == ["g/0000000000000001.000"]


def test_mls_entries_have_their_own_table() -> None:
    journal = Journal([Row("mls", "group/0aff", b"state")])
    assert journal.mls_entries == [("group", b"\x0a\xff", b"state")]
    journal.put_mls([("group", b"\x0a\xff", b"new"), ("epoch", b"\x01", None)])
    assert journal.take_writes() == [Write("mls", "group/0aff", b"new"), Write("mls", "epoch/01", None)]


@pytest.mark.parametrize(
    "newer", [Row("polls", "x", b"\x01\x80"), Row("names", "a", bytes([RECORD_VERSION + 1]) + b"\x80")]
)
def test_a_row_of_a_newer_version_is_refused(newer: Row) -> None:
    with pytest.raises(RecordTooNew):
        Journal([row(BOB), newer])


@pytest.mark.parametrize(
    "bad",
    [
        Row("names", "a", b""),
        Row("names", "a", b"\x00\x80"),
        Row("names", "a", encode_record(ADA)[:-1]),
        Row("mls", "group/not hex", b"\x01"),
    ],
)
def test_a_damaged_row_is_named_and_takes_no_other_with_it(bad: Row) -> None:
    journal = Journal([row(BOB), bad], [DamagedRow("groups", "g", "cut off")])
    assert journal.all(NameRecord) == [BOB]
    assert journal.mls_entries == []
    assert journal.row_count == 1
    assert [(each.table, each.key) for each in journal.damaged] == [("groups", "g"), (bad.table, bad.key)]
    assert journal.take_writes() == []


def test_a_damaged_row_is_damaged_until_its_place_is_written() -> None:
    damaged = [DamagedRow("names", "a", "cut off"), DamagedRow("mls", "group/0a", "changed")]
    journal = Journal([row(BOB)], damaged)
    journal.put(BOB)
    assert journal.damaged == damaged
    journal.put(ADA)
    assert journal.damaged == damaged[1:]
    journal.put_mls([("group", b"\x0a", b"state")])
    assert journal.damaged == []


def test_damaged_rows_go_when_the_person_lets_go_of_them() -> None:
    journal = Journal([row(BOB)], [DamagedRow("names", "a", "cut off"), DamagedRow("lines", "g/1", "changed")])
    journal.remove_damaged()
    assert journal.damaged == []
    assert journal.take_writes() == [Write("names", "a", None), Write("lines", "g/1", None)]
    assert journal.all(NameRecord) == [BOB]


def test_without_the_account_nothing_can_begin() -> None:
    with pytest.raises(RecordUnreadable, match="cut off"):
        Journal([row(BOB)], [DamagedRow("account", "account", "cut off")])
    with pytest.raises(RecordUnreadable, match="account account"):
        Journal([row(BOB), Row("account", "account", b"\x01\xff")])
