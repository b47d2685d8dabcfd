"""What a lost device needs: a GroupInfo that is missing, forged or old is not taken, and a true one is asked for."""

from forging import goes_on
from lost_state import alert, group_of, is_well, lose_state
from mls_chat import events
from world import World, meet


def test_a_group_info_that_is_missing_is_asked_of_who_is_online() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.groups[group_id].info = None
    ada.online = False
    ada.drop()
    lose_state(bob, group_id)
    world.advance(20_000)
    assert group_of(bob, group_id).lost
    found = alert(bob, group_id)
    assert found is not None
    assert (found.level, "as soon as another member is online" in found.text) == ("warning", True)
    ada.online = True
    ada.do(events.NetworkChanged(online=True))
    world.advance(120_000)
    is_well(bob, group_id)
    goes_on(ada, bob, group_id)


def test_a_forged_group_info_is_dropped_and_a_true_one_fetched() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    info = world.server.groups[group_id].info
    assert info is not None
    world.server.groups[group_id].info = (info[0], info[1][:-1] + bytes([info[1][-1] ^ 1]))
    lose_state(bob, group_id)
    world.advance(120_000)
    assert group_of(bob, group_id).lost
    assert "can't come back" in str(alert(bob, group_id))
    with ada.mls(group_id) as group:
        assert group.epoch == world.server.groups[group_id].epoch


def test_an_old_group_info_leads_nowhere() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    old = world.server.groups[group_id].info
    assert old is not None
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    world.server.groups[group_id].info = (old[0] + 1, old[1])  # served as one of this epoch
    before = world.server.groups[group_id].epoch
    bob.do(events.RejoinRequested(group_id=group_id))
    assert world.server.groups[group_id].epoch == before
    world.server.groups[group_id].info = None
    world.advance(240_000)
    is_well(bob, group_id)
    goes_on(ada, bob, group_id)
