"""New rejoin keys that a commit brings, sealed to accounts: who gets them, how many are kept, what a void takes."""

import pytest

from contract_doors import Caller, Door, fresh_id
from contract_group import claimed, commit, flag, grown_group, info
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_COMMIT_KEYS, MAX_SEALED_KEY_BYTES, MAX_WRAPS
from mls_chat.wire.records import SealedKeyFor


def to(caller: Caller, sealed_key: bytes) -> SealedKeyFor:
    return SealedKeyFor(user_id=caller.user_id, sealed_key=sealed_key)


def wraps(caller: Caller, group_id: str) -> list[bytes]:
    found: list[bytes] = caller.call("group_info_get", info(group_id)).wraps
    return found


def test_each_account_gets_its_own_oldest_first(door: Door) -> None:
    bob, gone = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, gone)
    assert wraps(bob, group_id) == []
    keys = [to(owner, b"owner's 1"), to(bob, b"bob's 1")]
    owner.call("send_commit", commit(group_id, 1, removed=[gone.device_id], keys=keys))
    bob.call("send_commit", commit(group_id, 2, keys=[to(bob, b"bob's 2")]))
    assert wraps(bob, group_id) == [b"bob's 1", b"bob's 2"]
    assert wraps(owner, group_id) == [b"owner's 1"]


def test_what_the_account_stores_itself_stays_beside_them(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    bob.call("group_key_put", bodies.GroupKeyPut(group_id=group_id, sealed_key=b"own"))
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"brought")]))
    bob.call("group_key_put", bodies.GroupKeyPut(group_id=group_id, sealed_key=b"own again"))
    reply = bob.call("group_info_get", info(group_id))
    assert (reply.sealed_key, reply.wraps) == (b"own again", [b"brought"])


def test_the_same_commit_again_brings_them_once(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    body = commit(group_id, 1, keys=[to(bob, b"brought")])
    assert owner.call("send_commit", body) == owner.call("send_commit", body)
    assert wraps(bob, group_id) == [b"brought"]


def test_a_commit_that_is_refused_brings_none(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    assert owner.refused("send_commit", commit(group_id, 0, keys=[to(bob, b"late")])) == (409, "stale_epoch")
    assert wraps(bob, group_id) == []


def test_only_for_accounts_that_are_in_the_group_after_it_and_once(door: Door) -> None:
    bob, gone, newcomer = Caller(door), Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, gone)
    removal = {"removed": [gone.device_id]}
    for keys in (
        [to(gone, b"to the removed")],
        [to(bob, b"fits"), to(Caller(door), b"to a stranger")],
        [to(bob, b"one"), to(bob, b"two")],
    ):
        assert owner.refused("send_commit", commit(group_id, 1, **removal, keys=keys)) == (400, "commit_mismatch")
    assert wraps(bob, group_id) == []
    keys = [to(bob, b"fits"), to(newcomer, b"to the newcomer")]
    owner.call("send_commit", commit(group_id, 1, newcomer, **removal, keys=keys))
    assert (wraps(bob, group_id), wraps(newcomer, group_id)) == ([b"fits"], [b"to the newcomer"])


def test_an_admission_may_bring_keys_too(door: Door) -> None:
    bob, joiner = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    request_id = claimed(owner, group_id, joiner)
    body = commit(group_id, 1, joiner, keys=[to(bob, b"brought")])
    owner.call("invite_complete", bodies.InviteComplete(request_id=request_id, commit=body))
    assert wraps(bob, group_id) == [b"brought"]


@pytest.mark.parametrize("sealed_key", [b"", bytes(MAX_SEALED_KEY_BYTES + 1)], ids=["empty", "too large"])
def test_sizes(door: Door, sealed_key: bytes) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    assert owner.refused("send_commit", commit(group_id, 1, keys=[to(bob, sealed_key)])) == (400, "bad_request")
    largest = bytes(MAX_SEALED_KEY_BYTES)
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, largest)]))
    assert wraps(bob, group_id) == [largest]


def test_too_many_at_once(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    body = commit(group_id, 1, keys=[to(bob, b"key")] * (MAX_COMMIT_KEYS + 1))
    assert owner.refused("send_commit", body) == (400, "bad_request")


def test_the_newest_are_kept(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, keys=[to(owner, b"owner's")]))
    for number in range(MAX_WRAPS + 3):
        owner.call("send_commit", commit(group_id, number + 2, keys=[to(bob, b"%d" % number)]))
    assert wraps(bob, group_id) == [b"%d" % number for number in range(3, MAX_WRAPS + 3)]
    assert wraps(owner, group_id) == [b"owner's"]


def test_a_void_takes_back_the_keys_of_its_commits_and_no_others(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    bob.call("group_key_put", bodies.GroupKeyPut(group_id=group_id, sealed_key=b"own"))
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"good"), to(owner, b"good")]))
    bob.call("get_messages", bodies.GetMessages(group_id=group_id, since_seq=2))
    owner.call("send_commit", commit(group_id, 2, keys=[to(bob, b"bad"), to(owner, b"bad")]))
    owner.call("send_commit", commit(group_id, 3, keys=[to(bob, b"on top")]))
    bob.call("commit_flag", flag(group_id, 3))
    reply = bob.call("group_info_get", info(group_id))
    assert (reply.sealed_key, reply.wraps) == (b"own", [b"good"])
    assert wraps(owner, group_id) == [b"good"]
    owner.call("send_commit", commit(group_id, 2, keys=[to(bob, b"better")]))
    assert wraps(bob, group_id) == [b"good", b"better"]


def test_who_was_removed_finds_its_keys_when_it_is_added_again(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"brought")]))
    owner.call("send_commit", commit(group_id, 2, removed=[bob.device_id]))
    assert bob.refused("group_info_get", info(group_id)) == (403, "not_a_member")
    owner.call("send_commit", commit(group_id, 3, bob))
    assert wraps(bob, group_id) == [b"brought"]


def test_groups_do_not_mix(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    other = fresh_id()
    owner.call("group_create", bodies.GroupCreate(group_id=other))
    owner.call("send_commit", commit(other, 0, bob, keys=[to(bob, b"of the other")]))
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"of this")]))
    assert (wraps(bob, group_id), wraps(bob, other)) == ([b"of this"], [b"of the other"])
