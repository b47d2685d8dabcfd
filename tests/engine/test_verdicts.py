"""Verdicts: what can't be read is told, and a device that reads too little gets new keys."""

from forging import goes_on, verdicts
from lost_state import group_of, is_well, lose_state
from mls_chat import events
from mls_chat.records import MLS_TABLE, encode_record
from world import World, meet, meet_three


def test_what_came_while_the_state_was_lost_is_named() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.online = False
    bob.drop()
    for number in range(3):
        ada.say(group_id, f"missed {number}")
    bob.online = True
    lose_state(bob, group_id)
    is_well(bob, group_id)
    assert bob.problems(group_id) == [
        "3 messages came while this device had lost its keys for this group and can't be read here."
    ]
    goes_on(ada, bob, group_id)


def test_three_unreadable_messages_in_a_row_bring_new_keys() -> None:
    """The state of one device has gone apart from the others', though the log is the same."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    bob.online = False
    bob.drop()
    before = {place: value for place, value in bob.rows.items() if place[0] == MLS_TABLE}
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    for place in [place for place in bob.rows if place[0] == MLS_TABLE]:
        del bob.rows[place]
    bob.rows |= before  # the MLS state is one epoch old, and nothing says so
    record = group_of(bob, group_id)
    record.state_check = b""
    bob.rows["groups", group_id] = encode_record(record)
    bob.start()
    for number in range(4):
        cleo.say(group_id, f"no. {number}")
    world.advance(60_000)
    is_well(bob, group_id)
    assert len(verdicts(bob, group_id)) >= 3
    goes_on(ada, bob, group_id)
