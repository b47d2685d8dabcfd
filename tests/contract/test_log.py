"""The ordered log: ids, sequences, epochs, and who reads what."""

from typing import Any

import msgspec
import pytest

from contract_doors import Caller, Door, fresh_id
from contract_group import commit, get, message, new_group
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_CIPHERTEXT_BYTES


def test_making_a_group_again_is_fine_for_its_maker_alone(door: Door) -> None:
    owner, group_id = new_group(door)
    body = bodies.GroupCreate(group_id=group_id)
    assert owner.call("group_create", body) == bodies.GroupCreateReply(group_id=group_id, epoch=0, head_seq=0)
    assert Caller(door).refused("group_create", body) == (409, "group_exists")


def test_the_same_message_again_has_the_same_number(door: Door) -> None:
    owner, group_id = new_group(door)
    body = message(group_id, 1)
    first = owner.call("send_message", body)
    owner.call("send_message", message(group_id, 2))
    assert owner.call("send_message", body) == first
    assert first.server_seq == 1
    assert owner.call("get_messages", get(group_id)).head_seq == 2


def test_the_same_message_again_after_its_epoch(door: Door) -> None:
    owner, group_id = new_group(door)
    body = message(group_id, 1)
    first = owner.call("send_message", body)
    owner.call("send_commit", commit(group_id))
    assert owner.call("send_message", body) == first


def test_an_id_with_other_bytes(door: Door) -> None:
    owner, group_id = new_group(door)
    body = message(group_id, 1)
    owner.call("send_message", body)
    changes: list[dict[str, Any]] = [{"mls_bytes": b"other"}, {"mls_bytes": b"x", "client_seq": 2, "epoch": 9}]
    for changed in changes:
        other = msgspec.structs.replace(body, **changed)
        assert owner.refused("send_message", other) == (409, "message_id_conflict")


def test_a_client_seq_used_twice_betrays_a_copy(door: Door) -> None:
    owner, group_id = new_group(door)
    owner.call("send_message", message(group_id, 7))
    assert owner.refused("send_message", message(group_id, 7)) == (409, "device_cloned")
    assert owner.refused("send_message", message(group_id, 7, epoch=3)) == (409, "device_cloned")
    owner.call("send_message", message(group_id, 3))


def test_two_devices_count_for_themselves(door: Door) -> None:
    owner, group_id = new_group(door)
    other = Caller(door)
    owner.call("send_commit", commit(group_id, 0, other))
    shared = message(group_id, 1, epoch=1)
    assert owner.call("send_message", shared).server_seq == 2
    assert other.call("send_message", shared).server_seq == 3


def test_epochs_that_are_over_or_to_come(door: Door) -> None:
    owner, group_id = new_group(door)
    owner.call("send_commit", commit(group_id))
    owner.call("send_commit", commit(group_id, 1))
    for name, body in (("send_message", message(group_id, 1, epoch=1)), ("send_commit", commit(group_id, 1))):
        assert owner.refusal(name, body) == (409, "stale_epoch", {"epoch": 2})
    for name, body in (("send_message", message(group_id, 1, epoch=3)), ("send_commit", commit(group_id, 3))):
        assert owner.refusal(name, body) == (409, "future_epoch", {"epoch": 2})
    assert owner.call("send_message", message(group_id, 1, epoch=2)).server_seq == 3


def test_what_is_not_taken(door: Door) -> None:
    owner, group_id = new_group(door)
    large = b"x" * (MAX_CIPHERTEXT_BYTES + 1)
    assert owner.refused("send_message", message(group_id, 1, msg_kind="commit")) == (400, "not_a_commit")
    assert owner.refused("send_message", message(group_id, 1, mls_bytes=large)) == (413, "message_too_large")
    assert owner.refused("send_commit", commit(group_id, mls_bytes=large)) == (413, "message_too_large")
    assert owner.call("send_message", message(group_id, 1, mls_bytes=large[1:])).server_seq == 1


def test_the_same_commit_again(door: Door) -> None:
    owner, group_id = new_group(door)
    other, third = Caller(door), Caller(door)
    body = commit(group_id, 0, other)
    first = owner.call("send_commit", body)
    assert first == bodies.SendCommitReply(server_seq=1, epoch=1)
    owner.call("send_commit", commit(group_id, 1, third))
    assert owner.call("send_commit", body) == first
    changed = commit(group_id, 2, message_id=body.message_id, mls_bytes=b"other")
    assert owner.refused("send_commit", changed) == (409, "message_id_conflict")
    assert owner.call("get_messages", get(group_id)).epoch == 2


def test_a_commit_tells_what_it_changes(door: Door) -> None:
    owner, group_id = new_group(door)
    other = Caller(door)
    body = commit(group_id, 0, other)
    owner.call("send_commit", body)
    owner.call("send_commit", commit(group_id, 1, removed=[other.device_id]))
    added, removed = owner.call("get_messages", get(group_id)).messages
    assert (added.msg_kind, added.epoch, added.added, added.removed) == ("commit", 0, body.added, [])
    assert (added.user_id, added.device_id, added.message_id) == (owner.user_id, owner.device_id, body.message_id)
    assert (removed.added, removed.removed, removed.mls_bytes) == ([], [other.device_id], b"commit 1")


@pytest.mark.parametrize(
    "what", ["twice", "unknown", "member", "stranger removed", "self", "no welcome", "two welcomes"]
)
def test_a_commit_whose_changes_do_not_fit(door: Door, what: str) -> None:
    owner, group_id = new_group(door)
    other, stranger = Caller(door), Caller(door)
    good = commit(group_id, 0, other)
    unknown = Caller(door)
    unknown.device_id = fresh_id()
    body = {
        "twice": commit(group_id, 0, other, other),
        "unknown": commit(group_id, 0, unknown),
        "member": commit(group_id, 0, owner),
        "stranger removed": commit(group_id, 0, removed=[stranger.device_id]),
        "self": commit(group_id, 0, removed=[owner.device_id]),
        "no welcome": commit(group_id, 0, other, welcomes=[]),
        "two welcomes": commit(group_id, 0, other, welcomes=[*good.welcomes, *good.welcomes]),
    }[what]
    assert owner.refused("send_commit", body) == (400, "commit_mismatch")
    assert owner.call("get_messages", get(group_id)).head_seq == 0
    assert owner.call("send_commit", good).epoch == 1


def test_a_stranger_has_no_part_in_anything(door: Door) -> None:
    _, group_id = new_group(door)
    stranger = Caller(door)
    for name, body in (
        ("send_message", message(group_id, 1)),
        ("send_commit", commit(group_id)),
        ("get_messages", get(group_id)),
        ("group_join", bodies.GroupJoin(group_id=group_id)),
        ("group_members_list", bodies.GroupMembersList(group_id=group_id)),
    ):
        assert stranger.refused(name, body) == (403, "not_a_member")
    assert stranger.refused("get_messages", get(fresh_id())) == (403, "not_a_member")


def seqs(reply: bodies.GetMessagesReply) -> list[int]:
    return [each.server_seq for each in reply.messages]


def test_pages_of_the_log(door: Door) -> None:
    owner, group_id = new_group(door)
    empty = owner.call("get_messages", get(group_id))
    assert empty == bodies.GetMessagesReply(messages=[], first_seq=1, head_seq=0, epoch=0)
    for number in range(1, 6):
        owner.call("send_message", message(group_id, number))
    assert seqs(owner.call("get_messages", get(group_id, 0, 2))) == [1, 2]
    page = owner.call("get_messages", get(group_id, 2, 2))
    assert (seqs(page), page.first_seq, page.head_seq) == ([3, 4], 1, 5)
    assert seqs(owner.call("get_messages", get(group_id, 5))) == []
    assert seqs(owner.call("get_messages", get(group_id, 99))) == []


def test_a_device_reads_from_its_own_commit_to_its_removal(door: Door) -> None:
    owner, group_id = new_group(door)
    other = Caller(door)
    owner.call("send_message", message(group_id, 1))
    owner.call("send_commit", commit(group_id, 0, other))
    owner.call("send_message", message(group_id, 2, epoch=1))
    assert seqs(other.call("get_messages", get(group_id))) == [3]
    owner.call("send_commit", commit(group_id, 1, removed=[other.device_id]))
    owner.call("send_message", message(group_id, 3, epoch=2))
    page = other.call("get_messages", get(group_id))
    assert (seqs(page), page.head_seq, page.epoch) == ([3, 4], 4, 2)
    assert other.refused("send_message", message(group_id, 1, epoch=2)) == (403, "not_a_member")
    owner.call("send_commit", commit(group_id, 2, other))
    assert seqs(other.call("get_messages", get(group_id))) == []
    owner.call("send_message", message(group_id, 4, epoch=3))
    assert seqs(other.call("get_messages", get(group_id))) == [7]
    assert seqs(owner.call("get_messages", get(group_id))) == [1, 2, 3, 4, 5, 6, 7]


def test_peeking_acknowledges_nothing(door: Door) -> None:
    owner, group_id = new_group(door)
    for number in range(1, 4):
        owner.call("send_message", message(group_id, number))
    peek = msgspec.structs.replace(get(group_id, 1), peek=True)
    assert seqs(owner.call("get_messages", peek)) == [2, 3]
    assert owner.call("user_groups", bodies.Empty()).groups[0].acked_seq == 0


def test_acknowledgements_only_rise(door: Door) -> None:
    owner, group_id = new_group(door)
    for number in range(1, 4):
        owner.call("send_message", message(group_id, number))
    for since, acked in ((2, 2), (1, 2), (99, 3)):
        owner.call("get_messages", get(group_id, since))
        (row,) = owner.call("user_groups", bodies.Empty()).groups
        assert (row.acked_seq, row.head_seq, row.role, row.joined_seq) == (acked, 3, "owner", 0)
