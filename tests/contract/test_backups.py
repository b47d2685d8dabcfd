"""An account's backup: segments one after the other, in generations of which the newest counts."""

import pytest

from contract_doors import Caller, Door, fresh_id, sibling
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_SEGMENT_BYTES


def put(
    generation: int,
    number: int,
    segment: bytes = b"segment",
    upto: dict[str, int] | None = None,
    *,
    last: bool = True,
) -> bodies.BackupPut:
    return bodies.BackupPut(generation=generation, number=number, segment=segment, upto=upto or {}, last=last)


def state(caller: Caller) -> bodies.BackupStateReply:
    reply: bodies.BackupStateReply = caller.call("backup_state", bodies.Empty())
    return reply


def segment(caller: Caller, generation: int, number: int) -> bytes:
    found: bytes = caller.call("backup_get", bodies.BackupGet(generation=generation, number=number)).segment
    return found


def test_at_first_there_is_none(door: Door) -> None:
    caller = Caller(door)
    assert state(caller) == bodies.BackupStateReply(generation=0, count=0, bytes=0)
    body = bodies.BackupGet(generation=0, number=0)
    assert caller.refused("backup_get", body) == (404, "backup_unknown")


def test_segments_follow_each_other(door: Door) -> None:
    caller, one, two = Caller(door), fresh_id(), fresh_id()
    caller.call("backup_put", put(1, 0, b"one", upto={one: 5}))
    caller.call("backup_put", put(1, 1, b"second", upto={one: 4, two: 7}))
    assert state(caller) == bodies.BackupStateReply(generation=1, count=2, bytes=9, upto={one: 5, two: 7})
    assert [segment(caller, 1, number) for number in range(2)] == [b"one", b"second"]
    caller.call("backup_put", put(1, 2, b"3", upto={one: 9}))
    assert state(caller).upto == {one: 9, two: 7}


def test_all_devices_of_the_account_share_it(door: Door) -> None:
    first = Caller(door)
    second, stranger = sibling(first), Caller(door)
    first.call("backup_put", put(1, 0, b"first's"))
    second.call("backup_put", put(1, 1, b"second's"))
    assert state(first) == state(second)
    assert segment(first, 1, 1) == b"second's"
    assert state(stranger).count == 0
    body = bodies.BackupGet(generation=1, number=0)
    assert stranger.refused("backup_get", body) == (404, "backup_unknown")


def test_the_same_segment_again_is_fine(door: Door) -> None:
    caller, group_id = Caller(door), fresh_id()
    first = put(1, 0, b"one", upto={group_id: 1})
    for _ in range(2):
        caller.call("backup_put", first)
    caller.call("backup_put", put(1, 1, b"two"))
    caller.call("backup_put", first)
    assert (state(caller).count, state(caller).bytes) == (2, 6)


def test_what_is_not_next(door: Door) -> None:
    caller = Caller(door)
    assert caller.refusal("backup_put", put(2, 0)) == (409, "backup_stale", {"generation": 0, "count": 0})
    for number in range(2):
        caller.call("backup_put", put(1, number))
    stale = (409, "backup_stale", {"generation": 1, "count": 2})
    for generation, number in ((1, 3), (2, 1), (2, 2), (3, 0), (0, 0)):
        assert caller.refusal("backup_put", put(generation, number)) == stale, (generation, number)
    assert caller.refusal("backup_put", put(1, 1, b"of another device")) == stale
    assert (state(caller).generation, state(caller).count) == (1, 2)


def test_a_new_generation_waits_until_it_is_whole(door: Door) -> None:
    caller, one, two = Caller(door), fresh_id(), fresh_id()
    caller.call("backup_put", put(1, 0, b"old", upto={one: 5}))
    caller.call("backup_put", put(2, 0, b"given up", upto={one: 9}, last=False))
    for number, part in enumerate((b"new", b"er")):
        for _ in range(2):
            caller.call("backup_put", put(2, number, part, upto={two: number}, last=False))
    assert state(caller) == bodies.BackupStateReply(generation=1, count=1, bytes=3, upto={one: 5}, staged=2)
    assert segment(caller, 1, 0) == b"old"
    caller.call("backup_put", put(1, 1, b"meanwhile"))
    whole = put(2, 2, b"!", upto={two: 7})
    for _ in range(2):
        caller.call("backup_put", whole)
    assert state(caller) == bodies.BackupStateReply(generation=2, count=3, bytes=6, upto={two: 7})
    assert [segment(caller, 2, number) for number in range(3)] == [b"new", b"er", b"!"]


def test_a_new_generation_replaces_the_former(door: Door) -> None:
    caller, one, two = Caller(door), fresh_id(), fresh_id()
    for number in range(2):
        caller.call("backup_put", put(1, number, b"old", upto={one: 5}))
    again = put(2, 0, b"newer", upto={two: 3})
    for _ in range(2):
        caller.call("backup_put", again)
    assert state(caller) == bodies.BackupStateReply(generation=2, count=1, bytes=5, upto={two: 3})
    assert segment(caller, 2, 0) == b"newer"
    for generation, number in ((1, 0), (1, 1), (2, 1), (3, 0)):
        body = bodies.BackupGet(generation=generation, number=number)
        assert caller.refused("backup_get", body) == (404, "backup_unknown")
    caller.call("backup_put", put(2, 1))
    assert state(caller).count == 2


@pytest.mark.parametrize("data", [b"", bytes(MAX_SEGMENT_BYTES + 1)], ids=["empty", "too large"])
def test_sizes(door: Door, data: bytes) -> None:
    caller = Caller(door)
    assert caller.refused("backup_put", put(1, 0, data)) == (400, "bad_request")
    caller.call("backup_put", put(1, 0, bytes(MAX_SEGMENT_BYTES)))
    assert segment(caller, 1, 0) == bytes(MAX_SEGMENT_BYTES)


def test_only_groups_are_named(door: Door) -> None:
    caller = Caller(door)
    for key in ("", "group", fresh_id().upper()):
        assert caller.refused("backup_put", put(1, 0, upto={key: 1})) == (400, "bad_request")
    assert state(caller).count == 0
