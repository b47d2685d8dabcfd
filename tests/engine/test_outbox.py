"""Messages on their way: stored with their ciphertext first, in order, never a generation twice."""

import pytest

from mls_chat import events, view
from mls_chat.effects import SendFrame
from mls_chat.records import OutboxRecord
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit
from mls_chat.wire.limits import MAX_TEXT_BYTES
from world import Device, World, meet


def sends(device: Device) -> list[frames.Send]:
    decoded = [frames.decode_client(e.data) for s in device.steps for e in s.effects if isinstance(e, SendFrame)]
    return [frame for frame in decoded if isinstance(frame, frames.Send)]


def rotate(world: World, device: Device, group_id: str) -> None:
    """A commit of keys by hand; the server takes it before anybody has seen it."""
    with device.mls(group_id) as group:
        output, epoch = group.commit(now=world.now // 1000), group.epoch
    message_id = f"00000000-0000-4000-9000-{epoch:012d}"
    device.ask("send_commit", Commit(group_id=group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit))


def test_a_row_is_stored_before_it_is_sent_and_gone_when_it_came_back() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    ada.steps.clear()
    ada.say(group_id, "hello")
    first = next(step for step in ada.steps if any(isinstance(e, SendFrame) for e in step.effects))
    assert {write.table for write in first.writes} >= {"outbox", "groups", "mls"}
    assert ada.records(OutboxRecord) == []
    assert ada.states(group_id) == ["sent"]


def test_a_stale_epoch_is_encrypted_again_in_order() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.sockets[ada.device_id][1].pop(group_id)  # Ada sends without hearing
    rotate(world, bob, group_id)
    ada.steps.clear()
    for text in ("one", "two", "three"):
        ada.say(group_id, text)
    assert bob.texts(group_id) == []
    ada.drop()
    world.advance(1_000)
    assert ada.texts(group_id) == bob.texts(group_id) == ["one", "two", "three"]
    assert ada.states(group_id) == ["sent"] * 3
    by_id: dict[str, set[int]] = {}
    for frame in sends(ada):
        by_id.setdefault(frame.message_id, set()).add(frame.epoch)
    assert list(by_id.values()) == [{1, 2}] * 3
    assert bob.problems(group_id) == ada.problems(group_id) == []


def test_a_generation_is_never_used_twice() -> None:
    """The same ciphertext however often it is sent, another one only after a stale epoch."""
    world = World()
    ada, bob, group_id = meet(world)
    world.server.up = False
    ada.drop()
    for text in ("one", "two"):
        ada.say(group_id, text)
        ada.start()
    waiting = {row.message_id for row in ada.records(OutboxRecord)}
    assert len(waiting) == 2
    world.server.up = True
    for _ in range(3):
        ada.start()
        ada.drop()
    world.advance(5_000)
    sent = {(frame.message_id, frame.mls_bytes) for frame in sends(ada) if frame.message_id in waiting}
    assert len(sent) == len({data for _, data in sent}) == 2
    assert bob.texts(group_id) == ["one", "two"]


def test_an_acknowledgement_that_is_lost_ten_times() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    _, cursors = world.server.sockets[ada.device_id]
    world.server.sockets[ada.device_id] = (lambda frame: None, cursors)
    ada.say(group_id, "hello")
    for _ in range(10):
        world.server.sockets[ada.device_id] = (lambda frame: None, {})
        ada.drop()
        world.advance(40_000)
    assert bob.texts(group_id) == ada.texts(group_id) == ["hello"]
    assert ada.states(group_id) == ["sent"]


def refuse(device: Device, group_id: str, code: str, **facts: int) -> OutboxRecord:
    row = device.records(OutboxRecord)[-1]
    about = {"group_id": group_id, "message_id": row.message_id, "client_seq": row.client_seq}
    device.push(frames.Error(code=code, message="The server's sentence.", **about, **facts))  # type: ignore[arg-type]
    device.world.run()
    return row


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("message_too_large", "The message is too large."),
        ("not_a_member", "You are not a member of this group any more."),
        ("something_new", "The server's sentence."),
    ],
)
def test_a_refusal_is_shown_with_its_reason_and_can_be_retried(code: str, sentence: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.deaf = True
    ada.say(group_id, "hello")
    row = refuse(ada, group_id, code)
    line = ada.lines(group_id)[-1]
    assert (line.text, line.state, line.error, line.id) == ("hello", "failed", sentence, row.message_id)
    world.server.deaf = False
    ada.start()
    assert ada.states(group_id) == ["failed"]
    ada.do(events.RetryRequested(group_id=group_id, id=row.message_id))
    assert ada.states(group_id) == ["sent"]
    assert bob.texts(group_id) == ["hello"]
    again = sends(ada)[-1]
    assert again.message_id == row.message_id
    assert again.client_seq > row.client_seq
    assert again.mls_bytes != row.mls_bytes


def test_an_id_that_is_taken_by_something_else_is_replaced() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.deaf = True
    ada.say(group_id, "hello")
    row = refuse(ada, group_id, "message_id_conflict")
    world.server.deaf = False
    world.advance(10_000)
    assert (ada.states(group_id), bob.texts(group_id)) == (["sent"], ["hello"])
    assert sends(ada)[-1].message_id != row.message_id


def test_an_id_that_is_taken_by_the_same_message_stays() -> None:
    """Its bytes are another encryption of it: it is in the log once, and not sent again."""
    world = World()
    ada, bob, group_id = meet(world)
    _, cursors = world.server.sockets[ada.device_id]
    world.server.sockets[ada.device_id] = (lambda frame: None, cursors)
    ada.say(group_id, "hello")
    refuse(ada, group_id, "message_id_conflict")
    world.advance(10_000)
    assert (ada.states(group_id), bob.texts(group_id)) == (["sent"], ["hello"])


def test_a_retry_of_what_did_not_fail_does_nothing() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "hello")
    line = ada.lines(group_id)[-1]
    for group, message in ((group_id, line.id), (group_id, "x"), ("x", line.id)):
        ada.do(events.RetryRequested(group_id=group, id=message))
    assert bob.texts(group_id) == ["hello"]


@pytest.mark.parametrize("code", ["unavailable", "internal", "rate_limited"])
def test_the_servers_trouble_is_waited_out(code: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.deaf = True
    ada.say(group_id, "hello")
    refuse(ada, group_id, code)
    world.server.deaf = False
    assert ada.states(group_id) == ["sending"]
    world.advance(2_000)
    assert ada.states(group_id) == ["sent"]
    assert bob.texts(group_id) == ["hello"]


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("", "Write something first."),
        (" \n\t", "Write something first."),
        ("x" * (MAX_TEXT_BYTES + 1), "The message is longer than 64 KiB. Please split it."),
        ("\U0001f600" * 20_000, "The message is longer than 64 KiB. Please split it."),
    ],
)
def test_what_can_not_be_sent_is_told(text: str, notice: str) -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    before = dict(ada.rows)
    ada.say(group_id, text)
    assert ada.notices()[-1:] == [notice]
    assert ada.rows == before


@pytest.mark.parametrize("text", ["\u0000", "a\u202eb", "\U0001f469\u200d\U0001f680" * 1000, "x" * MAX_TEXT_BYTES])
def test_unusual_texts_arrive_as_they_are(text: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, text)
    assert ada.texts(group_id) == bob.texts(group_id) == [text]


def test_half_a_surrogate_pair_is_replaced() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "a\ud83db")
    assert ada.texts(group_id) == bob.texts(group_id) == ["a?b"]


def test_nothing_goes_to_an_unknown_group() -> None:
    world = World()
    ada = world.device("Ada")
    ada.say("00000000-0000-4000-8000-000000000000", "hello?")
    assert ada.notices() == ["This group can't receive messages."]


def test_what_waits_when_the_device_is_removed_is_handed_back() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.online = False
    bob.drop()
    bob.say(group_id, "too late")
    remove(world, ada, bob, group_id)
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    line = next(line for line in bob.lines(group_id) if line.own)
    assert (line.text, line.state) == ("too late", "failed")
    assert line.error == "You are not a member of this group any more."
    bob.do(events.RetryRequested(group_id=group_id, id=line.id))
    assert bob.notices()[-1] == "This group can't receive messages."
    assert next(line for line in bob.lines(group_id) if line.own).state == "failed"
    assert ada.texts(group_id) == []


def remove(world: World, by: Device, whom: Device, group_id: str) -> None:
    with by.mls(group_id) as group:
        leaf = next(m.leaf_index for m in group.members() if m.identity.decode().endswith(whom.device_id))
        output, epoch = group.commit(now=world.now // 1000, remove=[leaf]), group.epoch
    body = Commit(
        group_id=group_id,
        message_id="00000000-0000-4000-9000-000000000001",
        epoch=epoch,
        mls_bytes=output.commit,
        removed=[whom.device_id],
    )
    by.ask("send_commit", body)
    world.run()


def test_messages_of_a_group_that_the_server_does_not_know_yet_wait_for_it() -> None:
    world = World()
    ada = world.device("Ada")
    ada.online = False
    ada.drop()
    ada.do(events.GroupRequested(name="Tea"))
    group_id = ada.last(view.ChatsView).chats[0].group_id
    ada.say(group_id, "early")
    assert ada.states(group_id) == ["sending"]
    ada.online = True
    world.advance(60_000)
    assert ada.states(group_id) == ["sent"]


def test_a_server_that_is_behind_is_not_stormed() -> None:
    """It was restored from a backup, or lies: the message waits and is tried now and then."""
    world = World()
    ada, _bob, group_id = meet(world)
    world.server.groups[group_id].epoch = 0
    ada.steps.clear()
    ada.say(group_id, "hello")
    world.advance(10_000)
    assert ada.states(group_id) == ["sending"]
    assert 5 <= len(sends(ada)) <= 12
    assert len({frame.mls_bytes for frame in sends(ada)}) == 1
    world.server.groups[group_id].epoch = 1
    world.advance(3_000)
    assert ada.states(group_id) == ["sent"]


def test_what_is_of_a_newer_epoch_waits_for_the_older() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.deaf = True
    ada.say(group_id, "first, and lost")
    rotate(world, bob, group_id)
    world.run()
    world.server.deaf = False
    ada.say(group_id, "second")
    assert ada.states(group_id) == ["sending", "sending"]
    ada.drop()
    world.advance(1_000)
    assert bob.texts(group_id) == ada.texts(group_id) == ["first, and lost", "second"]
