"""F1 to F5: a device goes down at each of its steps in turn, before or after its writes; all end alike."""

from collections.abc import Callable

import pytest

from mls_chat import events, view
from world import Device, Moment, World

TEXTS = ["hello Bob", "hello Ada", "one more", "and mine"]


class Story:
    """Create, invite, join, chat both ways. A person who finds a thing not done after a crash does it again."""

    def __init__(self) -> None:
        self.world = World()
        self.ada, self.bob = Device(self.world), Device(self.world)

    def play(self) -> str:
        self.until(lambda: named(self.ada), lambda: self.ada.do(events.NameEntered(name="Ada")))
        self.until(lambda: named(self.bob), lambda: self.bob.do(events.NameEntered(name="Bob")))
        self.until(lambda: chats(self.ada) == 1, lambda: self.ada.do(events.GroupRequested(name="Tea")))
        group_id = self.ada.last(view.ChatsView).chats[0].group_id
        self.until(lambda: bool(link(self.ada)), lambda: self.ada.do(events.InviteRequested(group_id=group_id)))
        fragment = link(self.ada)
        join = (events.LinkOpened(fragment=fragment), events.JoinRequested())
        self.until(lambda: chats(self.bob) == 1, lambda: self.bob.do(*join))
        for number, text in enumerate(TEXTS):
            self.say(self.bob if number % 2 else self.ada, group_id, text)
        self.world.advance(90_000)
        return group_id

    def say(self, device: Device, group_id: str, text: str) -> None:
        self.until(lambda: text in device.texts(group_id), lambda: device.say(group_id, text))

    def until(self, done: Callable[[], bool], act: Callable[[], object]) -> None:
        for _ in range(5):
            if done():
                return
            act()
            if not done():
                self.world.advance(30_000)
        assert done()


def named(device: Device) -> bool:
    return device.last(view.SessionView).stage == "ready"


def chats(device: Device) -> int:
    shown = [v for v in device.shown if isinstance(v, view.ChatsView)]
    return len(shown[-1].chats) if shown else 0


def link(device: Device) -> str:
    shown = [v for v in device.shown if isinstance(v, view.InviteView) and v.fragment]
    return shown[-1].fragment if shown else ""


def check(story: Story, group_id: str) -> None:
    ada, bob = story.ada, story.bob
    assert ada.texts(group_id) == bob.texts(group_id) == TEXTS
    assert ada.authenticator(group_id) == bob.authenticator(group_id)
    assert ada.states(group_id) == bob.states(group_id) == ["sent"] * 2
    assert ada.problems(group_id) == bob.problems(group_id) == []
    log = story.world.server.groups[group_id].log
    assert [m.msg_kind for m in log].count("commit") == 1
    assert len({m.mls_bytes for m in log}) == len(log)
    left = {table for device in (ada, bob) for table, _ in device.rows} & {"outbox", "joins", "admissions"}
    assert not left


def steps_of(who: str) -> int:
    story = Story()
    story.play()
    device: Device = getattr(story, who)
    return len(device.steps)


@pytest.mark.parametrize("moment", ["before the writes", "after the writes"])
@pytest.mark.parametrize("who", ["ada", "bob"])
def test_a_crash_at_any_step_heals(who: str, moment: Moment) -> None:
    for step in range(steps_of(who)):
        story = Story()
        device: Device = getattr(story, who)
        device.crash_at = (step, moment)
        try:
            check(story, story.play())
        except Exception as error:
            error.add_note(f"{who} went down at step {step} {moment}")
            raise


def test_nothing_crashes_without_a_crash() -> None:
    story = Story()
    group_id = story.play()
    check(story, group_id)
    assert story.ada.notices() == story.bob.notices() == []
