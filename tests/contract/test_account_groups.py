"""Groups that other devices of an account are in: which they are, how a device comes in, and keys to one device."""

from typing import Any

import pytest

from contract_doors import Caller, Door, fresh_id, sibling
from contract_group import commit, flag, get, grown_group, info, message, new_group, rejoin
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_WRAPS
from mls_chat.wire.records import AddedDevice, SealedKeyFor


def elsewhere(caller: Caller) -> list[str]:
    """Groups of the account's other devices."""
    return [each.group_id for each in caller.call("user_groups", bodies.Empty()).account_groups]


def mine(caller: Caller) -> list[str]:
    return [each.group_id for each in caller.call("user_groups", bodies.Empty()).groups]


def to(caller: Caller, sealed_key: bytes, device: Caller | None = None) -> SealedKeyFor:
    device_id = device.device_id if device is not None else None
    return SealedKeyFor(user_id=caller.user_id, sealed_key=sealed_key, device_id=device_id)


def wraps(caller: Caller, group_id: str) -> list[bytes]:
    found: list[bytes] = caller.call("group_info_get", info(group_id)).wraps
    return found


def test_a_group_of_another_device_is_shown_until_one_is_in_it(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    reply = tablet.call("user_groups", bodies.Empty())
    assert reply == bodies.UserGroupsReply(
        groups=[], account_groups=[bodies.AccountGroup(group_id=group_id, epoch=1, head_seq=1)]
    )
    tablet.call("group_rejoin", rejoin(group_id, 1))
    for device in (bob, tablet, owner):
        assert (mine(device), elsewhere(device)) == ([group_id], [])


def test_a_revoked_device_counts_until_its_removal(door: Door) -> None:
    lost = Caller(door)
    owner, group_id = grown_group(door, lost)
    tablet = sibling(lost)
    tablet.revoke(lost)
    assert elsewhere(tablet) == [group_id]
    owner.call("send_commit", commit(group_id, 1, removed=[lost.device_id]))
    assert elsewhere(tablet) == []
    assert tablet.refused("group_info_get", info(group_id)) == (403, "not_a_member")
    assert tablet.refused("group_rejoin", rejoin(group_id, 2)) == (403, "not_a_member")


def test_a_device_comes_in_beside_another_of_its_account(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    owner.call("send_message", message(group_id, 1, epoch=1))
    body = rejoin(group_id, 1, group_info=b"of epoch 2")
    assert tablet.call("group_rejoin", body) == bodies.SendCommitReply(server_seq=3, epoch=2)
    entry = owner.call("get_messages", get(group_id, 2)).messages[0]
    assert (entry.msg_kind, entry.epoch, entry.mls_bytes) == ("commit", 1, body.mls_bytes)
    assert (entry.user_id, entry.device_id, entry.removed) == (bob.user_id, tablet.device_id, [])
    assert entry.added == [AddedDevice(user_id=tablet.user_id, device_id=tablet.device_id)]
    assert bob.call("group_info_get", info(group_id)).group_info == b"of epoch 2"


def test_it_reads_from_its_own_commit_on(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    owner.call("send_message", message(group_id, 1, epoch=1))
    tablet.call("group_rejoin", rejoin(group_id, 1))
    owner.call("send_message", message(group_id, 2, epoch=2))
    assert [each.server_seq for each in tablet.call("get_messages", get(group_id)).messages] == [3, 4]
    assert [each.server_seq for each in bob.call("get_messages", get(group_id)).messages] == [2, 3, 4]
    (row,) = tablet.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq, row.acked_seq, row.epoch) == ("member", 2, 2, 2)
    tablet.call("send_message", message(group_id, 1, epoch=2))


def test_it_has_the_highest_role_of_its_account(door: Door) -> None:
    owner, group_id = new_group(door)
    tablet, phone = sibling(owner), sibling(owner)
    owner.call("send_commit", commit(group_id, 0, tablet))
    phone.call("group_rejoin", rejoin(group_id, 1))
    roles = {device: device.call("user_groups", bodies.Empty()).groups[0].role for device in (owner, tablet, phone)}
    assert list(roles.values()) == ["owner", "member", "owner"]


def test_then_it_rejoins_as_any_member(door: Door) -> None:
    owner, group_id = new_group(door)
    tablet = sibling(owner)
    tablet.call("group_rejoin", rejoin(group_id, 0))
    tablet.call("group_rejoin", rejoin(group_id, 1))
    entry = owner.call("get_messages", get(group_id, 1)).messages[0]
    assert ([each.device_id for each in entry.added], entry.removed) == ([tablet.device_id], [tablet.device_id])
    (row,) = tablet.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq) == ("owner", 0)


def test_the_same_join_again(door: Door) -> None:
    owner, group_id = new_group(door)
    tablet = sibling(owner)
    body = rejoin(group_id, 0)
    assert tablet.call("group_rejoin", body) == tablet.call("group_rejoin", body)
    assert owner.call("get_messages", get(group_id)).head_seq == 1


def test_a_join_that_lost_the_race(door: Door) -> None:
    owner, group_id = new_group(door)
    tablet = sibling(owner)
    owner.call("send_commit", commit(group_id, 0))
    assert tablet.refusal("group_rejoin", rejoin(group_id, 0)) == (409, "stale_epoch", {"epoch": 1})
    assert mine(tablet) == []
    assert tablet.call("group_rejoin", rejoin(group_id, 1)).epoch == 2


def test_a_device_that_was_removed_comes_in_again(door: Door) -> None:
    owner, group_id = new_group(door)
    tablet = sibling(owner)
    owner.call("send_commit", commit(group_id, 0, tablet))
    owner.call("send_commit", commit(group_id, 1, removed=[tablet.device_id]))
    assert elsewhere(tablet) == [group_id]
    tablet.call("group_rejoin", rejoin(group_id, 2))
    (row,) = tablet.call("user_groups", bodies.Empty()).groups
    assert (row.role, row.joined_seq) == ("owner", 2)


def test_a_void_takes_it_out_again(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    tablet.call("group_rejoin", rejoin(group_id, 1))
    assert owner.call("commit_flag", flag(group_id, 2)).epoch == 1
    assert (mine(tablet), elsewhere(tablet)) == ([], [group_id])
    assert tablet.refused("get_messages", get(group_id)) == (403, "not_a_member")
    assert tablet.call("group_rejoin", rejoin(group_id, 1)).server_seq == 4


def test_a_void_gives_an_ended_membership_back_as_it_was(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    tablet.call("group_rejoin", rejoin(group_id, 1))
    owner.call("send_commit", commit(group_id, 2, removed=[tablet.device_id]))
    bob.call("get_messages", get(group_id, 3))  # it stands
    tablet.call("group_rejoin", rejoin(group_id, 3))
    owner.call("commit_flag", flag(group_id, 4))
    assert [each.server_seq for each in tablet.call("get_messages", get(group_id)).messages] == [2, 3]


def test_until_then_it_may_look_at_the_group_info_and_no_more(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    bob.call("group_key_put", bodies.GroupKeyPut(group_id=group_id, sealed_key=b"bob's"))
    owner.call("group_info_put", bodies.GroupInfoPut(group_id=group_id, epoch=1, group_info=b"info"))
    reply = tablet.call("group_info_get", info(group_id))
    assert (reply.group_info, reply.sealed_key, reply.epoch, reply.head_seq) == (b"info", b"bob's", 1, 1)
    refusals: list[tuple[str, Any]] = [
        ("get_messages", get(group_id)),
        ("send_message", message(group_id, 1, epoch=1)),
        ("send_commit", commit(group_id, 1)),
        ("commit_flag", flag(group_id, 1)),
        ("group_join", bodies.GroupJoin(group_id=group_id)),
        ("group_info_put", bodies.GroupInfoPut(group_id=group_id, epoch=1, group_info=b"other")),
        ("group_key_put", bodies.GroupKeyPut(group_id=group_id, sealed_key=b"other")),
        ("group_members_list", bodies.GroupMembersList(group_id=group_id)),
    ]
    for name, body in refusals:
        assert tablet.refused(name, body) == (403, "not_a_member"), name
    assert tablet.call("group_info_get", info(group_id, refused=True)).group_info is None


def test_a_key_to_one_device_is_for_no_other(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet, phone = sibling(bob), sibling(bob)
    tablet.call("group_rejoin", rejoin(group_id, 1))
    owner.call("send_commit", commit(group_id, 2, keys=[to(bob, b"all 1"), to(bob, b"tablet 1", tablet)]))
    owner.call("send_commit", commit(group_id, 3, keys=[to(bob, b"bob 2", bob), to(bob, b"tablet 2", tablet)]))
    owner.call("send_commit", commit(group_id, 4, keys=[to(bob, b"all 3")]))
    assert wraps(bob, group_id) == [b"all 1", b"bob 2", b"all 3"]
    assert wraps(phone, group_id) == [b"all 1", b"all 3"]
    found = wraps(tablet, group_id)
    assert (sorted(found[:2]), found[2:]) == ([b"all 1", b"tablet 1"], [b"tablet 2", b"all 3"])
    assert wraps(owner, group_id) == []


def test_each_device_keeps_the_newest(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"all")]))
    for number in range(MAX_WRAPS + 2):
        owner.call("send_commit", commit(group_id, number + 2, keys=[to(bob, b"%d" % number, bob)]))
    assert wraps(bob, group_id) == [b"all"] + [b"%d" % number for number in range(2, MAX_WRAPS + 2)]


def test_a_void_takes_a_devices_keys_back(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, keys=[to(bob, b"bad", bob)]))
    bob.call("commit_flag", flag(group_id, 2))
    assert wraps(bob, group_id) == []


def test_keys_go_once_to_each_and_to_no_device_of_another_account(door: Door) -> None:
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    for keys in (
        [to(bob, b"one", bob), to(bob, b"two", bob)],
        [to(bob, b"to the owner's", owner)],
        [SealedKeyFor(user_id=bob.user_id, sealed_key=b"to nobody", device_id=fresh_id())],
    ):
        assert owner.refused("send_commit", commit(group_id, 1, keys=keys)) == (400, "commit_mismatch")
    assert wraps(bob, group_id) == []


@pytest.mark.parametrize("name", ["group_info_get", "group_rejoin"])
def test_strangers_stay_outside(door: Door, name: str) -> None:
    _, group_id = grown_group(door, Caller(door))
    body: Any = info(group_id) if name == "group_info_get" else rejoin(group_id, 1)
    assert sibling(Caller(door)).refused(name, body) == (403, "not_a_member")
