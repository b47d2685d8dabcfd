"""Many entries of the log in one step: saved together, each with its own verdict."""

from typing import Final

import pytest

from forging import MESSAGE_ID, ciphertext, forge, goes_on, verdicts
from tripwire import Tripwire
from world import World, meet, meet_three

COUNT: Final = 40


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Tripwire:
    return Tripwire(monkeypatch)


def test_a_page_of_messages_is_saved_once(wire: Tripwire) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.disconnect()  # hears nothing until its page is opened again
    for number in range(COUNT):
        ada.say(group_id, f"{number}")
    wire.disarm()
    bob.start()
    assert wire.calls.count("Group.process") == COUNT
    assert wire.calls.count("Group.save") == 1
    assert bob.texts(group_id) == [f"{number}" for number in range(COUNT)]
    goes_on(ada, bob, group_id)


def test_what_is_set_aside_in_the_middle_of_a_page_takes_nothing_with_it() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    bob.disconnect()  # hears nothing until its page is opened again
    sent = ciphertext(ada, group_id, "true")
    facts = {"user_id": cleo.account["user_id"], "device_id": cleo.device_id}
    cleo.say(group_id, "one")
    forge(ada, group_id, sent, message_id=MESSAGE_ID, **facts)
    cleo.say(group_id, "two")
    forge(ada, group_id, b"garbage")
    cleo.say(group_id, "three")
    forge(ada, group_id, sent, message_id=MESSAGE_ID)
    bob.start()
    assert bob.texts(group_id) == ["one", "two", "three", "true"]
    assert verdicts(bob, group_id) == ["wrong_sender", "corrupt"]
    goes_on(cleo, bob, group_id)
