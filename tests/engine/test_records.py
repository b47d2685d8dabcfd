"""The stored format: golden bytes of every kind, so that a change of format is noticed; versions and damage."""

import pytest

from mls_chat.effects import Row
from mls_chat.records import (
    LAZY_TABLES,
    RECORDS,
    AccountRecord,
    AdmissionRecord,
    GroupRecord,
    InviteRecord,
    JoinRecord,
    LineRecord,
    NameRecord,
    OutboxRecord,
    Record,
    RecordUnreadable,
    TabRecord,
    decode_record,
    encode_record,
)

EXAMPLES: list[Record] = [
    AccountRecord(
        name="Ada", user_id="u", account_secret_key=b"1", account_public_key=b"2", device_id="d",
        device_secret_key=b"3", device_public_key=b"4", credential=b"5", registered=True,
    ),
    GroupRecord(
        group_id="g", mls_group_id=b"m", name="Tea", state="active", created_at=1, cursor=2, client_seq=3,
        confirmed=False, invite_id="i", unread=4, last_line="hi", last_time=5,
    ),
    OutboxRecord(
        group_id="g", message_id="m", client_seq=7, envelope=b"e", text="hi", created_at=1, state="failed", epoch=2,
        mls_bytes=b"c", error="no",
    ),
    LineRecord(
        group_id="g", server_seq=8, line="text", time=1, user_id="u", part=2, own=True, message_id="m", text="hi",
        what="w", subject_id="s",
    ),
    InviteRecord(invite_id="i", group_id="g", secret=b"s", expires_at=1, state="creating"),
    JoinRecord(
        invite_id="i", secret=b"s", group_name="Tea", key_package=b"k", key_package_reference=b"r", request_id="q"
    ),
    AdmissionRecord(
        group_id="g", request_id="q", invite_id="i", user_id="u", device_id="d", key_package=b"k", mac=b"m",
        sealed_profile=b"p", message_id="x", commit=b"c",
    ),
    NameRecord(user_id="u", name="Ada", confirmed=True),
    TabRecord(tab="t", handled=[3, 300]),
]  # fmt: skip
GOLDEN: dict[str, tuple[str, str]] = {
    "account": (
        "account",
        "0189a46e616d65a3416461a7757365725f6964a175b26163636f756e745f7365637265745f6b6579c40131b26163636f"
        "756e745f7075626c69635f6b6579c40132a96465766963655f6964a164b16465766963655f7365637265745f6b6579c4"
        "0133b16465766963655f7075626c69635f6b6579c40134aa63726564656e7469616cc40135aa72656769737465726564"
        "c3",
    ),
    "groups": (
        "g",
        "018ca867726f75705f6964a167ac6d6c735f67726f75705f6964c4016da46e616d65a3546561a57374617465a6616374"
        "697665aa637265617465645f617401a6637572736f7202aa636c69656e745f73657103a9636f6e6669726d6564c2a969"
        "6e766974655f6964a169a6756e7265616404a96c6173745f6c696e65a26869a96c6173745f74696d6505",
    ),
    "outbox": (
        "g/0000000000000007",
        "018aa867726f75705f6964a167aa6d6573736167655f6964a16daa636c69656e745f73657107a8656e76656c6f7065c4"
        "0165a474657874a26869aa637265617465645f617401a57374617465a66661696c6564a565706f636802a96d6c735f62"
        "79746573c40163a56572726f72a26e6f",
    ),
    "lines": (
        "g/0000000000000008.002",
        "018ba867726f75705f6964a167aa7365727665725f73657108a46c696e65a474657874a474696d6501a7757365725f69"
        "64a175a47061727402a36f776ec3aa6d6573736167655f6964a16da474657874a26869a477686174a177aa7375626a65"
        "63745f6964a173",
    ),
    "invites": (
        "i",
        "0185a9696e766974655f6964a169a867726f75705f6964a167a6736563726574c40173aa657870697265735f617401a5"
        "7374617465a86372656174696e67",
    ),
    "joins": (
        "i",
        "0186a9696e766974655f6964a169a6736563726574c40173aa67726f75705f6e616d65a3546561ab6b65795f7061636b"
        "616765c4016bb56b65795f7061636b6167655f7265666572656e6365c40172aa726571756573745f6964a171",
    ),
    "admissions": (
        "g",
        "018aa867726f75705f6964a167aa726571756573745f6964a171a9696e766974655f6964a169a7757365725f6964a175"
        "a96465766963655f6964a164ab6b65795f7061636b616765c4016ba36d6163c4016dae7365616c65645f70726f66696c"
        "65c40170aa6d6573736167655f6964a178a6636f6d6d6974c40163",
    ),
    "names": (
        "u",
        "0183a7757365725f6964a175a46e616d65a3416461a9636f6e6669726d6564c3",
    ),
    "tabs": ("t", "0182a3746162a174a768616e646c65649203cd012c"),
}


def test_every_kind_has_its_example() -> None:
    assert {type(example) for example in EXAMPLES} == set(RECORDS.values())
    assert set(RECORDS) >= LAZY_TABLES


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: record.table)
def test_golden_bytes(record: Record) -> None:
    key, stored = GOLDEN[record.table]
    assert (record.key, encode_record(record).hex()) == (key, stored)
    assert decode_record(type(record), Row(record.table, key, bytes.fromhex(stored))) == record


@pytest.mark.parametrize("record", EXAMPLES, ids=lambda record: record.table)
def test_other_versions_and_damage_are_refused_by_name(record: Record) -> None:
    good = encode_record(record)
    for bad in (b"", b"\x02" + good[1:], b"\x00" + good[1:], good[:-1], good[:1], good[:1] + b"\x91" * 50_000):
        with pytest.raises(RecordUnreadable, match=record.table):
            decode_record(type(record), Row(record.table, record.key, bad))
    with pytest.raises(RecordUnreadable, match="record version 2, this program reads 1"):
        decode_record(type(record), Row(record.table, record.key, b"\x02" + good[1:]))


def test_keys_sort_as_their_numbers() -> None:
    def line(seq: int, part: int) -> LineRecord:
        return LineRecord(group_id="g", server_seq=seq, part=part, line="text", time=0, user_id="")

    lines = [line(seq, part) for seq in (0, 9, 10, 10**9) for part in (0, 2, 10)]
    assert sorted(each.key for each in lines) == [each.key for each in lines]
    assert sorted(each.order for each in lines) == [each.order for each in lines]
