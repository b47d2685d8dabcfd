"""What comes back in this device's own name: what it does not know is told, and new keys are made."""

from forging import MESSAGE_ID, forge, goes_on, verdicts
from mls_chat.envelope import Text, seal_envelope
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
