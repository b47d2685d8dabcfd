"""A device that was away when somebody was removed, and has lost its state, comes to the new rejoin key by itself."""

import msgspec
import pytest

from forging import goes_on, verdicts
from lost_state import alert, group_of, is_well, lose_state, silence, speak
from mls_chat import events
from mls_chat.changes import MOST_WITHDRAWN
from mls_chat.envelope import encode_group_data
from mls_chat.records import AccountRecord, GroupRecord
from mls_chat.rejoin_keys import OwnKeys, open_group_key, seal_group_info, wrap_group_key
from mls_chat.wire.bodies import CommitFlag
from mls_chat.wire.limits import MAX_WRAPS
from mls_rs_python import Crypto
from world import Device, World, meet, meet_three

CRYPTO = Crypto()


def wrapped(key: bytes, former_key: bytes, group_id: str, owner: AccountRecord) -> bytes:
    return wrap_group_key(CRYPTO, owner.device_public_key, group_id, owner.user_id, key, former_key)


def account(device: Device) -> AccountRecord:
    return msgspec.convert(device.account, AccountRecord)


def user(device: Device) -> str:
    return str(device.account["user_id"])


def remove(by: Device, whom: Device, group_id: str) -> None:
    head = by.world.server.groups[group_id].epoch
    by.do(events.RemovalRequested(group_id=group_id, user_id=user(whom)))
    assert by.world.server.groups[group_id].epoch == head + 1


def context_key(device: Device, group_id: str) -> bytes:
    return group_of(device, group_id).group_key


def own_copy(device: Device, group_id: str) -> bytes:
    """The key that the server keeps for the account."""
    sealed = device.world.server.groups[group_id].keys[user(device)]
    owner = account(device)
    return open_group_key(CRYPTO, OwnKeys(owner.user_id, owner.storage_key, ()), group_id, sealed)


def test_a_device_that_was_away_at_a_removal_comes_back_while_nobody_else_is_online() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    before = context_key(bob, group_id)
    silence(bob)
    remove(ada, cleo, group_id)
    ada.say(group_id, "she is gone")
    silence(ada, cleo)
    bob.online = True
    lose_state(bob, group_id)
    is_well(bob, group_id)
    assert context_key(bob, group_id) == context_key(ada, group_id) != before
    bob.say(group_id, "back")
    speak(world, ada)
    goes_on(ada, bob, group_id)
    assert cleo.texts(group_id) == []


def test_a_chain_of_removals_by_members_of_all_kinds_is_followed() -> None:
    """One of them came in after Bob went away, and one removes whoever made the key before."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    dan, eve = world.device("Dan"), world.device("Eve")
    eve.join(ada.invite(group_id))
    silence(bob)
    remove(eve, cleo, group_id)
    dan.join(ada.invite(group_id))
    remove(dan, eve, group_id)
    remove(ada, dan, group_id)
    silence(ada)
    bob.online = True
    lose_state(bob, group_id)
    is_well(bob, group_id)
    speak(world, ada)
    goes_on(ada, bob, group_id)


def test_a_device_that_has_lost_even_the_groups_record_starts_from_the_key_that_it_stored() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(bob)
    remove(ada, cleo, group_id)
    silence(ada)
    del bob.rows[GroupRecord.table, group_id]
    bob.online = True
    bob.start()
    world.advance(30_000)
    is_well(bob, group_id)
    speak(world, ada)
    goes_on(ada, bob, group_id)


def test_a_committer_that_loses_its_state_before_its_own_removal_comes_back() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    former = context_key(ada, group_id)
    silence(bob, cleo)
    ada.on_wire = False
    ada.drop()
    remove(ada, cleo, group_id)
    assert context_key(ada, group_id) == former  # the log has not brought it yet
    ada.on_wire = True
    lose_state(ada, group_id)
    is_well(ada, group_id)
    assert context_key(ada, group_id) != former
    speak(world, bob)
    goes_on(ada, bob, group_id)


def keep(device: Device, group_id: str, *wraps: bytes) -> None:
    """These are all that the server has for the device and its account."""
    group = device.world.server.groups[group_id]
    group.wraps = {device.device_id: [(group.head, sealed) for sealed in wraps]}


def test_its_own_copy_follows_once_it_is_back() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(bob)
    remove(ada, cleo, group_id)
    bob.online = True
    lose_state(bob, group_id)
    assert own_copy(bob, group_id) == context_key(ada, group_id)


def rubbish(kind: str, group_id: str, device: Device, key: bytes, former_key: bytes) -> bytes:
    owner = account(device)
    match kind:
        case "noise":
            return b"\x02" + CRYPTO.random_bytes(80)
        case "empty":
            return b"\x02"
        case "of an unknown kind":
            return b"\x07" + wrapped(key, former_key, group_id, owner)[1:]
        case "of another account":
            _, public_key = CRYPTO.generate_signature_key_pair()
            return wrap_group_key(CRYPTO, public_key, group_id, owner.user_id, key, former_key)
        case "of another size":
            return wrapped(key[:16], former_key, group_id, owner)
        case "another key":
            return wrapped(bytes(32), former_key, group_id, owner)
        case _:
            return wrapped(key, CRYPTO.random_bytes(32), group_id, owner)


KINDS = (
    "noise",
    "empty",
    "of an unknown kind",
    "of another account",
    "of another size",
    "another key",
    "by a stranger",
)


@pytest.mark.parametrize("kind", KINDS)
def test_rubbish_is_told_and_a_new_invitation_helps(kind: str) -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    former = context_key(bob, group_id)
    silence(bob)
    remove(ada, cleo, group_id)
    made = rubbish(kind, group_id, bob, context_key(ada, group_id), former)
    keep(bob, group_id, made)
    bob.online = True
    lose_state(bob, group_id)
    world.advance(120_000)
    assert group_of(bob, group_id).lost
    assert "can't come back" in str(alert(bob, group_id))
    ada.say(group_id, "the others go on")
    assert ada.states(group_id) == ["sent"]
    remove(ada, bob, group_id)
    bob.join(ada.invite(group_id))
    world.advance(60_000)
    goes_on(ada, bob, group_id)


@pytest.mark.parametrize("kind", KINDS)
def test_rubbish_does_not_push_out_the_key_that_is_known(kind: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    made = rubbish(kind, group_id, bob, context_key(ada, group_id), context_key(ada, group_id))
    keep(bob, group_id, *[made] * MAX_WRAPS)
    silence(ada)
    lose_state(bob, group_id)
    is_well(bob, group_id)
    speak(world, ada)
    goes_on(ada, bob, group_id)


def fake_group(eve: Device, bob: Device, group_id: str, epoch: int, key: bytes) -> bytes:
    """The GroupInfo of a group of Eve's own under this id, with the leaf of the key package by which Bob has joined."""
    world, backend = eve.world, eve.engine._context.backend
    requests = [each.request for each in world.server.requests.values()]
    package = next(each.key_package for each in requests if each.device_id == bob.device_id)
    mls_group_id = backend.create_group(now=world.now // 1000, group_data=encode_group_data(group_id, "Tea", key))
    with backend.take(mls_group_id) as mls:
        mls.commit(now=world.now // 1000, add=[package])
        mls.apply_pending_commit()
        while mls.epoch < epoch:
            mls.commit(now=world.now // 1000)
            mls.apply_pending_commit()
        return mls.group_info()


@pytest.mark.parametrize("member", [True, False], ids=["who had the key", "a server alone"])
def test_only_who_had_the_former_key_could_lead_a_device_elsewhere(member: bool) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    eve, made_up = world.device("Eve"), CRYPTO.random_bytes(32)
    group = world.server.groups[group_id]
    former = context_key(bob, group_id) if member else CRYPTO.random_bytes(32)
    info = fake_group(eve, bob, group_id, group.epoch, made_up)
    group.info = group.epoch, seal_group_info(CRYPTO, made_up, group_id, group.epoch, info)
    wrap = wrapped(made_up, former, group_id, account(bob))
    keep(bob, group_id, wrap)
    silence(ada)
    before = world.server.calls.count("group_rejoin")
    lose_state(bob, group_id)
    assert world.server.calls.count("group_rejoin") == before + member


def test_a_group_info_that_is_not_sealed_under_its_own_key_is_refused() -> None:
    """Whoever was removed has the former key, and so could seal one that it got hold of."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    former, group = context_key(bob, group_id), world.server.groups[group_id]
    silence(bob)
    remove(ada, cleo, group_id)
    with ada.mls(group_id) as mls:
        group.info = group.epoch, seal_group_info(CRYPTO, former, group_id, group.epoch, mls.group_info())
    silence(ada)
    bob.online = True
    lose_state(bob, group_id)
    assert group_of(bob, group_id).lost
    assert group.info is None  # it was of no use
    speak(world, ada)
    world.advance(120_000)
    is_well(bob, group_id)
    goes_on(ada, bob, group_id)


def test_a_removal_that_was_withdrawn_leaves_the_key_of_before() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    former, group = context_key(ada, group_id), world.server.groups[group_id]
    silence(bob, cleo)
    ada.slow = True  # its commit is not made again for the time being
    remove(ada, cleo, group_id)
    assert set(group.wraps) == {user(ada), user(bob), ada.device_id, bob.device_id}
    bob.ask("commit_flag", CommitFlag(group_id=group_id, server_seq=group.head))
    assert not any(group.wraps.values())
    world.run()
    ada.release()
    speak(world, bob, cleo)
    world.advance(60_000)
    assert cleo.texts(group_id) == []
    goes_on(ada, bob, group_id)
    assert context_key(ada, group_id) == context_key(bob, group_id) != former
    silence(ada)
    lose_state(bob, group_id)
    is_well(bob, group_id)
    for device in (ada, bob):
        assert own_copy(device, group_id) == context_key(bob, group_id)


def test_a_removal_that_is_given_up_leaves_the_accounts_own_copies_of_the_key_of_before() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    former, group = context_key(ada, group_id), world.server.groups[group_id]
    silence(bob, cleo)
    ada.do(events.RemovalRequested(group_id=group_id, user_id=user(cleo)))
    for _ in range(MOST_WITHDRAWN):
        newest = max(entry.server_seq for entry in group.log if entry.msg_kind == "commit")
        bob.ask("commit_flag", CommitFlag(group_id=group_id, server_seq=newest))
        world.run()
    assert not any(group.wraps.values())
    assert context_key(ada, group_id) == own_copy(ada, group_id) == former
    speak(world, bob, cleo)
    goes_on(ada, cleo, group_id)


def test_a_member_whom_the_server_does_not_count_keeps_nobody_from_a_removal() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    group = world.server.groups[group_id]
    silence(bob)
    group.members[bob.device_id].left_seq = group.head
    remove(ada, cleo, group_id)
    assert ada.notices() == []
    assert not any(group.wraps.values())
    with ada.mls(group_id) as mls:
        assert {m.identity.decode().partition("/")[2] for m in mls.members()} == {ada.device_id, bob.device_id}
    assert verdicts(ada, group_id) == []
