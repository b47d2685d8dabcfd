"""Stored entries as a blob, and what is loaded of them where some are damaged."""

import pytest

from backends import circle, device_keys
from mls_chat.stored_entries import StateUnreadable, encode_entries, import_state, load_sound
from mls_rs_python import Storage, StorageError


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"\x02",
        b"\x00\x90",
        b"\x01\xc1",
        b"\x01\x91\x01",
        b"\x01\x91\x93\xa1\xff\xc4\x00\xc4\x00",
        b"\x01" + b"\x91" * 50_000,
    ],
)
def test_a_blob_of_another_version_or_damaged_is_refused(blob: bytes) -> None:
    with pytest.raises(StateUnreadable):
        import_state(blob)


def test_a_blob_gives_back_its_entries() -> None:
    entries = [("group", b"id", b"value"), ("psk", b"", b"\0")]
    assert import_state(encode_entries(entries)) == entries


def test_only_the_damaged_group_is_left_out() -> None:
    (ada, _), group_id = circle(device_keys(1), device_keys(2))
    other = ada.create_group(now=1_800_000_000, group_data=b"other")
    entries = import_state(ada.export_state())
    of_group = {(table, key) for table, key, _ in ada.snapshot_group(group_id)}
    assert len(of_group) == 2
    for damaged in of_group:
        storage = Storage()
        spoiled = [(t, k, v[:-1] if (t, k) == damaged else v) for t, k, v in entries]
        assert load_sound(storage, spoiled) == {group_id: of_group}
        assert storage.entries() == ada.snapshot_group(other)


def test_sound_entries_are_all_loaded() -> None:
    (ada, _), _ = circle(device_keys(1), device_keys(2))
    entries, storage = import_state(ada.export_state()), Storage()
    assert load_sound(storage, entries) == {}
    assert storage.entries() == entries


@pytest.mark.parametrize("entry", [("key_package", b"id", b"\1"), ("psk", b"id", b""), ("lines", b"id", b"\1\0\0\0\0")])
def test_damage_elsewhere_is_refused(entry: tuple[str, bytes, bytes]) -> None:
    with pytest.raises(StorageError):
        load_sound(Storage(), [entry])
