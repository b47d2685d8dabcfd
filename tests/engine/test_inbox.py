"""The ordered log: every entry gets its verdict, whatever a server or a member puts in, and the group goes on."""

import random

import pytest

from forging import goes_on, verdicts
from mls_chat.wire import frames
from mls_chat.wire.records import StoredMessage
from world import World, meet


def test_frames_delivered_ten_times() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "one")
    ada.say(group_id, "two")
    log = world.server.groups[group_id].log
    for _ in range(10):
        bob.push(frames.Deliver(group_id=group_id, messages=log[1:]))
    world.run()
    assert (bob.texts(group_id), verdicts(bob, group_id)) == (["one", "two"], [])
    assert (ada.texts(group_id), verdicts(ada, group_id)) == (["one", "two"], [])


def test_a_gap_is_pulled() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
    for text in ("one", "two"):
        ada.say(group_id, text)
    world.server.sockets[bob.device_id] = (push, cursors)
    assert "get_messages" not in world.server.calls
    ada.say(group_id, "three")
    assert bob.texts(group_id) == ["one", "two", "three"]
    assert world.server.calls.count("get_messages") == 1


def test_a_gap_noticed_while_pulling_is_pulled_too() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    for slow in (True, False):
        world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
        ada.say(group_id, f"lost {slow}")
        world.server.sockets[bob.device_id] = (push, cursors)
        bob.slow = True
        ada.say(group_id, f"heard {slow}")
    assert bob.texts(group_id) == []
    bob.release()
    assert bob.texts(group_id) == ["lost True", "heard True", "lost False", "heard False"]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_ends_in_the_servers_order(seed: int) -> None:

    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
    for number in range(40):
        ada.say(group_id, f"{number}")
    log = world.server.groups[group_id].log
    singles = [frames.Deliver(group_id=group_id, messages=[message]) for message in log]
    random.Random(seed).shuffle(singles)
    world.server.sockets[bob.device_id] = (push, cursors)
    for single in singles:
        bob.push(single)
    world.run()
    assert bob.texts(group_id) == [f"{number}" for number in range(40)]
    assert verdicts(bob, group_id) == []


def test_equal_numbers_of_many_groups_do_not_meet() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    groups = []
    for number in range(8):
        groups.append(ada.create_group(f"Group {number}"))
        bob.join(ada.invite(groups[-1]))
    for number in range(3):
        for group_id in groups:
            ada.say(group_id, f"{number}")
    assert [bob.texts(group_id) for group_id in groups] == [["0", "1", "2"]] * 8


def test_history_that_the_server_no_longer_has_is_named() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.drop()
    bob.online = False
    for text in ("gone", "kept"):
        ada.say(group_id, text)
    bob.online = True
    world.server.groups[group_id].first_seq = len(world.server.groups[group_id].log)
    world.advance(60_000)
    assert (verdicts(bob, group_id), bob.texts(group_id)) == (["history_gone"], ["kept"])
    goes_on(ada, bob, group_id)


def test_entries_of_unknown_groups_are_left_alone() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    before = dict(ada.rows)
    log: list[StoredMessage] = world.server.groups[group_id].log
    ada.push(frames.Deliver(group_id="00000000-0000-4000-8000-000000000000", messages=log))
    world.run()
    assert ada.rows == before
