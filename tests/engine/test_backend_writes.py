"""The pending writes are exactly the rows that changed: a message costs its change, not the state."""

from collections.abc import Callable
from typing import Final

import pytest

from backends import DAY, NOW, advance, store
from fire import Fire
from mls_chat.backend import RETAINED_EPOCHS, Backend
from mls_chat.stored_entries import Change, import_state
from mls_rs_python import Group

Row = tuple[str, str]
"""Table and what becomes of the row."""
GROUP: Final[Row] = ("group", "written")


def rows(fire: Fire, changes: list[Change]) -> list[Row]:
    """All of this group; each value is the one that is held now."""
    held = {(table, key): value for table, key, value in import_state(fire.bob.export_state())}
    for table, key, value in changes:
        assert table == "key_package" or key.startswith(fire.group_id)
        assert held.get((table, key)) == value
    return [(table, "gone" if value is None else "written") for table, _, value in changes]


def epochs(changes: list[Change]) -> list[int]:
    return [int.from_bytes(key[-8:], "big") for table, key, _ in changes if table == "epoch"]


def change(fire: Fire, *works: Callable[[Group], object]) -> list[Change]:
    with fire.bob.take(fire.group_id) as group:
        for work in works:
            work(group)
    return fire.bob.pending_writes()


def receive(fire: Fire, kind: str) -> list[Change]:
    return change(fire, lambda group: group.process(fire.messages[kind], now=NOW))


def test_one_message_sent_or_received_is_one_row() -> None:
    fire = Fire()
    for changes in (
        change(fire, lambda group: group.encrypt(b"text")),
        change(fire, *(lambda group: group.encrypt(b"text"),) * 5),
        receive(fire, "application"),
        receive(fire, "of Cleo"),
        change(fire, lambda group: group.commit(now=NOW)),
        receive(fire, "proposal"),
    ):
        assert [(table, key) for table, key, _ in changes] == [("group", fire.group_id)]
    assert rows(fire, changes) == [GROUP]
    assert fire.bob.pending_writes() == []


def test_a_late_message_writes_its_epoch_alone() -> None:
    fire = Fire()
    changes = receive(fire, "late")
    assert rows(fire, changes) == [("epoch", "written")]
    with fire.bob.take(fire.group_id) as group:
        assert epochs(changes) == [group.epoch - 3]


@pytest.mark.parametrize("kind", ["commit", "external"])
def test_a_commit_writes_the_epoch_that_ends(kind: str) -> None:
    fire = Fire()
    changes = receive(fire, kind)
    assert rows(fire, changes) == [("epoch", "written"), GROUP]
    with fire.bob.take(fire.group_id) as group:
        assert epochs(changes) == [group.epoch - 1]


def test_the_oldest_epoch_goes() -> None:
    fire = Fire()
    for _ in range(RETAINED_EPOCHS):
        advance(fire.ada, [fire.bob, fire.cleo], fire.group_id)
    store(fire.disk, fire.bob)
    advance(fire.ada, [fire.bob, fire.cleo], fire.group_id)
    changes = fire.bob.pending_writes()
    assert rows(fire, changes) == [("epoch", "gone"), ("epoch", "written"), GROUP]
    with fire.bob.take(fire.group_id) as group:
        assert epochs(changes) == [group.epoch - RETAINED_EPOCHS - 1, group.epoch - 1]


def test_a_commit_made_and_applied_at_once_is_one_change() -> None:
    fire = Fire()
    changes = change(fire, lambda group: group.commit(now=NOW), lambda group: group.apply_pending_commit())
    assert rows(fire, changes) == [("epoch", "written"), GROUP]


def test_looking_writes_nothing() -> None:
    fire = Fire()
    assert change(fire, lambda group: group.members(), lambda group: group.group_info()) == []
    fire.bob.inspect_group_info(fire.info)
    fire.bob.external_join(fire.info, now=NOW, remove_leaf=fire.leaf)
    fire.bob.snapshot_group(fire.group_id)
    fire.bob.open_welcome(fire.welcome, now=NOW)
    fire.bob.validate_key_package(fire.package, now=NOW)
    assert fire.bob.pending_writes() == []


def test_a_commit_made_and_given_up_leaves_the_state_alone_but_for_its_key() -> None:
    """The commit was encrypted with a key of the handshake ratchet, which must not be used again."""
    fire = Fire()
    changes = change(fire, lambda group: group.commit(now=NOW), lambda group: group.clear_pending_commit())
    assert rows(fire, changes) == [GROUP]


def test_joining_writes_the_group_and_takes_the_key_package() -> None:
    fire = Fire()
    fire.bob.adopt(fire.bob.open_welcome(fire.welcome, now=NOW))
    [(table, _, value), (other, _, gone)] = fire.bob.pending_writes()
    assert (table, other) == ("group", "key_package")
    assert value is not None
    assert gone is None


def test_a_key_package_is_one_row() -> None:
    fire = Fire()
    package = fire.bob.generate_key_package(now=NOW, lifetime=DAY)
    [(table, key, value)] = fire.bob.pending_writes()
    assert (table, key) == ("key_package", package.reference)
    assert value is not None
    fire.bob.forget_key_package(package.reference)
    assert fire.bob.pending_writes() == [("key_package", package.reference, None)]


def test_forgetting_takes_the_group_with_its_epochs_and_nothing_else() -> None:
    fire = Fire()
    own = [(table, key) for table, key, _ in fire.snapshot]
    fire.bob.forget_group(fire.group_id)
    assert fire.bob.pending_writes() == [(*row, None) for row in own]
    assert [row[0] for row in own].count("epoch") == 3


def test_a_new_backend_owes_nothing() -> None:
    fire = Fire()
    started: Backend = fire.restarted()
    assert started.pending_writes() == []
    assert started.export_state() == fire.before
