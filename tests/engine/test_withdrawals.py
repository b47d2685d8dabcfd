"""A commit that somebody can't follow: withdrawn while nobody has gone on from it, undone where it was applied."""

import msgspec
import pytest

from forging import forge, goes_on, rotate, verdicts
from lost_state import group_of, silence, speak
from mls_chat import events, view
from mls_chat.changes import MOST_WITHDRAWN
from mls_chat.ports import FunctionRefused
from mls_chat.records import ChangeRecord, CheckpointRecord
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit, CommitFlag
from world import Device, World, meet, meet_three


def flag(device: Device, group_id: str, server_seq: int) -> None:
    device.ask("commit_flag", CommitFlag(group_id=group_id, server_seq=server_seq))
    device.world.run()


def withdrawn_lines(device: Device, group_id: str) -> int:
    return sum("was withdrawn" in line.text for line in device.lines(group_id))


def test_who_followed_goes_back_and_the_intent_is_carried_out_again() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    silence(bob)
    epoch = world.server.groups[group_id].epoch
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    assert ada.records(CheckpointRecord)[-1].device_id == ada.device_id
    flag(bob, group_id, world.server.groups[group_id].head)
    assert world.server.groups[group_id].epoch == epoch + 1  # void, and made again
    speak(world, bob)
    assert [group_of(device, group_id).name for device in (ada, bob)] == ["Coffee", "Coffee"]
    assert [withdrawn_lines(device, group_id) for device in (ada, bob)] == [1, 1]
    assert sum("renamed" in line.text for line in bob.lines(group_id)) == 1
    goes_on(ada, bob, group_id)
    assert ada.records(CheckpointRecord) == bob.records(CheckpointRecord) == []


def test_an_intent_that_nobody_else_can_follow_is_given_up() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    silence(bob)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    for _ in range(MOST_WITHDRAWN):
        log = world.server.groups[group_id].log
        flag(bob, group_id, max(m.server_seq for m in log if m.msg_kind == "commit"))
    assert ada.notices() == ["The group could not be renamed: other members could not follow it."]
    assert ada.records(ChangeRecord) == []
    speak(world, bob)
    assert [group_of(device, group_id).name for device in (ada, bob)] == ["Tea", "Tea"]
    goes_on(ada, bob, group_id)


def test_what_the_committer_wrote_after_it_is_sent_again_and_stands_once() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(bob, cleo)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    ada.say(group_id, "after it")
    ada.say(group_id, "and more")
    commit = next(m for m in reversed(world.server.groups[group_id].log) if m.msg_kind == "commit")
    flag(bob, group_id, commit.server_seq)
    speak(world, bob, cleo)
    for device in (ada, bob, cleo):
        assert device.texts(group_id) == ["after it", "and more"]
    assert ada.states(group_id) == ["sent", "sent"]
    assert verdicts(bob, group_id) == ["withdrawn", "withdrawn"]
    goes_on(bob, cleo, group_id)


def test_several_commits_in_a_row_go_together() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    silence(bob)
    head = world.server.groups[group_id].head
    for name in ("One", "Two", "Three"):
        ada.do(events.RenameRequested(group_id=group_id, name=name))
    flag(bob, group_id, head + 1)
    speak(world, bob)
    assert len({group_of(device, group_id).name for device in (ada, bob)}) == 1
    assert ada.records(ChangeRecord) == []
    goes_on(ada, bob, group_id)


def test_whom_the_commit_removed_is_in_again() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(bob, cleo)
    ada.do(events.RemovalRequested(group_id=group_id, user_id=bob.account["user_id"]))
    log = world.server.groups[group_id].log
    ada.do(events.RejoinRequested(group_id=group_id))  # nothing of the intent is left on the committer's side
    commit = next(m for m in log if m.removed == [bob.device_id])
    flag(cleo, group_id, commit.server_seq)
    speak(world, cleo, bob)
    assert (
        world.server.groups[group_id].members[bob.device_id].left_seq is not None
        or group_of(bob, group_id).state == "active"
    )
    goes_on(ada, cleo, group_id)


def test_a_commit_that_another_has_confirmed_is_followed_by_a_rejoin() -> None:
    """Bob alone is given other bytes of a good commit."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    world.server.sockets[bob.device_id][1].pop(group_id)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    cleo.say(group_id, "I have it")
    log = world.server.groups[group_id].log
    commit = next(m for m in reversed(log) if m.msg_kind == "commit")
    broken = msgspec.structs.replace(commit, mls_bytes=commit.mls_bytes[:-1])
    bob.push(frames.Deliver(group_id=group_id, messages=[broken]))
    world.run()
    bob.drop()
    world.advance(60_000)
    group = group_of(bob, group_id)
    assert (group.lost, group.stuck_at, group.name) == (False, 0, "Coffee")
    assert any(m.added and m.removed for m in log)
    goes_on(ada, bob, group_id)


def test_rubbish_for_an_epoch_holds_nobody_up() -> None:
    """A member posts rubbish and stops: the next attempt goes through within seconds."""
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(ada)
    before = world.now
    bad = rotate(ada, group_id)
    ada.ask("send_commit", msgspec.structs.replace(bad, mls_bytes=b"rubbish"))
    bob.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    world.advance(9_000)
    assert world.now - before < 10_000
    assert [group_of(device, group_id).name for device in (bob, cleo)] == ["Coffee", "Coffee"]
    goes_on(bob, cleo, group_id)
    speak(world, ada)
    goes_on(ada, cleo, group_id)


def test_a_void_of_what_others_confirmed_is_an_alarm() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    cleo.say(group_id, "confirmed")
    log = world.server.groups[group_id].log
    commit = next(m for m in reversed(log) if m.msg_kind == "commit")
    forge(ada, group_id, b"", msg_kind="void", voids=commit.server_seq, epoch=commit.epoch)
    found = bob.last(view.ChatsView).chats[0].alert
    assert found is not None
    assert (found.level, "withdrew a change" in found.text) == ("danger", True)
    assert group_of(bob, group_id).name == "Coffee"


def test_a_joiner_whose_admission_was_withdrawn_comes_in_by_the_same_link() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    cleo = world.device("Cleo")
    fragment = ada.invite(group_id)
    silence(bob)
    cleo.on_wire = False
    cleo.drop()
    cleo.join(fragment)
    world.advance(11_000)
    assert group_of(cleo, group_id).state == "active"
    commit = next(m for m in reversed(world.server.groups[group_id].log) if m.added)
    flag(bob, group_id, commit.server_seq)
    cleo.on_wire = True
    speak(world, bob, cleo)
    assert group_of(cleo, group_id).state == "removed"
    cleo.join(fragment)
    world.advance(10_000)
    assert group_of(cleo, group_id).state == "active"
    goes_on(cleo, bob, group_id)


def test_a_commit_from_before_a_void_is_not_taken_after_it_and_is_made_anew() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    silence(ada)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    before = msgspec.msgpack.decode(ada.records(ChangeRecord)[0].commit, type=Commit)
    bob.ask("send_commit", rotate(bob, group_id, mls_bytes=b"rubbish"))
    world.run()
    assert world.server.groups[group_id].epoch == before.epoch  # somebody has flagged it
    with pytest.raises(FunctionRefused, match="stale_epoch"):
        ada.ask("send_commit", before)
    speak(world, ada)
    assert [group_of(device, group_id).name for device in (ada, bob, cleo)] == ["Coffee"] * 3
    goes_on(ada, cleo, group_id)
