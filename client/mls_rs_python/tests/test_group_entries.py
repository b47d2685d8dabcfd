"""One group's entries: taken out, and put in place of what the storage has of it."""

import pytest

from mls_rs_python import GroupNotFound, Storage, StorageError, UsageError


@pytest.fixture
def advanced(chat):
    """A pair in epoch 3, with two past epochs, and nothing pending."""
    pair = chat()
    for _ in range(2):
        pair.advance()
    pair.save()
    for device in pair.devices:
        device.storage.pending_writes()
    return pair


def test_the_entries_of_one_group(advanced, now) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    before = bob.storage.group_entries(group_id)
    # ids that begin alike, and a psk and a key package under the group's id, are something else
    for other in (group_id[:-8], group_id + bytes(8)):
        bob.client.create_group(now=now, group_id=other).save()
    bob.storage.put_psk(group_id, b"secret")
    bob.client.generate_key_package(now=now)
    assert bob.storage.group_entries(group_id) == before
    assert [(table, key) for table, key, _ in before] == [
        ("epoch", group_id + (1).to_bytes(8, "big")),
        ("epoch", group_id + (2).to_bytes(8, "big")),
        ("group", group_id),
    ]
    assert bob.storage.group_entries(b"nobody") == []


def test_replacing_reports_what_differs(advanced) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    earlier = bob.storage.group_entries(group_id)
    advanced.advance()
    advanced.save()
    bob.storage.pending_writes()
    bob.storage.replace_group(group_id, earlier)
    assert bob.storage.pending_writes() == [
        ("epoch", group_id + (3).to_bytes(8, "big"), None),
        ("group", group_id, earlier[-1][2]),
    ]
    assert bob.storage.entries() == earlier
    bob.storage.replace_group(group_id, iter(earlier))
    assert bob.storage.pending_writes() == []
    assert bob.client.load_group(group_id).epoch == 3


def test_replacing_touches_nothing_else(advanced, now) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    other = bob.client.create_group(now=now, group_id=group_id + bytes(8))
    other.save()
    bob.storage.put_psk(b"id", b"secret")
    bob.storage.pending_writes()
    bob.storage.replace_group(group_id, [entry for entry in bob.storage.group_entries(group_id) if entry[0] == "group"])
    assert [(table, value) for table, _, value in bob.storage.pending_writes()] == [("epoch", None)] * 2
    assert bob.client.load_group(other.group_id).epoch == 0


def test_a_group_that_was_not_there(advanced) -> None:
    entries, group_id = advanced.devices[1].storage.entries(), advanced.groups[1].group_id
    storage = Storage()
    storage.replace_group(group_id, entries)
    assert storage.pending_writes() == entries
    assert advanced.devices[1].over(storage).load_group(group_id).epoch == 3


def test_what_makes_no_group_is_refused_and_changes_nothing(advanced, chat) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    entries = bob.storage.entries()
    epochs, [own] = entries[:-1], entries[-1:]
    foreign = chat().devices[0].storage.entries()
    storage = Storage()
    storage.put_psk(group_id, b"secret")
    for bad in ([], epochs, foreign, [own, *foreign], [own, *storage.entries()], [own, ("epoch", b"short", own[2])]):
        with pytest.raises(UsageError):
            bob.storage.replace_group(group_id, bad)
    for bad in ([*epochs, (*own[:2], own[2][:-1])], [own, ("epochs", group_id, own[2])]):
        with pytest.raises(StorageError):
            bob.storage.replace_group(group_id, bad)
    assert (bob.storage.entries(), bob.storage.pending_writes()) == (entries, [])


def test_a_deleted_group_leaves_its_namesakes(advanced, now) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    other = bob.client.create_group(now=now, group_id=group_id + bytes(8))
    other.save()
    bob.storage.delete_group(group_id)
    with pytest.raises(GroupNotFound):
        bob.client.load_group(group_id)
    assert bob.client.load_group(other.group_id).epoch == 0


def test_a_state_under_another_group_s_key(advanced) -> None:
    bob, group_id = advanced.devices[1], advanced.groups[1].group_id
    [(table, _, value)] = bob.storage.entries()[-1:]
    storage = Storage()
    storage.load([(table, b"elsewhere", value)])
    with pytest.raises(StorageError, match="another group"):
        bob.over(storage).load_group(b"elsewhere")
    storage.load([(table, group_id, value)])
    assert bob.over(storage).load_group(group_id).epoch == 3
