"""Messages of the log: saved together, and one that fails takes no other with it, byte for byte."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest

from backends import NOW, advance, all_talk, store
from fire import BOB, Fire
from mls_chat.backend import Backend
from mls_chat.group_errors import GroupNotSaved, GroupTaken
from mls_chat.readable_group import ReadableGroup, Received
from mls_rs_python import (
    ApplicationMessage,
    DecryptionFailed,
    DuplicateMessage,
    GroupNotFound,
    InvalidMessage,
    MlsError,
    StorageError,
    WrongGroup,
)
from tripwire import Tripped, Tripwire, When

ORDER: Final = (1, 0, 4, 3, 2, 5, 6)
"""In which what was sent comes. One more never does: its key is stored, and several would be in any order."""
SAVERS: Final[dict[str, Callable[[Backend, bytes], Any]]] = {
    "pending_writes": lambda backend, _: backend.pending_writes(),
    "export_state": lambda backend, _: backend.export_state(),
    "snapshot_group": lambda backend, group_id: backend.snapshot_group(group_id),
    "checksum_of": lambda backend, group_id: backend.checksum_of(group_id),
}


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Tripwire:
    return Tripwire(monkeypatch)


class Refused(Exception):
    pass


def refuse(_group: ReadableGroup, _received: Received) -> None:
    raise Refused


def burst(fire: Fire) -> list[bytes]:
    """Texts of Ada and Cleo, with late ones of a past epoch between them."""
    with fire.ada.take(fire.group_id) as group:
        group.encrypt(b"uses the keys of what Ada has taken back")
        sent = [group.encrypt(b"%d" % number) for number in range(7)]
    return [sent[number] for number in ORDER] + [fire.messages["late"], fire.messages["of Cleo"]]


def one_by_one(fire: Fire, messages: list[bytes]) -> Backend:
    """A twin of Bob who saves each message for itself."""
    twin = fire.restarted()
    for message in messages:
        with twin.take(fire.group_id) as group:
            group.process(message, now=NOW)
    return twin


def read(backend: Backend, fire: Fire, messages: list[bytes]) -> list[bytes]:
    received = [backend.process(fire.group_id, message, now=NOW) for message in messages]
    return [each.data for each in received if isinstance(each, ApplicationMessage)]


def test_a_burst_is_saved_once(wire: Tripwire) -> None:
    fire = Fire()
    messages = burst(fire)
    wire.disarm()
    assert read(fire.bob, fire, messages) == [*(b"%d" % number for number in ORDER), b"late", b"from Cleo"]
    assert "Group.save" not in wire.calls
    changes = fire.bob.pending_writes()
    assert wire.calls.count("Group.save") == 1
    assert fire.bob.pending_writes() == []
    fire.bob.export_state()
    assert wire.calls.count("Group.save") == 1
    assert changes == one_by_one(fire, messages).pending_writes()


@pytest.mark.parametrize("name", SAVERS)
def test_all_that_is_handed_out_is_as_of_the_last_message(name: str) -> None:
    fire = Fire()
    messages = burst(fire)
    read(fire.bob, fire, messages)
    twin = one_by_one(fire, messages)
    assert SAVERS[name](fire.bob, fire.group_id) == SAVERS[name](twin, fire.group_id)


def test_a_taker_has_what_was_processed_and_cannot_lose_it() -> None:
    fire = Fire()
    messages = burst(fire)
    read(fire.bob, fire, messages)
    with pytest.raises(DuplicateMessage), fire.bob.take(fire.group_id) as group:
        group.encrypt(b"never sent")
        group.process(messages[0], now=NOW)
    assert fire.bob.export_state() == one_by_one(fire, messages).export_state()


def test_a_group_that_is_replaced_goes_with_what_it_had_processed() -> None:
    fire = Fire()
    read(fire.bob, fire, burst(fire))
    fire.bob.restore_group(fire.group_id, fire.snapshot)
    assert fire.bob.export_state() == fire.before
    read(fire.bob, fire, [fire.messages["application"]])
    fire.bob.forget_group(fire.group_id)
    assert not fire.bob.has_group(fire.group_id)
    with pytest.raises(GroupNotFound):
        fire.bob.look(fire.group_id)


@pytest.mark.parametrize("kind", ["commit", "external", "proposal", "removal"])
def test_a_commit_or_proposal_is_saved_at_once(kind: str, wire: Tripwire) -> None:
    fire = Fire()
    messages = [fire.messages["of Cleo"], fire.messages[kind]]
    wire.disarm()
    read(fire.bob, fire, messages)
    assert wire.calls[-1] == "Group.save"
    wire.disarm()
    changes = fire.bob.pending_writes()
    assert "Group.save" not in wire.calls
    assert changes == one_by_one(fire, messages).pending_writes()


BAD: Final[dict[str, tuple[type[Exception], Callable[[Fire], bytes]]]] = {
    "garbage": (InvalidMessage, lambda _: b"garbage"),
    "a spoiled message": (DecryptionFailed, lambda fire: spoiled(fire.messages["application"])),
    "a spoiled late message": (DecryptionFailed, lambda fire: spoiled(fire.messages["late"])),
    "a spoiled commit": (DecryptionFailed, lambda fire: spoiled(fire.messages["commit"])),
    "a message twice": (DuplicateMessage, lambda fire: fire.messages["of Cleo"]),
    "a message of another group": (WrongGroup, lambda fire: of_another_group(fire)),
}


def spoiled(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def of_another_group(fire: Fire) -> bytes:
    other = fire.ada.create_group(now=NOW, group_data=b"other")
    with fire.ada.take(other) as group:
        return group.encrypt(b"text")


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("place", [0, 1, 4, 8])
def test_a_failing_message_in_the_middle_takes_no_other_with_it(name: str, place: int) -> None:
    fire = Fire()
    error, make = BAD[name]
    good, bad = burst(fire), make(fire)
    good.insert(0, good.pop())
    if name == "a message twice" and place == 0:
        place = 1
    read(fire.bob, fire, good[:place])
    for _ in range(2):
        with pytest.raises(error):
            fire.bob.process(fire.group_id, bad, now=NOW)
    read(fire.bob, fire, good[place:])
    assert fire.bob.export_state() == one_by_one(fire, good).export_state()
    assert fire.bob.pending_writes() == one_by_one(fire, good).pending_writes()


@pytest.mark.parametrize("kind", ["application", "late", "commit", "proposal"])
def test_what_the_check_refuses_is_as_if_it_had_not_come(kind: str) -> None:
    fire = Fire()
    good, refused = [fire.messages["of Cleo"]], fire.messages[kind]
    read(fire.bob, fire, good)
    with pytest.raises(Refused):
        fire.bob.process(fire.group_id, refused, now=NOW, check=refuse)
    assert fire.bob.export_state() == one_by_one(fire, good).export_state()
    read(fire.bob, fire, [refused])
    assert fire.bob.export_state() == one_by_one(fire, [*good, refused]).export_state()


def test_the_check_sees_the_group_and_what_came() -> None:
    fire = Fire()
    seen = []

    def check(group: ReadableGroup, received: Received) -> None:
        assert isinstance(received, ApplicationMessage)
        seen.append((group.group_id, received.data))
        with pytest.raises(GroupTaken):
            fire.bob.look(fire.group_id)

    fire.bob.process(fire.group_id, fire.messages["application"], now=NOW, check=check)
    assert seen == [(fire.group_id, b"text")]


def test_a_flood_of_garbage_saves_nothing_again(wire: Tripwire) -> None:
    fire = Fire()
    read(fire.bob, fire, burst(fire))
    wire.disarm()
    for _ in range(20):
        with pytest.raises(InvalidMessage):
            fire.bob.process(fire.group_id, b"garbage", now=NOW)
    assert wire.calls.count("Group.save") == 1
    assert wire.calls.count("Client.load_group") < 20


def test_between_two_saves_a_crash_leaves_what_was_saved() -> None:
    fire = Fire()
    messages = burst(fire)
    read(fire.bob, fire, messages[:3])
    store(fire.disk, fire.bob)
    after_three = one_by_one(fire, []).export_state()
    read(fire.bob, fire, messages[3:])
    fire.bob = fire.members[BOB] = fire.restarted()
    assert fire.bob.export_state() == after_three
    assert len(read(fire.bob, fire, messages[3:])) == len(messages) - 3
    fire.is_whole()
    advance(fire.ada, [fire.bob, fire.cleo], fire.group_id)
    all_talk(fire.members, fire.group_id)


@pytest.mark.parametrize("ending", ["saved by the next", "spoiled by the last"])
def test_whatever_call_fails_in_a_burst(ending: str, wire: Tripwire) -> None:
    """What is there afterwards is what was saved last: nothing of the burst, or all of it."""
    last = spoiled if ending == "spoiled by the last" else bytes
    fire = Fire()
    wire.disarm()
    run(fire, last)
    calls = list(wire.calls)
    assert calls.count("Group.save") == 1
    for number in range(len(calls)):
        for when in ("before", "after"):
            burn(wire, number, when, last)


def run(fire: Fire, last: Callable[[bytes], bytes]) -> None:
    for kind in ("of Cleo", "late"):
        fire.bob.process(fire.group_id, fire.messages[kind], now=NOW)
    with suppress(DecryptionFailed):
        fire.bob.process(fire.group_id, last(fire.messages["application"]), now=NOW)
    fire.bob.checksum_of(fire.group_id)


def burn(wire: Tripwire, number: int, when: When, last: Callable[[bytes], bytes]) -> None:
    fire = Fire()
    kinds = ["of Cleo", "late"] + ["application"] * (last is bytes)
    done = one_by_one(fire, [fire.messages[kind] for kind in kinds]).export_state()
    wire.arm(number, when)
    with pytest.raises(Tripped):
        run(fire, last)
    saved = "Group.save" in wire.calls[:-1] or (wire.calls[-1], when) == ("Group.save", "after")
    wire.disarm()
    if saved:
        assert fire.bob.export_state() == done
    else:
        fire.is_as_before()
        run(fire, last)
    fire.is_whole()
    fire.bob.restore_group(fire.group_id, fire.snapshot)
    fire.goes_on()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["Group.save", "Client.load_group"])
def test_a_save_that_fails_has_its_own_name(call: str, when: When, wire: Tripwire) -> None:
    """It must not pass for a fault of the message, which would be set aside while others are gone."""
    fire = Fire()
    wire.error = StorageError
    read(fire.bob, fire, [fire.messages["of Cleo"]])
    wire.arm({"Group.save": 3, "Client.load_group": 1}[call], when)
    assert not issubclass(GroupNotSaved, MlsError)
    with pytest.raises(Exception) as caught:
        fire.bob.process(fire.group_id, b"garbage", now=NOW)
    assert (wire.calls[-1], isinstance(caught.value, MlsError)) == (call, False)


def test_looking_sees_what_was_processed_and_saves_nothing(wire: Tripwire) -> None:
    fire = Fire()
    fire.bob = fire.restarted()
    wire.disarm()
    before = fire.bob.look(fire.group_id).epoch
    assert wire.calls == ["Client.load_group"]
    read(fire.bob, fire, [fire.messages["of Cleo"]])
    assert fire.bob.look(fire.group_id).epoch == before
    assert "Group.save" not in wire.calls
    read(fire.bob, fire, [fire.messages["commit"]])
    assert fire.bob.look(fire.group_id).epoch == before + 1


def test_a_taken_group_is_not_looked_at() -> None:
    fire = Fire()
    with fire.bob.take(fire.group_id):
        with pytest.raises(GroupTaken):
            fire.bob.look(fire.group_id)
        with pytest.raises(GroupTaken):
            fire.bob.process(fire.group_id, fire.messages["application"], now=NOW)
    fire.is_as_before()
