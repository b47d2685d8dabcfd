"""A group comes back: by an external commit made apart, from a snapshot, and after its rows were damaged."""

import pytest

from backends import CRYPTO, NOW, Table, advance, all_talk, circle, device_keys, entries_of, store, talk
from mls_chat.backend import Backend, DeviceKeys, ExternalGroup
from mls_chat.group_errors import GroupDamaged, GroupTaken
from mls_chat.stored_entries import import_state
from mls_rs_python import (
    CommitReceived,
    GroupNotFound,
    InvalidProposal,
    InvalidSignature,
    StorageError,
    UsageError,
    inspect_message,
)

ADA, BOB, CLEO = 0, 1, 2


@pytest.fixture
def keys() -> list[DeviceKeys]:
    return [device_keys(number) for number in (1, 2, 3)]


@pytest.fixture
def trio(keys: list[DeviceKeys]) -> tuple[list[Backend], bytes]:
    """Ada, Bob and Cleo in epoch 3, with past epochs, and nothing pending."""
    backends, group_id = circle(*keys)
    for _ in range(2):
        advance(backends[ADA], [backends[BOB], backends[CLEO]], group_id)
    for backend in backends:
        backend.pending_writes()
    return backends, group_id


def group_info(member: Backend, group_id: bytes) -> bytes:
    with member.take(group_id) as group:
        return group.group_info()


def own_leaf(backend: Backend, info: bytes, keys: DeviceKeys) -> int:
    members = backend.inspect_group_info(info).members
    [leaf] = [member.leaf_index for member in members if member.credential == keys.credential]
    return leaf


def rejoin(backend: Backend, keys: DeviceKeys, member: Backend, group_id: bytes) -> ExternalGroup:
    info = group_info(member, group_id)
    return backend.external_join(info, now=NOW, remove_leaf=own_leaf(backend, info, keys), authenticated_data=b"why")


def follow(member: Backend, group_id: bytes, commit: bytes) -> CommitReceived:
    with member.take(group_id) as group:
        received = group.process(commit, now=NOW)
    assert isinstance(received, CommitReceived)
    return received


def test_joining_anew_leaves_the_stored_group_alone(keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]) -> None:
    backends, group_id = trio
    before = backends[BOB].export_state()
    made = rejoin(backends[BOB], keys[BOB], backends[ADA], group_id)
    assert (made.mls_group_id, made.epoch) == (group_id, 4)
    assert [(table, key) for table, key, _ in made.entries] == [("group", group_id)]
    assert (backends[BOB].export_state(), backends[BOB].pending_writes()) == (before, [])
    # the server never took it: all goes on as if it had not been
    all_talk(backends, group_id)


def test_the_new_group_takes_the_place_of_the_old(keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]) -> None:
    backends, group_id = trio
    disk: Table = {(table, key): value for table, key, value in import_state(backends[BOB].export_state())}
    made = rejoin(backends[BOB], keys[BOB], backends[ADA], group_id)
    for other in (backends[ADA], backends[CLEO]):
        received = follow(other, group_id, made.commit)
        assert (received.external, received.authenticated_data) == (True, b"why")
        assert [member.credential for member in received.removed] == [keys[BOB].credential]
    backends[BOB].replace_group(group_id, made.entries)
    changes = backends[BOB].pending_writes()
    epochs = [("epoch", group_id + epoch.to_bytes(8, "big"), None) for epoch in (1, 2)]
    assert changes == [*epochs, *made.entries]
    assert backends[BOB].pending_writes() == []
    disk = {(t, k): v for (t, k), v in disk.items() if (t, k, None) not in changes} | {
        (t, k): v for t, k, v in made.entries
    }
    backends[BOB] = Backend(CRYPTO, keys[BOB], entries_of(disk))
    all_talk(backends, group_id)
    advance(backends[BOB], [backends[ADA], backends[CLEO]], group_id)
    all_talk(backends, group_id)


def test_the_next_one_can_join_by_the_group_info_of_a_rejoin(
    keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    first = rejoin(backends[BOB], keys[BOB], backends[ADA], group_id)
    header = inspect_message(first.group_info)
    assert (header.wire_format, header.group_id, header.epoch) == ("group_info", group_id, first.epoch)
    leaf = own_leaf(backends[CLEO], first.group_info, keys[CLEO])
    second = backends[CLEO].external_join(first.group_info, now=NOW, remove_leaf=leaf)
    follow(backends[ADA], group_id, first.commit)
    follow(backends[ADA], group_id, second.commit)
    backends[BOB].replace_group(group_id, first.entries)
    follow(backends[BOB], group_id, second.commit)
    backends[CLEO].replace_group(group_id, second.entries)
    all_talk(backends, group_id)


def test_joining_anew_needs_the_own_leaf_and_a_true_group_info(
    keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    info = group_info(backends[ADA], group_id)
    before = backends[BOB].export_state()
    for leaf in (None, own_leaf(backends[BOB], info, keys[ADA])):
        with pytest.raises(InvalidProposal):
            backends[BOB].external_join(info, now=NOW, remove_leaf=leaf)
    for operation in (backends[BOB].inspect_group_info, lambda info: backends[BOB].external_join(info, now=NOW)):
        with pytest.raises(InvalidSignature):
            operation(info[:-1] + bytes([info[-1] ^ 1]))
    assert (backends[BOB].export_state(), backends[BOB].pending_writes()) == (before, [])


def test_back_to_before_a_withdrawn_commit(trio: tuple[list[Backend], bytes]) -> None:
    backends, group_id = trio
    snapshots = [backend.snapshot_group(group_id) for backend in backends]
    states = [backend.export_state() for backend in backends]
    advance(backends[CLEO], backends[:CLEO], group_id)
    all_talk(backends, group_id)
    for backend, snapshot, state in zip(backends, snapshots, states, strict=True):
        backend.pending_writes()
        backend.restore_group(group_id, snapshot)
        assert backend.export_state() == state
        epoch, own = backend.pending_writes()
        assert epoch == ("epoch", group_id + (3).to_bytes(8, "big"), None)
        assert own == snapshot[-1]
        with backend.take(group_id) as group:
            assert group.epoch == 3
    all_talk(backends, group_id)
    advance(backends[ADA], backends[BOB:], group_id)
    all_talk(backends, group_id)


def test_a_snapshot_is_what_was_saved_last(trio: tuple[list[Backend], bytes]) -> None:
    [ada, *_], group_id = trio
    before = ada.snapshot_group(group_id)
    with ada.take(group_id) as group:
        group.encrypt(b"not yet saved")
        assert ada.snapshot_group(group_id) == before
    assert ada.snapshot_group(group_id) != before
    with pytest.raises(GroupNotFound):
        ada.snapshot_group(b"nobody")


def test_entries_that_make_no_group_are_refused_and_change_nothing(
    keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    [foreign, _], other_id = circle(device_keys(4), device_keys(5))
    snapshot, stranger = backends[ADA].snapshot_group(group_id), foreign.snapshot_group(other_id)
    before = backends[ADA].export_state()
    own, state_of_other = snapshot[-1], stranger[-1][2]
    for entries in ([], snapshot[:-1], stranger, [*snapshot, *stranger]):
        with pytest.raises(UsageError):
            backends[ADA].replace_group(group_id, entries)
    # damaged, the state of another group, and a past epoch in place of a state
    for value in (own[2][:-1], state_of_other, snapshot[0][2]):
        with pytest.raises(StorageError):
            backends[ADA].replace_group(group_id, [(*own[:2], value)])
    with backends[ADA].take(group_id), pytest.raises(GroupTaken):
        backends[ADA].replace_group(group_id, snapshot)
    assert (backends[ADA].export_state(), backends[ADA].pending_writes()) == (before, [])
    all_talk(backends, group_id)


@pytest.mark.parametrize("table", ["group", "epoch"])
def test_a_damaged_group_is_named_and_stops_no_other(
    table: str, keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    other = backends[BOB].create_group(now=NOW, group_data=b"other")
    package = backends[BOB].generate_key_package(now=NOW, lifetime=60)
    disk: Table = {(t, k): v for t, k, v in import_state(backends[BOB].export_state())}
    spoiled = next(key for key in disk if key[0] == table and key[1].startswith(group_id))
    disk[spoiled] = disk[spoiled][:-1]
    bob = backends[BOB] = Backend(CRYPTO, keys[BOB], entries_of(disk))
    assert (bob.damaged_groups, bob.has_group(group_id), bob.has_group(other)) == ([group_id], False, True)
    for _ in range(2):
        with pytest.raises(GroupDamaged) as damaged, bob.take(group_id):
            pass
        assert damaged.value.group_id == group_id
    with pytest.raises(GroupDamaged):
        bob.snapshot_group(group_id)
    with bob.take(other) as group:
        group.encrypt(b"text")
    assert [(t, k) for t, k, _ in store(disk, bob)] == [("group", other)]
    bob.forget_key_package(package.reference)

    made = rejoin(bob, keys[BOB], backends[ADA], group_id)
    for member in (backends[ADA], backends[CLEO]):
        follow(member, group_id, made.commit)
    bob.replace_group(group_id, made.entries)
    assert bob.damaged_groups == []
    store(disk, bob)
    assert entries_of(disk) == import_state(bob.export_state())
    backends[BOB] = Backend(CRYPTO, keys[BOB], entries_of(disk))
    assert backends[BOB].damaged_groups == []
    all_talk(backends, group_id)


def test_what_is_damaged_can_be_forgotten_or_joined_again(
    keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    entries = [(t, k, v[:-1]) for t, k, v in import_state(backends[BOB].export_state())]
    bob = Backend(CRYPTO, keys[BOB], entries)
    bob.forget_group(group_id)
    assert bob.pending_writes() == [(table, key, None) for table, key, _ in entries]
    assert (bob.damaged_groups, bob.pending_writes()) == ([], [])

    bob = Backend(CRYPTO, keys[BOB], entries)
    package = bob.generate_key_package(now=NOW, lifetime=60)
    with backends[ADA].take(group_id) as group:
        group.commit(now=NOW, remove=[1])
        group.apply_pending_commit()
        welcome = group.commit(now=NOW, add=[package.data]).welcome
        group.apply_pending_commit()
    assert welcome is not None
    bob.pending_writes()
    bob.adopt(bob.open_welcome(welcome, now=NOW))
    assert bob.damaged_groups == []
    changes = bob.pending_writes()
    assert [(table, value is None) for table, _, value in changes] == [
        ("epoch", True),
        ("epoch", True),
        ("group", False),
        ("key_package", True),
    ]
    talk(backends[ADA], [bob], group_id)


def test_a_state_that_cannot_be_decoded_is_found_when_the_group_is_taken(
    keys: list[DeviceKeys], trio: tuple[list[Backend], bytes]
) -> None:
    backends, group_id = trio
    [*_, own] = backends[ADA].snapshot_group(group_id)
    # sound by its checksum, but of another group
    ada = Backend(CRYPTO, keys[ADA], [("group", b"elsewhere", own[2]), own])
    assert ada.damaged_groups == []
    with pytest.raises(GroupDamaged), ada.take(b"elsewhere"):
        pass
    assert ada.damaged_groups == [b"elsewhere"]
    ada.forget_group(b"elsewhere")
    assert (ada.damaged_groups, ada.pending_writes()) == ([], [("group", b"elsewhere", None)])
    with ada.take(group_id):
        pass


def test_damage_elsewhere_is_refused(keys: list[DeviceKeys]) -> None:
    with pytest.raises(StorageError):
        Backend(CRYPTO, keys[ADA], [("key_package", b"reference", b"\1")])
