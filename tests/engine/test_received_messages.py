"""Messages of others: whatever a server or a member puts in gets its verdict, and the group goes on."""

import itertools
from typing import Any

import msgspec
import pytest

from forging import MESSAGE_ID, ciphertext, forge, goes_on, verdicts
from lost_state import alert
from mls_chat import events
from mls_chat.padding import pad
from mls_chat.wire import frames
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


def test_a_proposal_is_set_aside_and_sending_goes_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        proposal = group.propose_update()
        group.clear_pending_proposals()
    forge(ada, group_id, proposal, msg_kind="proposal")
    assert verdicts(bob, group_id) == ["proposal"]
    goes_on(ada, bob, group_id)


def test_an_unreadable_envelope_needs_a_newer_version() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for content in (b"", b"not an envelope", b"\x91" * 100_000):
        with ada.mls(group_id) as group:
            sent = group.encrypt(content)
        ada.engine._parts.outbox.remember_sent(sent)  # she knows it for her own
        forge(ada, group_id, sent)
    newer = {"v": 2, "id": MESSAGE_ID, "sent_at": 1, "kind": "poll", "body": {}}
    for more in ({}, {"fallback": "Tea or coffee?"}):
        with ada.mls(group_id) as group:
            sent = group.encrypt(pad(msgspec.msgpack.encode(newer | more)))
        ada.engine._parts.outbox.remember_sent(sent)
        forge(ada, group_id, sent, message_id=MESSAGE_ID)
    assert verdicts(bob, group_id) == ["not_understood"] * 4
    assert bob.texts(group_id) == ["Tea or coffee?"]
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
