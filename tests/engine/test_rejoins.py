"""Coming back with new keys: lost, set back, copied or gone astray, the device ends where the others are."""

from typing import Any

import msgspec

from forging import forge, goes_on, verdicts
from lost_state import alert, group_of, is_well, lose_state
from mls_chat import events, view
from mls_chat.ports import FunctionRefused
from mls_chat.records import MLS_TABLE, encode_record
from mls_chat.rejoins import AUTOMATIC_EVERY_MS
from mls_chat.wire import frames
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


def test_members_who_were_shown_different_histories_are_told_with_the_next_message() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    log = world.server.groups[group_id].log
    _, cursors = world.server.sockets[bob.device_id]
    since = cursors.pop(group_id)
    cleo.say(group_id, "withheld from Bob")
    # in its place Bob is given something else
    other = msgspec.structs.replace(log[-1], mls_bytes=log[-1].mls_bytes[:-1])
    bob.push(frames.Deliver(group_id=group_id, messages=[other]))
    world.run()
    assert alert(bob, group_id) is None
    cursors[group_id] = since + 1
    ada.say(group_id, "next")
    found = alert(bob, group_id)
    assert found is not None
    assert (found.level, found.action) == ("danger", "rejoin")
    assert "Ada and you were shown different histories" in found.text
    assert bob.texts(group_id) == ["next"]
    bob.say(group_id, "what was that?")
    assert [alert(device, group_id) for device in (ada, cleo)].count(None) == 0
    for device in (ada, bob, cleo):
        device.do(events.RejoinRequested(group_id=group_id))
        world.advance(10_000)
    assert [alert(device, group_id) for device in (ada, bob, cleo)] == [None] * 3
    goes_on(ada, bob, group_id)
    goes_on(bob, cleo, group_id)
    assert [alert(device, group_id) for device in (ada, bob, cleo)] == [None] * 3


def test_a_server_that_numbers_past_a_message_is_seen_with_the_next_one() -> None:
    """Bob is given Cleo's message as the first, although she had seen Ada's before it."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    log = world.server.groups[group_id].log
    world.server.sockets[bob.device_id][1].pop(group_id)
    ada.say(group_id, "withheld from Bob")
    cleo.say(group_id, "answer")
    moved = msgspec.structs.replace(log[-1], server_seq=log[-1].server_seq - 1)
    bob.push(frames.Deliver(group_id=group_id, messages=[moved]))
    world.run()
    assert "different histories" in str(alert(bob, group_id))


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
