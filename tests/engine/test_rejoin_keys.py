"""The group's rejoin key: who opens it, whom it leads where, and how a device that was away comes to the newest one."""

import msgspec
import pytest

from forging import goes_on, verdicts
from lost_state import alert, group_of, is_well, lose_state, silence, speak
from mls_chat import events
from mls_chat.changes import MOST_WITHDRAWN
from mls_chat.envelope import encode_group_data
from mls_chat.identity import account_in, device_statement, encode_credential, user_id_of
from mls_chat.own_commits import wrapped_keys
from mls_chat.records import AccountRecord, GroupRecord
from mls_chat.rejoin_keys import KeyRing, open_group_key, seal_group_info, seal_group_key, wrap_group_key
from mls_chat.sealing import SealBroken
from mls_chat.wire.bodies import CommitFlag
from mls_chat.wire.limits import MAX_COMMIT_KEYS, MAX_SEALED_KEY_BYTES, MAX_WRAPS
from mls_rs_python import Crypto
from world import Device, World, meet, meet_three

CRYPTO = Crypto()
GROUP, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
WEAK_KEY = bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")


def account() -> AccountRecord:
    secret, public = CRYPTO.generate_signature_key_pair()
    return AccountRecord(
        name="Bob",
        user_id=user_id_of(public),
        account_secret_key=secret,
        account_public_key=public,
        device_id=OTHER,
        device_secret_key=b"",
        device_public_key=b"",
        credential=b"",
    )


BOB = account()


def wrapped(key: bytes, former_key: bytes, group_id: str = GROUP, owner: AccountRecord = BOB) -> bytes:
    return wrap_group_key(CRYPTO, owner.account_public_key, group_id, owner.user_id, key, former_key)


def opens(sealed: bytes, *known: bytes, group_id: str = GROUP, owner: AccountRecord = BOB) -> bytes | None:
    try:
        return open_group_key(CRYPTO, owner, group_id, sealed, known)
    except SealBroken:
        return None


def test_an_account_opens_what_it_has_sealed_for_itself() -> None:
    sealed = seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, FIRST)
    assert opens(sealed) == FIRST
    assert len(sealed) <= MAX_SEALED_KEY_BYTES
    assert opens(sealed, group_id=OTHER) is None
    assert opens(sealed, owner=account()) is None


def test_a_wrapped_key_opens_for_its_account_and_with_the_key_before_it_alone() -> None:
    sealed = wrapped(SECOND, FIRST)
    assert opens(sealed, FIRST) == opens(sealed, THIRD, FIRST) == SECOND
    assert len(sealed) <= MAX_SEALED_KEY_BYTES
    assert opens(sealed) is None
    assert opens(sealed, SECOND, THIRD) is None
    assert opens(sealed, FIRST, group_id=OTHER) is None
    assert opens(sealed, FIRST, owner=account()) is None
    other = account()
    for user_id in ("", other.user_id):
        moved = wrap_group_key(CRYPTO, BOB.account_public_key, GROUP, user_id, SECOND, FIRST)
        assert opens(moved, FIRST) is None


@pytest.mark.parametrize("own", [True, False], ids=["own", "wrapped"])
def test_every_byte_counts(own: bool) -> None:
    sealed = seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, SECOND) if own else wrapped(SECOND, FIRST)
    assert opens(sealed, FIRST) == SECOND
    for at in range(len(sealed)):
        assert opens(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], FIRST) is None
        assert opens(sealed[:at], FIRST) is None
    assert opens(b"\x03" + sealed[1:], FIRST) is None


def test_a_key_of_another_size_is_none() -> None:
    for size in (1, 16, 31, 33, 64):
        assert opens(wrapped(bytes(size), FIRST), FIRST) is None
        assert opens(seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, bytes(size))) is None


def test_a_ring_follows_from_key_to_key() -> None:
    ring = KeyRing(CRYPTO, BOB, GROUP, FIRST)
    assert not ring.add(wrapped(THIRD, SECOND))
    assert ring.add(wrapped(SECOND, FIRST))
    assert ring.add(wrapped(THIRD, SECOND))
    assert ring.add(wrapped(SECOND, FIRST))
    assert ring.keys == [THIRD, SECOND, FIRST]
    for key in ring.keys:
        assert ring.open_group_info(5, seal_group_info(CRYPTO, key, GROUP, 5, b"info")) == (b"info", key)
    for stranger in (seal_group_info(CRYPTO, bytes(32), GROUP, 5, b"info"), b"", b"x" * 99):
        with pytest.raises(SealBroken):
            ring.open_group_info(5, stranger)


def test_a_ring_without_a_key_follows_nobody() -> None:
    ring = KeyRing(CRYPTO, BOB, GROUP, b"")
    assert not ring.add(wrapped(SECOND, FIRST))
    with pytest.raises(SealBroken):
        ring.open_group_info(5, seal_group_info(CRYPTO, FIRST, GROUP, 5, b"info"))


def credential(number: int, public_key: bytes = b"") -> bytes:
    secret, public = CRYPTO.generate_signature_key_pair()
    public = public_key or public
    signature = CRYPTO.sign(secret, device_statement(user_id_of(public), OTHER, b"device"))
    return encode_credential(user_id_of(public), OTHER, public, signature + bytes([number & 0xFF]))


def test_an_account_with_several_devices_gets_one_key() -> None:
    twice = [encode_credential(BOB.user_id, each, BOB.account_public_key, b"") for each in (GROUP, OTHER)]
    (key,) = wrapped_keys(CRYPTO, GROUP, twice, SECOND, FIRST)
    assert key.user_id == BOB.user_id
    assert opens(key.sealed_key, FIRST) == SECOND


def test_an_account_key_that_is_none_keeps_nobody_else_from_theirs() -> None:
    good = credential(1)
    keys = wrapped_keys(CRYPTO, GROUP, [credential(0, WEAK_KEY), good], SECOND, FIRST)
    assert [key.user_id for key in keys] == [account_in(good)[0]]


def test_in_a_larger_group_as_many_as_the_server_takes() -> None:
    everybody = [credential(number) for number in range(MAX_COMMIT_KEYS + 1)]
    keys = wrapped_keys(CRYPTO, GROUP, everybody, SECOND, FIRST)
    assert [key.user_id for key in keys] == [account_in(each)[0] for each in everybody[:MAX_COMMIT_KEYS]]


# stories


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
    return open_group_key(CRYPTO, msgspec.convert(device.account, AccountRecord), group_id, sealed)


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


def test_its_own_copy_follows_once_it_is_back() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(bob)
    remove(ada, cleo, group_id)
    bob.online = True
    lose_state(bob, group_id)
    assert own_copy(bob, group_id) == context_key(ada, group_id)


def rubbish(kind: str, group_id: str, device: Device, key: bytes, former_key: bytes) -> bytes:
    owner = msgspec.convert(device.account, AccountRecord)
    match kind:
        case "noise":
            return b"\x02" + CRYPTO.random_bytes(80)
        case "empty":
            return b"\x02"
        case "of an unknown kind":
            return b"\x07" + wrapped(key, former_key, group_id, owner)[1:]
        case "of another account":
            return wrapped(key, former_key, group_id)
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
    world.server.groups[group_id].wraps[user(bob)] = [(world.server.groups[group_id].head, made)]
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
    world.server.groups[group_id].wraps[user(bob)] = [(1, made)] * MAX_WRAPS
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
    wrap = wrapped(made_up, former, group_id, msgspec.convert(bob.account, AccountRecord))
    group.wraps[user(bob)] = [(group.head, wrap)]
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
    assert set(group.wraps) == {user(ada), user(bob)}
    bob.ask("commit_flag", CommitFlag(group_id=group_id, server_seq=group.head))
    assert [*group.wraps.values()] == [[], []]
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
    assert [*group.wraps.values()] == [[], []]
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
    assert group.wraps == {}
    with ada.mls(group_id) as mls:
        assert {m.identity.decode().partition("/")[2] for m in mls.members()} == {ada.device_id, bob.device_id}
    assert verdicts(ada, group_id) == []
