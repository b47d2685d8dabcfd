"""The runner and the port `Keeper`: what ends the engine, what fails, and what is done without room."""

import asyncio
import sys

import pytest

from desk import Desk
from mls_chat import events, view
from mls_chat.ports import StorageFull, StorageLost
from mls_chat.runner import Runner

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten",
    reason="needs an event loop of its own; inside Pyodide the page's tests drive the runner",
)


class HandKeeper:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failures: list[Exception] = []

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if self.failures:
            raise self.failures.pop(0)

    async def lock(self, user_id: str, backup_public_key: bytes, storage_key: bytes) -> None:
        self._note("lock")

    async def unlock(self, row_key: bytes) -> None:
        self._note("unlock")

    async def mark_for_erasure(self) -> None:
        self._note("mark")

    async def erase(self) -> None:
        self._note("erase")

    async def label(self, short_id: str) -> None:
        self._note("label")

    async def note_activity(self, at: int) -> None:
        self._note("activity")


class KeptDesk(Desk):
    def __init__(self) -> None:
        super().__init__()
        self.keeper = HandKeeper()
        self.runner = Runner(self.disk, self, self, self.clock, self, origin="http://chat.test", keeper=self.keeper)

    async def begin(self) -> None:
        await self.runner.start()
        self.runner.post(events.NameEntered(name="Ada"))
        await self.settle()


async def test_erasing_ends_the_runner_as_one_that_has_lost_its_storage() -> None:
    desk = KeptDesk()
    await desk.begin()
    assert desk.keeper.asked == ["label"]
    desk.server.up = False
    desk.runner.post(events.EraseRequested())
    await desk.settle()
    await asyncio.wait_for(desk.runner.lost.wait(), 1)
    assert desk.keeper.asked[-1] == "erase"
    assert isinstance(desk.runner.failure, StorageLost)


async def test_what_could_not_be_kept_is_told_and_the_engine_goes_on() -> None:
    desk = KeptDesk()
    desk.keeper.failures.append(StorageFull("no room"))
    await desk.begin()
    assert not desk.runner.lost.is_set()
    assert "no room" in [shown.text for shown in desk.shown if isinstance(shown, view.NoticeView)][-1]
    await desk.runner.stop()


async def test_without_room_everything_is_erased_at_once() -> None:
    desk = KeptDesk()
    await desk.begin()
    desk.disk.full = True
    desk.runner.post(events.GroupRequested(name="Tea"))
    await desk.settle()
    desk.runner.post(events.EraseRequested())
    await desk.settle()
    await asyncio.wait_for(desk.runner.lost.wait(), 1)
    assert "erase" in desk.keeper.asked
    assert "mark" not in desk.keeper.asked


async def test_where_there_is_no_keeper_nothing_happens() -> None:
    desk = Desk()
    await desk.runner.start()
    desk.runner.post(events.NameEntered(name="Ada"))
    desk.runner.post(events.EraseRequested())
    await desk.settle()
    assert not desk.runner.lost.is_set()
    await desk.runner.stop()
