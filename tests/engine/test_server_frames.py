"""Frames of the delivery channel: what can't be understood or is refused is told, a removal is looked up in the log."""

from mls_chat import events
from mls_chat.wire import frames
from world import World, meet


def test_a_frame_that_this_version_does_not_understand_is_told() -> None:
    ada = World().device("Ada")
    ada.do(events.FrameReceived(b"\xc1"))
    [told] = ada.notices()
    assert told.startswith("The server sent something that this version does not understand: ")


def test_an_error_that_concerns_nothing_of_ours_is_told() -> None:
    ada = World().device("Ada")
    ada.push(frames.Error(code="overloaded", message="Too much at once"))
    ada.world.run()
    assert ada.notices() == ["The server says: Too much at once"]


def test_the_word_of_a_removal_is_compared_with_the_log() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for frame in (
        frames.Removed(group_id=group_id),
        frames.Error(code="not_a_member", message="No", group_id=group_id),
    ):
        before = world.server.calls.count("get_messages")
        bob.push(frame)
        world.run()
        assert world.server.calls.count("get_messages") == before + 1
    assert bob.notices() == []
    ada.say(group_id, "you are still here")
    assert bob.texts(group_id) == ["you are still here"]
