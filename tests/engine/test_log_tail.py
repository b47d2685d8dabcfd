"""What members tell each other of the log: equal for equal logs, different from the first entry that differs."""

import random

import msgspec
import pytest

from mls_chat.log_tail import (
    BYTES,
    KEPT,
    TOLD,
    WINDOW,
    adopt_chain,
    agrees,
    digest_of,
    forget_tail,
    pass_entry,
    told_tail,
)
from mls_chat.records import GroupRecord
from mls_chat.wire.records import StoredMessage


def entry(seq: int, data: bytes = b"x") -> StoredMessage:
    return StoredMessage(
        server_seq=seq,
        server_time=seq,
        msg_kind="chat",
        epoch=1,
        user_id="u",
        device_id="d",
        message_id=f"m{seq}",
        mls_bytes=data,
    )


def reader(since: int, until: int, other: dict[int, bytes] | None = None) -> GroupRecord:
    group = GroupRecord(group_id="g", mls_group_id=b"g", name="", state="active", created_at=0, cursor=since)
    for seq in range(since + 1, until + 1):
        pass_entry(group, entry(seq, (other or {}).get(seq, b"x")))
        group.cursor = seq
    return group


def test_a_newcomer_agrees_from_its_first_entry_on() -> None:
    for since in range(20):
        old, new = reader(0, 20), reader(since, 20)
        assert agrees(new, 20, *told_tail(old))
        assert agrees(old, 20, *told_tail(new))


def test_who_is_ahead_compares_with_what_was_then() -> None:
    for behind in range(KEPT + 4):
        assert agrees(reader(0, 40), 40 - behind, *told_tail(reader(0, 40 - behind)))


def test_one_entry_that_differs_is_seen_while_it_is_spoken_of() -> None:
    for place in range(1, 31):
        tail, _ = told_tail(reader(0, 30, {place: b"another"}))
        assert agrees(reader(0, 30), 30, tail, b"") == (place <= 30 - TOLD)


def test_nobody_can_have_seen_more_than_there_is() -> None:
    assert not agrees(reader(0, 5), 6, *told_tail(reader(0, 6)))


@pytest.mark.parametrize("told", [b"1", bytes(BYTES - 1), bytes(BYTES * (KEPT + 1))])
def test_what_is_no_tail_does_not_agree(told: bytes) -> None:
    assert not agrees(reader(0, 5), 5, told, b"")
    if len(told) <= KEPT * BYTES:
        assert not agrees(reader(0, 5), 5, b"", told)


def test_the_chain_reaches_back_to_where_the_window_began() -> None:
    for place in range(1, 2 * WINDOW):
        last = 2 * WINDOW - 1
        _, link = told_tail(reader(0, last, {place: b"another"}))
        assert agrees(reader(0, last), last, b"", link) == (place <= WINDOW)


def test_a_newcomer_knows_the_chain_once_it_is_told_or_a_window_begins() -> None:
    told = reader(0, 20)
    newcomer = reader(10, 24)
    assert told_tail(newcomer)[1] == b""
    adopt_chain(newcomer, 20, told_tail(told)[1])
    assert told_tail(newcomer) == told_tail(reader(0, 24))
    assert not agrees(newcomer, 24, *told_tail(reader(0, 24, {3: b"another"})))
    assert told_tail(reader(10, WINDOW + 1))[1] == told_tail(reader(0, WINDOW + 1))[1]


def test_a_link_over_entries_that_are_not_known_here_is_not_taken_over() -> None:
    newcomer = reader(10, 10 + KEPT + 3)
    adopt_chain(newcomer, 11, told_tail(reader(0, 11))[1])
    assert told_tail(newcomer)[1] == b""


def test_after_forgetting_all_that_was_before_is_taken_for_true() -> None:
    group = reader(0, 9, {9: b"another"})
    forget_tail(group)
    assert agrees(group, 9, *told_tail(reader(0, 9)))
    pass_entry(group, entry(10))
    group.cursor = 10
    assert agrees(group, 10, *told_tail(reader(0, 10)))
    assert not agrees(group, 10, *told_tail(reader(0, 10, {10: b"another"})))


def test_every_fact_of_an_entry_counts_but_the_clock_and_the_word_on_members() -> None:
    base = entry(3)
    same = msgspec.structs.replace(base, server_time=9, removed=["d"])
    assert digest_of(same) == digest_of(base)
    for change in (
        {"server_seq": 4},
        {"msg_kind": "commit"},
        {"epoch": 2},
        {"user_id": "v"},
        {"device_id": "e"},
        {"message_id": "n"},
        {"mls_bytes": b"y"},
        {"voids": 2},
    ):
        assert digest_of(msgspec.structs.replace(base, **change)) != digest_of(base)


def test_any_two_readers_of_one_log_agree_whatever_they_have_read() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    for _ in range(300):
        mine, theirs = (reader(since, draw.randint(since, 40)) for since in (draw.randrange(30), draw.randrange(30)))
        if theirs.cursor <= mine.cursor:
            assert agrees(mine, theirs.cursor, *told_tail(theirs))
