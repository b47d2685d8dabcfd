"""Coming back with new keys: lost, set back, copied or gone astray, the device ends where the others are."""

from typing import Any

import msgspec

from forging import forge, goes_on, verdicts
from lost_state import alert, group_of, is_well, lose_state
from mls_chat import events, view
from mls_chat.ports import FunctionRefused
from mls_chat.records import MLS_TABLE
from mls_chat.rejoins import AUTOMATIC_EVERY_MS
from mls_chat.wire.bodies import GroupInfoGet, GroupRejoin
from world import Device, Moment, World, meet, meet_three


def test_a_lost_state_is_replaced_while_nobody_else_is_online() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "before")
    ada.online = False
    ada.drop()
    lose_state(bob, group_id)
    is_well(bob, group_id)
    assert bob.texts(group_id) == ["before"]
    assert "You reconnected with new keys" in [line.text for line in bob.lines(group_id)]
    bob.say(group_id, "back")
    ada.online = True
    ada.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    assert "Bob reconnected with new keys" in [line.text for line in ada.lines(group_id)]
    goes_on(ada, bob, group_id)


def test_a_device_set_back_to_yesterday_never_uses_a_key_twice() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "known")
    yesterday = dict(bob.rows)
    for number in range(3):
        bob.say(group_id, f"forgotten {number}")
        ada.say(group_id, f"answer {number}")
    used = {m.mls_bytes for m in world.server.groups[group_id].log}
    bob.rows = yesterday
    bob.start()
    world.advance(10_000)
    is_well(bob, group_id)
    assert "own_lost" in verdicts(bob, group_id)
    assert [text for text in bob.texts(group_id) if text.startswith("answer")] == ["answer 0", "answer 1", "answer 2"]
    bob.say(group_id, "today")
    assert ada.texts(group_id)[-1] == "today"
    assert verdicts(ada, group_id) == []
    fresh = [m.mls_bytes for m in world.server.groups[group_id].log]
    assert len(fresh) == len(set(fresh)) > len(used)
    goes_on(ada, bob, group_id)


def test_a_text_written_after_the_set_back_waits_for_the_new_keys() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    yesterday = dict(bob.rows)
    bob.say(group_id, "forgotten")
    bob.rows, bob.online = yesterday, False
    bob.start()
    bob.say(group_id, "written offline")
    assert bob.states(group_id) == ["sending"]
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    assert ada.texts(group_id) == ["forgotten", "written offline"]
    assert (verdicts(ada, group_id), bob.states(group_id)) == ([], ["sent"])
    goes_on(ada, bob, group_id)


def copy_of(device: Device) -> Device:
    twin = Device(device.world)
    twin.rows = dict(device.rows)
    twin.start()
    return twin


def test_a_copied_profile_is_noticed_and_one_of_the_two_goes_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.online = False
    bob.drop()
    twin = copy_of(bob)
    twin.say(group_id, "from the copy")
    bob.online = True
    bob.say(group_id, "from the first")
    bob.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    twin.drop()
    world.advance(60_000)
    assert ada.texts(group_id).count("from the copy") == ada.texts(group_id).count("from the first") == 1
    assert verdicts(ada, group_id) == []
    assert [group_of(device, group_id).lost for device in (bob, twin)].count(True) <= 1
    told = [str(alert(device, group_id)) for device in (bob, twin)]
    assert any("Another copy of this device took its place" in text for text in told) or not any(
        group_of(device, group_id).lost for device in (bob, twin)
    )


def test_two_copies_do_not_fight_for_the_place() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    twin = copy_of(bob)
    for round_ in range(4):
        for device in (bob, twin):
            device.say(group_id, f"{round_}")
            device.drop()
            world.advance(40_000)
    rejoins = [m for m in world.server.groups[group_id].log if m.added and m.removed]
    assert 0 < len(rejoins) <= 4
    world.advance(AUTOMATIC_EVERY_MS)
    ada.say(group_id, "still here")
    assert ada.texts(group_id)[-1] == "still here"


def test_reconnect_by_hand() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    epoch = world.server.groups[group_id].epoch
    bob.do(events.RejoinRequested(group_id=group_id))
    assert world.server.groups[group_id].epoch == epoch + 1
    is_well(bob, group_id)
    goes_on(ada, bob, group_id)


def test_a_rejoin_that_goes_down_at_any_step_ends_well() -> None:
    moments: tuple[Moment, ...] = ("before the writes", "after the writes")
    for moment in moments:
        steps = 0
        while True:
            world = World()
            ada, bob, group_id = meet(world)
            at = len(bob.steps) + steps
            bob.crash_at = (at, moment)
            bob.do(events.RejoinRequested(group_id=group_id))
            crashed = len(bob.steps) > at
            world.advance(120_000)
            is_well(bob, group_id)
            goes_on(ada, bob, group_id)
            assert verdicts(ada, group_id) == []
            if not crashed:
                break
            steps += 1
        assert steps > 3


def test_a_rejoin_that_loses_the_race_begins_again() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.slow = True
    bob.do(events.RejoinRequested(group_id=group_id))
    held, bob.held = bob.held, []
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    bob.slow = False
    bob.do(*held)
    world.advance(60_000)
    is_well(bob, group_id)
    assert group_of(bob, group_id).name == "Coffee"
    goes_on(ada, bob, group_id)


def test_a_state_that_does_not_belong_to_the_rest_is_noticed_at_the_start() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    old = {place: value for place, value in bob.rows.items() if place[0] == MLS_TABLE}
    bob.say(group_id, "one more step")
    bob.rows |= old
    bob.start()
    is_well(bob, group_id)
    assert "You reconnected with new keys" in [line.text for line in bob.lines(group_id)]
    goes_on(bob, ada, group_id)


def test_a_group_whose_record_is_lost_comes_back_since_the_server_lists_it() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "remember me")
    del bob.rows["groups", group_id]
    bob.online = False
    bob.start()
    assert bob.last(view.ChatsView).chats == []
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(30_000)
    is_well(bob, group_id)
    assert group_of(bob, group_id).name == "Tea"
    assert "remember me" in bob.texts(group_id)
    goes_on(ada, bob, group_id)


def test_a_removed_member_never_comes_back_by_itself() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    ada.do(events.RemovalRequested(group_id=group_id, user_id=bob.account["user_id"]))
    for name, body in (
        ("group_info_get", GroupInfoGet(group_id=group_id)),
        ("group_rejoin", GroupRejoin(group_id=group_id, message_id=group_id, epoch=3, mls_bytes=b"x")),
    ):
        assert _code(bob, name, body) == "not_a_member"
    goes_on(ada, cleo, group_id)


def _code(device: Device, name: str, body: msgspec.Struct) -> str:
    try:
        device.ask(name, body)
    except FunctionRefused as refused:
        return refused.code
    return ""


def test_an_external_commit_for_somebody_elses_leaf_is_refused_by_all() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    with ada.mls(group_id) as group:
        info = group.group_info()
        leaf = next(m.leaf_index for m in group.members() if m.identity.decode().endswith(ada.device_id))
    backend: Any = bob.engine._context.backend
    try:
        made = backend.external_join(info, now=world.now // 1000, remove_leaf=leaf)
    except Exception as error:
        assert type(error).__name__ in ("InvalidProposal", "InvalidCommit")  # mls-rs refuses to make it
    else:
        forge(ada, group_id, made.commit, msg_kind="commit")
        assert set(verdicts(cleo, group_id)) == {"external_commit"}
    goes_on(ada, cleo, group_id)
