"""What comes back in this device's own name: what it does not know is told, and new keys are made."""

from forging import MESSAGE_ID, forge, goes_on, verdicts
from lost_state import group_of, silence, speak
from mls_chat.envelope import Text, seal_envelope
from mls_chat.records import OutboxRecord, encode_record
from world import World, meet


def test_a_message_of_ones_own_from_a_lost_state() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        unknown = group.encrypt(seal_envelope(MESSAGE_ID, 1, Text("from a backup")))
    forge(ada, group_id, unknown, message_id=MESSAGE_ID)
    assert verdicts(ada, group_id) == ["own_lost"]
    assert bob.texts(group_id) == ["from a backup"]
    goes_on(ada, bob, group_id)


def test_a_message_that_waits_in_a_state_from_before_it_was_encrypted() -> None:
    """The row is known, the bytes are not: this state has not moved its keys on, and must not use them."""
    world = World()
    ada, bob, group_id = meet(world)
    silence(ada)
    earlier = dict(ada.rows)
    ada.say(group_id, "hello")
    row = ada.records(OutboxRecord)[0]
    assert row.mls_bytes
    row.mls_bytes = b""
    earlier[row.table, row.key] = encode_record(row)
    speak(world, ada)
    ada.rows = earlier
    ada.start()
    world.advance(60_000)
    assert group_of(ada, group_id).rejoined_at
    assert (ada.texts(group_id), verdicts(bob, group_id)) == (["hello"], [])
    goes_on(ada, bob, group_id)
    assert verdicts(bob, group_id) == []
