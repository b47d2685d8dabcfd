"""The storage hands over exactly what changed, and takes in only what it understands."""

from collections.abc import Callable

import pytest

from mls_rs_python import GroupNotFound, Storage, StorageError, UsageError

TABLES = ("epoch", "group", "key_package", "psk")


def tables(storage: Storage) -> list[tuple[str, bool]]:
    """The pending writes as (table, whether it was written)."""
    return [(table, value is not None) for table, _, value in storage.pending_writes()]


def test_a_new_storage_is_empty() -> None:
    storage = Storage()
    assert (storage.entries(), storage.pending_writes(), storage.group_ids()) == ([], [], [])


def test_psks_are_written_once_and_deleted_once() -> None:
    storage = Storage()
    storage.put_psk(b"id", b"secret")
    [(table, key, value)] = storage.pending_writes()
    assert (table, key) == ("psk", b"id")
    assert value is not None
    assert value.endswith(b"secret")
    storage.put_psk(b"id", b"secret")
    assert storage.pending_writes() == []
    storage.put_psk(b"id", b"other")
    storage.delete_psk(b"id")
    storage.delete_psk(b"id")
    assert storage.pending_writes() == [("psk", b"id", None)]
    assert storage.pending_writes() == []


def test_empty_psks_are_refused() -> None:
    storage = Storage()
    for psk_id, psk in ((b"", b"x"), (b"x", b"")):
        with pytest.raises(UsageError):
            storage.put_psk(psk_id, psk)


@pytest.mark.parametrize("retained", [-1, 1025, 2**80])
def test_retention_is_bounded(retained: int) -> None:
    with pytest.raises(UsageError):
        Storage(retained_epochs=retained)


def test_a_key_package_is_stored_at_once(device, now) -> None:
    alice = device(b"alice")
    package = alice.client.generate_key_package(now=now)
    [(table, key, value)] = alice.storage.pending_writes()
    assert (table, key, value is not None) == ("key_package", package.reference, True)
    alice.storage.delete_key_package(package.reference)
    assert alice.storage.pending_writes() == [("key_package", package.reference, None)]


def test_group_state_reaches_the_storage_by_save_alone(chat) -> None:
    pair = chat()
    alice, storage = pair.groups[0], pair.devices[0].storage
    storage.pending_writes()
    before = storage.entries()
    alice.encrypt(b"text")
    assert storage.entries() == before
    assert storage.pending_writes() == []
    alice.save()
    assert tables(storage) == [("group", True)]
    assert storage.group_ids() == [alice.group_id]


def test_an_idle_save_is_no_change(chat) -> None:
    pair = chat()
    pair.devices[0].storage.pending_writes()
    pair.groups[0].save()
    assert pair.devices[0].storage.pending_writes() == []


def test_a_commit_writes_the_group_and_one_past_epoch(chat) -> None:
    pair = chat()
    storage = pair.devices[1].storage
    storage.pending_writes()
    pair.advance()
    pair.save()
    writes = storage.pending_writes()
    group_id = pair.groups[1].group_id
    assert [(table, key) for table, key, _ in writes] == [
        ("epoch", group_id + (1).to_bytes(8, "big")),
        ("group", group_id),
    ]


def test_joining_deletes_the_key_package_when_saved(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    package = carol.client.generate_key_package(now=now)
    welcome = pair.groups[0].commit(now=now, add=[package.data]).welcome
    carol.storage.pending_writes()
    group = carol.client.join_group(welcome, now=now)
    assert carol.storage.pending_writes() == []
    group.save()
    assert tables(carol.storage) == [("group", True), ("key_package", False)]


def test_a_last_resort_key_package_stays(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    package = carol.client.generate_key_package(now=now, last_resort=True)
    assert package.last_resort
    welcome = pair.groups[0].commit(now=now, add=[package.data]).welcome
    carol.client.join_group(welcome, now=now).save()
    assert [table for table, _, _ in carol.storage.entries()] == ["group", "key_package"]


@pytest.mark.parametrize("retained", [0, 1, 5])
def test_only_the_retained_epochs_stay(chat, retained: int) -> None:
    pair = chat()
    storage = Storage(retained_epochs=retained)
    storage.load(pair.devices[1].storage.entries())
    bob = pair.devices[1].over(storage).load_group(pair.groups[1].group_id)
    for _ in range(7):
        commit = pair.groups[0].commit(now=pair.now).commit
        pair.groups[0].apply_pending_commit()
        bob.process(commit, now=pair.now)
        bob.save()
    kept = [int.from_bytes(key[-8:], "big") for table, key, _ in storage.entries() if table == "epoch"]
    assert kept == list(range(bob.epoch - retained, bob.epoch))


def test_dropped_epochs_are_pending_deletions(chat) -> None:
    pair = chat()
    storage = pair.devices[1].storage
    for _ in range(6):
        pair.advance()
        pair.save()
    storage.pending_writes()
    pair.advance()
    pair.save()
    assert tables(storage) == [("epoch", False), ("epoch", True), ("group", True)]


def test_entries_rebuild_the_storage(chat) -> None:
    pair = chat()
    pair.advance()
    pair.save()
    entries = pair.devices[0].storage.entries()
    assert entries == sorted(entries)
    storage = Storage()
    storage.load(iter(entries))
    assert storage.entries() == entries
    assert storage.pending_writes() == []
    group = pair.devices[0].over(storage).load_group(pair.groups[0].group_id)
    assert group.epoch_authenticator == pair.groups[1].epoch_authenticator


def test_deleting_a_group_deletes_its_epochs(chat) -> None:
    pair = chat()
    pair.advance()
    pair.save()
    storage, group_id = pair.devices[0].storage, pair.groups[0].group_id
    storage.pending_writes()
    storage.delete_group(group_id)
    storage.delete_group(group_id)
    assert tables(storage) == [("epoch", False), ("epoch", False), ("group", False)]
    assert storage.entries() == []
    with pytest.raises(GroupNotFound):
        pair.devices[0].client.load_group(group_id)


def test_groups_with_ids_that_begin_alike_are_apart(device, now) -> None:
    alice = device(b"alice")
    short = alice.client.create_group(now=now, group_id=b"g")
    long = alice.client.create_group(now=now, group_id=b"g" + bytes(8))
    for group in (short, long):
        group.commit(now=now)
        group.apply_pending_commit()
        group.save()
    alice.storage.delete_group(b"g")
    assert [key for _, key, _ in alice.storage.entries()] == [b"g" + bytes(16), b"g" + bytes(8)]


@pytest.mark.parametrize("table", TABLES)
def test_unknown_versions_and_damage_are_named(table: str, chat: Callable[..., object]) -> None:
    storage = Storage()
    with pytest.raises(StorageError, match="version 2"):
        storage.load([(table, b"key", b"\x02value")])
    for value in (b"", b"\x01", b"\x01\0\0\0", b"\x01\0\0\0\0x"):
        with pytest.raises(StorageError, match=table):
            storage.load([(table, b"key", value)])


def test_load_takes_all_or_nothing(chat) -> None:
    entries = chat().devices[0].storage.entries()
    storage = Storage()
    with pytest.raises(StorageError, match="no table"):
        storage.load([*entries, ("groups", b"key", entries[0][2])])
    assert storage.entries() == []


def test_load_overrides_what_was_pending() -> None:
    storage = Storage()
    storage.put_psk(b"id", b"secret")
    storage.load(storage.entries())
    assert storage.pending_writes() == []


def test_load_wants_triples() -> None:
    for bad in ([("psk", b"key")], [1], [("psk", "key", b"value")]):
        with pytest.raises((TypeError, ValueError)):
            Storage().load(bad)  # type: ignore[arg-type]
