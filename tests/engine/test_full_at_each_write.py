"""F38: at each write in turn there is no room for a while; the person does again what was not done; all end alike."""

import sys
from collections.abc import Callable, Sequence

import pytest

from desk import Desk, Disk, shown_texts
from mls_chat import events, view
from mls_chat.effects import Write
from mls_chat.runner import CAP_MS, NO_ROOM, ROOM_AGAIN
from world import Device, World

pytestmark = pytest.mark.skipif(sys.platform == "emscripten", reason="needs an event loop of its own")
TEXTS = ["from Ada", "from Bob", "once more", "and again"]


class FillsUp(Disk):
    """Has no room from the given write on, until somebody makes some."""

    def __init__(self, at: int | None) -> None:
        super().__init__()
        self.at, self.count = at, 0

    async def commit(self, writes: Sequence[Write]) -> None:
        self.full = self.full or self.count == self.at
        self.count += 1
        await super().commit(writes)


class Story:
    """Ada at a desk whose disk fills up, Bob on a device of his own."""

    def __init__(self, at: int | None) -> None:
        self.disk = FillsUp(at)
        self.desk = Desk(self.disk)
        self.world = World()
        self.world.server, self.world.now = self.desk.server, self.desk.clock.time
        self.bob: Device | None = None
        self.told = 0

    async def settle(self) -> None:
        for _ in range(3):
            await self.desk.settle()
            self.world.now = self.desk.clock.time
            self.world.run()
        if self.disk.full:
            assert self.desk.notices[-1] == NO_ROOM
            self.told += 1
            self.disk.full, self.disk.at = False, None
            await self.desk.settle(2 * CAP_MS)
            assert ROOM_AGAIN in self.desk.notices
            await self.settle()

    async def until(self, done: Callable[[], bool], *asked: events.Event) -> None:
        """As a person does: again what did not happen."""
        for _ in range(3):
            if done():
                return
            for event in asked:
                self.desk.runner.post(event)
            await self.settle()
        assert done()

    def last(self, kind: type[view.View]) -> view.View | None:
        return next((shown for shown in reversed(self.desk.shown) if isinstance(shown, kind)), None)

    @property
    def chats(self) -> list[view.ChatSummary]:
        found = self.last(view.ChatsView)
        return found.chats if isinstance(found, view.ChatsView) else []

    @property
    def link(self) -> str:
        found = self.last(view.InviteView)
        return found.fragment if isinstance(found, view.InviteView) else ""

    @property
    def returned(self) -> list[str]:
        return [shown.text for shown in self.desk.shown if isinstance(shown, view.ReturnedView)]

    async def say(self, group_id: str, text: str) -> None:
        """Typed once, and once more if it came back."""
        before = len(self.returned)
        self.desk.runner.post(events.TextEntered(group_id=group_id, text=text))
        await self.settle()
        if len(self.returned) > before:
            assert self.returned[before:] == [text]
            self.desk.runner.post(events.TextEntered(group_id=group_id, text=text))
            await self.settle()

    async def play(self) -> int:
        """How many writes there were."""
        await self.desk.start()
        await self.until(lambda: ("account", "account") in self.disk.rows, events.NameEntered(name="Ada"))
        await self.until(lambda: bool(self.chats), events.GroupRequested(name="Tea"))
        group_id = self.chats[0].group_id
        await self.until(lambda: bool(self.link), events.InviteRequested(group_id=group_id))
        self.bob = bob = self.world.device("Bob")
        bob.do(events.LinkOpened(fragment=self.link), events.JoinRequested())
        await self.settle()
        while not any(isinstance(shown, view.ChatsView) and shown.chats for shown in bob.shown):
            await self.desk.settle(1_000)
            self.world.advance(1_000)
        for number, text in enumerate(TEXTS):
            if number % 2:
                bob.say(group_id, text)
                await self.settle()
            else:
                await self.say(group_id, text)
        await self.desk.settle(2 * CAP_MS)
        await self.settle()
        assert await shown_texts(self.desk, group_id) == TEXTS
        assert bob.texts(group_id) == TEXTS
        await self.desk.runner.stop()
        return self.disk.count


async def test_each_write_once_without_room() -> None:
    writes = await Story(None).play()
    assert writes > 10
    for at in range(writes):
        story = Story(at)
        await story.play()
        assert story.told == 1, f"write {at} of {writes}"
