"""The ordered log: every entry gets its verdict, whatever a server or a member puts in, and the group goes on."""

import itertools
import random
from typing import Any

import msgspec
import pytest

from forging import MESSAGE_ID, ciphertext, forge, goes_on, verdicts
from mls_chat.envelope import Text, seal_envelope
from mls_chat.padding import pad
from mls_chat.wire import frames
from mls_chat.wire.records import StoredMessage
from world import World, meet, meet_three


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x00" * 300, b"\x00\x01\x00\x02" + b"\xff" * 60])
def test_garbage_is_corrupt(data: bytes) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    before = bob.stored_mls()
    forge(ada, group_id, data)
    assert verdicts(bob, group_id) == ["corrupt"]
    assert bob.stored_mls() == before
    goes_on(ada, bob, group_id)


def test_every_flipped_byte_of_a_ciphertext_is_noticed_and_the_true_one_is_read_after_all() -> None:
    flips, done = 2, False
    for first in itertools.count(0, 7 * flips):
        if done:
            break
        world = World()
        ada, bob, group_id = meet(world)
        sent = ciphertext(ada, group_id, "hello")
        world.server.sockets[ada.device_id][1].pop(group_id)  # the one whose name is used hears nothing of it
        places = [place for place in range(first, first + 7 * flips, 7) if place < len(sent)]
        done = len(places) < flips
        for place in places:
            forge(ada, group_id, sent[:place] + bytes([sent[place] ^ 1]) + sent[place + 1 :], message_id=MESSAGE_ID)
        assert set(verdicts(bob, group_id)) <= {"corrupt", "header_mismatch"}
        assert (len(verdicts(bob, group_id)), bob.texts(group_id)) == (len(places), [])
        forge(ada, group_id, sent, message_id=MESSAGE_ID)
        assert bob.texts(group_id) == ["hello"]


@pytest.mark.parametrize("lies", [{"epoch": 0}, {"epoch": 7}, {"msg_kind": "proposal"}])
def test_a_header_that_contradicts_the_declaration(lies: dict[str, Any]) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, ciphertext(ada, group_id, "hello"), message_id=MESSAGE_ID, **lies)
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)


def test_a_message_of_another_group() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    other = ada.create_group("Coffee")
    bob.join(ada.invite(other))
    forge(ada, group_id, ciphertext(ada, other, "hello"), message_id=MESSAGE_ID)
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)
    goes_on(ada, bob, other)


def test_a_sender_that_is_not_the_one_declared() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    facts = {"user_id": cleo.account["user_id"], "device_id": cleo.device_id}
    forge(ada, group_id, ciphertext(ada, group_id, "I am Cleo"), message_id=MESSAGE_ID, **facts)
    assert verdicts(bob, group_id) == ["wrong_sender"]
    goes_on(ada, bob, group_id)
    goes_on(cleo, bob, group_id)


def test_a_ciphertext_repeated_under_a_new_id() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    sent = ciphertext(ada, group_id, "hello")
    forge(ada, group_id, sent, message_id=MESSAGE_ID)
    forge(ada, group_id, sent)
    assert (bob.texts(group_id), verdicts(bob, group_id)) == (["hello"], ["used_keys"])
    goes_on(ada, bob, group_id)


def test_a_ciphertext_under_an_id_that_it_does_not_carry() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, ciphertext(ada, group_id, "hello"))
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)


def test_another_members_message_id_does_not_replace_the_line() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    ada.say(group_id, "I am right")
    taken = ada.lines(group_id)[-1].id
    forge(bob, group_id, ciphertext(bob, group_id, "I am wrong", taken), message_id=taken)
    for device in (ada, cleo):
        assert device.texts(group_id) == ["I am right", "I am wrong"]
        assert len({line.id for line in device.lines(group_id)}) == len(device.lines(group_id))


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


def test_a_proposal_is_set_aside_and_sending_goes_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        proposal = group.propose_update()
        group.clear_pending_proposals()
    forge(ada, group_id, proposal, msg_kind="proposal")
    assert verdicts(bob, group_id) == ["proposal"]
    goes_on(ada, bob, group_id)


def test_a_message_of_ones_own_from_a_lost_state() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        unknown = group.encrypt(seal_envelope(MESSAGE_ID, 1, Text("from a backup")))
    forge(ada, group_id, unknown, message_id=MESSAGE_ID)
    assert verdicts(ada, group_id) == ["own_lost"]
    assert bob.texts(group_id) == ["from a backup"]
    goes_on(ada, bob, group_id)


def test_an_unreadable_envelope_needs_a_newer_version() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for content in (b"", b"not an envelope", b"\x91" * 100_000):
        with ada.mls(group_id) as group:
            sent = group.encrypt(content)
        forge(ada, group_id, sent)
    newer = {"v": 2, "id": MESSAGE_ID, "sent_at": 1, "kind": "poll", "body": {}}
    for more in ({}, {"fallback": "Tea or coffee?"}):
        with ada.mls(group_id) as group:
            sent = group.encrypt(pad(msgspec.msgpack.encode(newer | more)))
        forge(ada, group_id, sent, message_id=MESSAGE_ID)
    assert verdicts(bob, group_id) == ["not_understood"] * 4
    assert bob.texts(group_id) == ["Tea or coffee?"]
    goes_on(ada, bob, group_id)


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
