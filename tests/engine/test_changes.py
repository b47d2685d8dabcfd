"""Rename, remove, renew: each intent ends in the log or is told as failed, whoever else commits at the moment."""

from forging import goes_on
from mls_chat import events, view
from mls_chat.changes import ROTATE_AFTER_MS
from mls_chat.records import ChangeRecord, GroupRecord
from world import Device, Moment, World, meet, meet_three


def rename(device: Device, group_id: str, name: str) -> None:
    device.do(events.RenameRequested(group_id=group_id, name=name))


def system_lines(device: Device, group_id: str) -> list[str]:
    return [line.text for line in device.lines(group_id) if line.line == "system"]


def names(*devices: Device) -> list[str]:
    return [device.records(GroupRecord)[0].name for device in devices]


def test_a_new_name_reaches_everybody() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    rename(ada, group_id, "Coffee")
    assert names(ada, bob) == ["Coffee", "Coffee"]
    assert bob.last(view.ChatsView).chats[0].name == "Coffee"
    assert system_lines(bob, group_id)[-1] == "Ada renamed the group to “Coffee”"
    assert (ada.records(ChangeRecord), ada.notices()) == ([], [])
    goes_on(ada, bob, group_id)


def test_a_name_without_a_character_or_the_same_name_changes_nothing() -> None:
    world = World()
    ada, _, group_id = meet(world)
    epoch = world.server.groups[group_id].epoch
    rename(ada, group_id, "Tea")
    rename(ada, group_id, " \n")
    assert ada.notices() == ["Please give the group a name: at least one visible character."]
    assert world.server.groups[group_id].epoch == epoch


def test_renames_at_the_same_moment_both_happen_one_after_the_other() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    for device, name in ((ada, "A"), (bob, "B"), (cleo, "C")):
        device.slow = True
        rename(device, group_id, name)
    epoch = world.server.groups[group_id].epoch
    for device in (ada, bob, cleo):
        device.release()
        world.advance(1_000)
    assert len(set(names(ada, bob, cleo))) == 1
    assert world.server.groups[group_id].epoch >= epoch
    lines = [line for line in system_lines(ada, group_id) if "renamed" in line]
    assert sorted(line[-2] for line in lines) == ["A", "B", "C"]
    goes_on(ada, cleo, group_id)


def test_a_removed_person_is_told_and_the_rejoin_key_is_another() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    key = cleo.records(GroupRecord)[0].group_key
    ada.do(events.RemovalRequested(group_id=group_id, user_id=bob.account["user_id"]))
    assert bob.records(GroupRecord)[0].state == "removed"
    assert system_lines(cleo, group_id)[-1] == "Ada removed Bob"
    after = {device.records(GroupRecord)[0].group_key for device in (ada, cleo)}
    assert len(after) == 1
    assert key not in after
    assert cleo.records(GroupRecord)[0].key_stored
    goes_on(ada, cleo, group_id)


def test_nobody_removes_themselves_this_way() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.do(events.RemovalRequested(group_id=group_id, user_id=ada.account["user_id"]))
    assert ada.notices() == ["This person can't be removed now."]
    goes_on(ada, bob, group_id)


def test_somebody_who_was_removed_meanwhile_needs_no_second_commit() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    wanted = events.RemovalRequested(group_id=group_id, user_id=cleo.account["user_id"])
    bob.online = False
    bob.drop()
    bob.do(wanted)
    ada.do(wanted)
    epoch = world.server.groups[group_id].epoch
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    assert world.server.groups[group_id].epoch == epoch
    assert (bob.records(ChangeRecord), bob.notices()) == ([], [])
    goes_on(ada, bob, group_id)


def test_keys_are_renewed_once_they_are_old() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    epoch = world.server.groups[group_id].epoch
    world.now += ROTATE_AFTER_MS
    world.advance(120_000)
    assert world.server.groups[group_id].epoch > epoch
    assert all(world.now - each.committed_at < ROTATE_AFTER_MS for d in (ada, bob) for each in d.records(GroupRecord))
    goes_on(ada, bob, group_id)
    quiet = world.server.groups[group_id].epoch
    world.advance(600_000)
    assert world.server.groups[group_id].epoch == quiet


def test_a_rename_on_its_way_when_the_device_goes_down_arrives_once() -> None:
    moments: tuple[Moment, ...] = ("before the writes", "after the writes")
    for moment in moments:
        steps = 0
        while True:
            world = World()
            ada, bob, group_id = meet(world)
            at = len(ada.steps) + steps
            ada.crash_at = (at, moment)
            rename(ada, group_id, "Coffee")
            crashed = len(ada.steps) > at
            if not ada.records(ChangeRecord) and names(ada) == ["Tea"]:
                rename(ada, group_id, "Coffee")  # it went down before anything was stored: the person asks again
            world.advance(60_000)
            assert names(ada, bob) == ["Coffee", "Coffee"]
            assert sum("renamed" in line for line in system_lines(bob, group_id)) == 1
            goes_on(ada, bob, group_id)
            if not crashed:
                break
            steps += 1
        assert steps > 2
