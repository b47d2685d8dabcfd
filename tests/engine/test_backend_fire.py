"""Take and store under fire: whatever fails, and wherever, the group is whole and goes on with its peers."""

from collections.abc import Callable
from typing import Final

import pytest

from backends import DAY, NOW
from fire import Fire
from mls_rs_python import Group
from tripwire import Tripped, Tripwire, When

DURABLE: Final = {
    "Group.save",
    "Storage.replace_group",
    "Storage.delete_group",
    "Storage.delete_key_package",
    "Client.generate_key_package",
}
"""Calls after which the change is there: whoever is interrupted after one of them finds it done, and whole."""


Operation = Callable[[Fire], object]


def taking(*works: Callable[[Group, Fire], object]) -> Operation:
    def operation(fire: Fire) -> None:
        with fire.bob.take(fire.group_id) as group:
            for work in works:
                work(group, fire)

    return operation


def receiving(kind: str) -> Operation:
    return taking(lambda group, fire: group.process(fire.messages[kind], now=NOW))


def committing(*more: Callable[[Group, Fire], object]) -> Operation:
    return taking(lambda group, fire: group.commit(now=NOW, add=[fire.package], with_group_info=True), *more)


OPERATIONS: Final[dict[str, Operation]] = {
    "encrypt": taking(lambda group, _: group.encrypt(b"1"), lambda group, _: group.encrypt(b"2")),
    "receive a message": receiving("application"),
    "receive a message of a past epoch": receiving("late"),
    "receive a commit": receiving("commit"),
    "receive an external commit": receiving("external"),
    "receive the own removal": receiving("removal"),
    "receive a proposal": receiving("proposal"),
    "receive several": taking(
        lambda group, fire: group.process(fire.messages["application"], now=NOW),
        lambda group, fire: group.process(fire.messages["late"], now=NOW),
        lambda group, fire: group.process(fire.messages["commit"], now=NOW),
        lambda group, _: group.encrypt(b"answer"),
    ),
    "propose": taking(
        lambda group, _: group.propose_update(),
        lambda group, fire: group.propose_add(fire.package),
        lambda group, _: group.propose_remove(0),
        lambda group, _: group.clear_pending_proposals(),
    ),
    "commit": committing(),
    "commit and apply": committing(lambda group, _: group.apply_pending_commit()),
    "commit and clear": committing(lambda group, _: group.clear_pending_commit()),
    "commit a proposal of another": taking(
        lambda group, fire: group.process(fire.messages["proposal"], now=NOW),
        lambda group, _: group.commit(now=NOW),
        lambda group, _: group.apply_pending_commit(),
    ),
    "tell of the group": taking(
        lambda group, _: group.members(),
        lambda group, _: group.group_info(),
        lambda group, _: group.export_tree(),
        lambda group, _: group.export_secret(b"label", b"", 32),
    ),
    "create a group": lambda fire: fire.bob.create_group(now=NOW, group_data=b"new"),
    "open a Welcome": lambda fire: fire.bob.open_welcome(fire.welcome, now=NOW),
    "adopt a group": lambda fire: fire.bob.adopt(fire.bob.open_welcome(fire.welcome, now=NOW)),
    "adopt a group in place of one": lambda fire: fire.bob.adopt(fire.bob.open_welcome(fire.welcome_back, now=NOW)),
    "inspect a GroupInfo": lambda fire: fire.bob.inspect_group_info(fire.info),
    "join anew": lambda fire: fire.bob.external_join(fire.info, now=NOW, remove_leaf=fire.leaf),
    "replace the group": lambda fire: fire.bob.replace_group(fire.group_id, fire.rejoin.entries),
    "restore the group": lambda fire: fire.bob.restore_group(fire.group_id, fire.snapshot),
    "take a snapshot": lambda fire: fire.bob.snapshot_group(fire.group_id),
    "generate a key package": lambda fire: fire.bob.generate_key_package(now=NOW, lifetime=DAY),
    "validate a key package": lambda fire: fire.bob.validate_key_package(fire.package, now=NOW),
    "forget a key package": lambda fire: fire.bob.forget_key_package(fire.reference),
    "forget another group": lambda fire: fire.bob.forget_group(fire.second),
    "forget the group": lambda fire: fire.bob.forget_group(fire.group_id),
}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Tripwire:
    return Tripwire(monkeypatch)


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_call_fails(name: str, wire: Tripwire) -> None:
    operation, fire = OPERATIONS[name], Fire()
    wire.disarm()
    operation(fire)
    calls = list(wire.calls)
    assert calls
    for number, call in enumerate(calls):
        for when in ("before", "after"):
            burn(operation, wire, number, call, when)


def burn(operation: Operation, wire: Tripwire, number: int, call: str, when: When) -> None:
    fire = Fire()
    wire.arm(number, when)
    with pytest.raises(Tripped, match=call):
        operation(fire)
    wire.disarm()
    if when == "after" and call in DURABLE:
        fire.is_whole()
    else:
        fire.is_as_before()
        operation(fire)
    # back to the group as it was with its peers, and on
    fire.bob.restore_group(fire.group_id, fire.snapshot)
    fire.goes_on()
