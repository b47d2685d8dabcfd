"""One queue around the engine: durable before told; after a failure everything begins again from storage."""

import asyncio
import sys

import pytest

from desk import Desk, shown_texts, with_group
from mls_chat import events
from mls_chat.engine import Engine
from mls_chat.ports import StorageFailed, StorageLost
from mls_chat.runner import BATCH, Runner

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten",
    reason="needs an event loop of its own; inside Pyodide the page's tests drive the runner",
)


async def test_writes_are_durable_before_their_effects() -> None:
    desk, group_id = await with_group()
    desk.disk.story.clear()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert desk.disk.story[0] == "commit"
    assert {"show", "Send"} <= set(desk.disk.story)
    assert await shown_texts(desk, group_id) == ["hello"]
    await desk.runner.stop()


async def test_a_long_step_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one transaction all the same."""
    desk, group_id = await with_group()
    desk.disk.commits.clear()
    true, story = Engine.handle, list[str]()

    def handle(self: Engine, event: events.Event, now: int) -> object:
        if isinstance(event, events.TextEntered):
            desk.clock.time += 30
            story.append(event.text)
        return true(self, event, now)

    async def other() -> None:
        while len(story) < 6:
            story.append("other")
            await asyncio.sleep(0)

    monkeypatch.setattr(Engine, "handle", handle)
    for number in range(4):
        desk.runner.post(events.TextEntered(group_id=group_id, text=f"{number}"))
    await asyncio.gather(other(), desk.runner.settled())
    assert [turn for turn in story if turn != "other"] == ["0", "1", "2", "3"]
    assert "other" in story[story.index("1") : story.index("2")]
    assert "other" not in story[story.index("0") : story.index("1")]
    assert sum(write.table == "outbox" for write in desk.disk.commits[0]) == 4
    await desk.runner.stop()


async def test_a_burst_shares_a_transaction() -> None:
    desk, group_id = await with_group()
    desk.disk.commits.clear()
    for number in range(BATCH):
        desk.runner.post(events.TextEntered(group_id=group_id, text=f"{number}"))
    await desk.runner.settled()
    await desk.settle()
    assert sum(write.table == "outbox" for write in desk.disk.commits[0]) == BATCH
    assert len(desk.disk.commits) < 6
    assert len(desk.server.groups[group_id].log) == BATCH
    await desk.runner.stop()


async def test_a_commit_that_fails_drops_its_effects_and_is_done_again() -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(StorageFailed("the disk is full"))
    desk.disk.story.clear()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert "Send" not in desk.disk.story
    assert desk.notices == ["Something went wrong and is being repaired: the disk is full"]
    await desk.settle(10_000)
    assert await shown_texts(desk, group_id) == ["hello"]
    assert len(desk.server.groups[group_id].log) == 1
    await desk.runner.stop()


async def test_storage_that_stays_broken_is_asked_again_with_patience() -> None:
    desk, group_id = await with_group()
    desk.disk.failures += [StorageFailed("full")] + [OSError(f"still {n}") for n in range(5)]
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    await desk.settle(1_000)
    assert desk.disk.failures
    await desk.settle(120_000)
    assert desk.disk.failures == []
    assert desk.notices[-1] == "still 4"
    assert await shown_texts(desk, group_id) == ["hello"]
    await desk.runner.stop()


async def test_an_engine_that_raises_is_rebuilt_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, group_id = await with_group()
    true = Engine.handle

    def handle(self: Engine, event: events.Event, now: int) -> object:
        if isinstance(event, events.TextEntered) and event.text == "poison":
            true(self, event, now)
            raise ZeroDivisionError("after half of the work")
        return true(self, event, now)

    monkeypatch.setattr(Engine, "handle", handle)
    for text in ("one", "poison", "two"):
        desk.runner.post(events.TextEntered(group_id=group_id, text=text))
    await desk.settle(60_000)
    assert sum("ZeroDivisionError" in notice for notice in desk.notices) == 2
    assert sum("also not when tried again" in notice for notice in desk.notices) == 1
    assert sorted(await shown_texts(desk, group_id)) == ["one", "two"]
    assert len(desk.server.groups[group_id].log) == 2
    await desk.runner.stop()


async def test_storage_that_is_lost_stops_the_runner() -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(StorageLost("another tab took over"))
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert desk.runner.lost.is_set()
    before = list(desk.disk.commits)
    await desk.post(events.TextEntered(group_id=group_id, text="more"))
    await desk.settle(120_000)
    assert desk.disk.commits == before
    assert desk.server.groups[group_id].log == []
    assert desk.device_id not in desk.server.sockets


async def test_a_timer_of_the_same_name_replaces_the_former() -> None:
    desk, _ = await with_group()
    pings = [timer for timer in desk.clock.timers if timer.live]
    await desk.post(events.Woken(), events.Woken(), events.Woken())
    assert len([timer for timer in desk.clock.timers if timer.live]) == len(pings)
    await desk.runner.stop()
    assert not any(timer.live for timer in desk.clock.timers)


async def test_without_a_channel_and_with_refusals_nothing_stops() -> None:
    desk = Desk()
    desk.server.up = False
    await desk.start()
    await desk.post(events.NameEntered(name="Ada"), events.GroupRequested(name="Tea"))
    await desk.settle(120_000)
    group_id = next(iter(desk.server.groups))
    await desk.post(events.TextEntered(group_id=group_id, text="over HTTP"))
    await desk.settle(60_000)
    assert len(desk.server.groups[group_id].log) == 1
    desk.server.up = True
    await desk.settle(60_000)
    assert desk.device_id in desk.server.sockets
    assert desk.listener is not None
    desk.listener.channel_closed(1006, "gone")
    desk.server.disconnect(desk.device_id)
    await desk.settle(60_000)
    assert desk.device_id in desk.server.sockets
    await desk.runner.stop()


async def test_restarted_on_the_same_disk() -> None:
    desk, group_id = await with_group()
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    await desk.runner.stop()
    again = Runner(desk.disk, desk, desk, desk.clock, desk, origin="http://chat.test")
    desk.runner = again
    await desk.start()
    assert await shown_texts(desk, group_id) == ["hello"]
    await again.stop()
