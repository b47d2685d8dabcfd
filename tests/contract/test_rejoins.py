"""Coming back by external commit: the commit itself, the sealed GroupInfo and the sealed rejoin key."""

import pytest

from contract_doors import Caller, Door, fresh_id
from contract_group import claimed, commit, get, grown_group, info, message, rejoin
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_CIPHERTEXT_BYTES, MAX_GROUP_INFO_BYTES, MAX_SEALED_KEY_BYTES
from mls_chat.wire.records import AddedDevice


def put(group_id: str, epoch: int, group_info: bytes = b"sealed info") -> bodies.GroupInfoPut:
    return bodies.GroupInfoPut(group_id=group_id, epoch=epoch, group_info=group_info)


def key(group_id: str, sealed_key: bytes = b"sealed key") -> bodies.GroupKeyPut:
    return bodies.GroupKeyPut(group_id=group_id, sealed_key=sealed_key)


def stored(caller: Caller, group_id: str) -> bytes | None:
    found: bytes | None = caller.call("group_info_get", info(group_id)).group_info
    return found


def test_a_device_takes_the_place_of_its_own_leaf(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_message", message(group_id, 1, epoch=1))
    body = rejoin(group_id, 1)
    assert bob.call("group_rejoin", body) == bodies.SendCommitReply(server_seq=3, epoch=2)
    entry = owner.call("get_messages", get(group_id, 2)).messages[0]
    assert (entry.msg_kind, entry.epoch, entry.mls_bytes, entry.message_id) == (
        "commit",
        1,
        body.mls_bytes,
        body.message_id,
    )
    assert (entry.user_id, entry.device_id) == (bob.user_id, bob.device_id)
    assert entry.added == [AddedDevice(user_id=bob.user_id, device_id=bob.device_id)]
    assert entry.removed == [bob.device_id]


def test_its_membership_stays(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("group_rejoin", rejoin(group_id, 1))
    bob.call("group_rejoin", rejoin(group_id, 2))
    (row,) = owner.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq, row.epoch, row.head_seq) == ("owner", 0, 3, 3)
    assert [each.server_seq for each in owner.call("get_messages", get(group_id)).messages] == [1, 2, 3]
    assert [each.server_seq for each in bob.call("get_messages", get(group_id)).messages] == [2, 3]


def test_the_same_rejoin_again(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    body = rejoin(group_id, 1)
    first = bob.call("group_rejoin", body)
    owner.call("send_commit", commit(group_id, 2))
    assert bob.call("group_rejoin", body) == first
    changed = rejoin(group_id, 3, message_id=body.message_id, mls_bytes=b"other")
    assert bob.refused("group_rejoin", changed) == (409, "message_id_conflict")
    assert owner.call("get_messages", get(group_id)).head_seq == 3


def test_a_rejoin_that_lost_the_race(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1))
    assert bob.refusal("group_rejoin", rejoin(group_id, 1)) == (409, "stale_epoch", {"epoch": 2})
    assert bob.refusal("group_rejoin", rejoin(group_id, 3)) == (409, "future_epoch", {"epoch": 2})
    assert bob.call("group_rejoin", rejoin(group_id, 2)).epoch == 3
    assert owner.refusal("send_commit", commit(group_id, 2)) == (409, "stale_epoch", {"epoch": 3})


def test_a_rejoin_ends_the_wait_of_a_welcome(door: Door) -> None:
    bob, joiner = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    request_id = claimed(owner, group_id, joiner)
    owner.call("invite_complete", bodies.InviteComplete(request_id=request_id, commit=commit(group_id, 1, joiner)))
    assert joiner.call("group_rejoin", rejoin(group_id, 2)).epoch == 3
    polled = joiner.call("invite_poll", bodies.InvitePoll(request_id=request_id))
    assert (polled.state, polled.welcome, polled.joined_seq) == ("complete", None, 2)


def test_what_is_too_large(door: Door) -> None:
    owner, group_id = grown_group(door, Caller(door))
    large, sealed, secret = bytes(MAX_CIPHERTEXT_BYTES + 1), bytes(MAX_GROUP_INFO_BYTES + 1), bytes(300)
    assert len(secret) > MAX_SEALED_KEY_BYTES
    assert owner.refused("group_rejoin", rejoin(group_id, 1, mls_bytes=large)) == (413, "message_too_large")
    for name, body in (
        ("group_rejoin", rejoin(group_id, 1, group_info=sealed)),
        ("send_commit", commit(group_id, 1, group_info=sealed)),
        ("group_info_put", put(group_id, 1, sealed)),
        ("group_info_put", put(group_id, 1, b"")),
        ("group_key_put", key(group_id, secret)),
        ("group_key_put", key(group_id, b"")),
    ):
        assert owner.refused(name, body) == (400, "bad_request"), name
    owner.call("group_rejoin", rejoin(group_id, 1, mls_bytes=large[1:]))
    owner.call("group_info_put", put(group_id, 2, sealed[1:]))
    owner.call("group_key_put", key(group_id, secret[:MAX_SEALED_KEY_BYTES]))
    assert stored(owner, group_id) == sealed[1:]


@pytest.mark.parametrize("way", ["send_commit", "invite_complete", "group_rejoin"])
def test_a_commit_brings_the_group_info_of_its_epoch(door: Door, way: str) -> None:
    bob, joiner = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    if way == "group_rejoin":
        owner.call("group_rejoin", rejoin(group_id, 1, group_info=b"of epoch 2"))
    elif way == "send_commit":
        owner.call("send_commit", commit(group_id, 1, group_info=b"of epoch 2"))
    else:
        request_id = claimed(owner, group_id, joiner)
        body = commit(group_id, 1, joiner, group_info=b"of epoch 2")
        owner.call("invite_complete", bodies.InviteComplete(request_id=request_id, commit=body))
    reply = bob.call("group_info_get", info(group_id))
    assert (reply.group_info, reply.epoch, reply.head_seq) == (b"of epoch 2", 2, 2)
    owner.call("send_commit", commit(group_id, 2))
    assert stored(bob, group_id) is None


def test_a_group_info_of_another_epoch_is_ignored(door: Door) -> None:
    owner, group_id = grown_group(door, Caller(door))
    for epoch in (0, 2):
        assert owner.call("group_info_put", put(group_id, epoch)) == bodies.Empty()
        assert stored(owner, group_id) is None
    owner.call("group_info_put", put(group_id, 1, b"first"))
    owner.call("group_info_put", put(group_id, 1, b"second"))
    owner.call("group_info_put", put(group_id, 0, b"old"))
    assert stored(owner, group_id) == b"second"


def test_a_group_info_that_is_of_no_use_is_dropped(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("group_info_put", put(group_id, 1))
    assert bob.call("group_info_get", info(group_id, refused=True)).group_info is None
    assert stored(bob, group_id) is None
    owner.call("group_info_put", put(group_id, 1, b"better"))
    assert stored(bob, group_id) == b"better"


def test_a_rejoin_key_is_its_accounts_alone(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    for sealed in (b"one", b"two"):
        owner.call("group_key_put", key(group_id, sealed))
        assert owner.call("group_info_get", info(group_id)).sealed_key == sealed
    assert bob.call("group_info_get", info(group_id)).sealed_key is None
    bob.call("group_key_put", key(group_id, b"bob's"))
    assert owner.call("group_info_get", info(group_id)).sealed_key == b"two"


def test_a_removed_device_finds_its_key_when_it_is_added_again(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    bob.call("group_key_put", key(group_id))
    owner.call("send_commit", commit(group_id, 1, removed=[bob.device_id]))
    assert bob.refused("group_info_get", info(group_id)) == (403, "not_a_member")
    owner.call("send_commit", commit(group_id, 2, bob))
    assert bob.call("group_info_get", info(group_id)).sealed_key == b"sealed key"


def test_strangers_and_ex_members_do_not_come_back(door: Door) -> None:
    gone = Caller(door)
    owner, group_id = grown_group(door, gone, Caller(door))
    owner.call("send_commit", commit(group_id, 1, removed=[gone.device_id], group_info=b"of epoch 2"))
    for caller in (gone, Caller(door)):
        for name, body in (
            ("group_rejoin", rejoin(group_id, 2)),
            ("group_info_get", info(group_id)),
            ("group_info_get", info(group_id, refused=True)),
            ("group_info_put", put(group_id, 2)),
            ("group_key_put", key(group_id)),
        ):
            assert caller.refused(name, body) == (403, "not_a_member"), name
    assert owner.refused("group_info_get", info(fresh_id())) == (403, "not_a_member")
    assert stored(owner, group_id) == b"of epoch 2"
