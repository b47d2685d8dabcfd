"""No room, a storage that is taken away, damaged rows: told by name, nothing half done, and on it goes by itself."""

import sys
from typing import TypeVar

import pytest

from desk import Desk, shown_texts, texts, with_group, with_guest
from mls_chat import events, view
from mls_chat.effects import DamagedRow
from mls_chat.ports import AccountGone, StorageClosed, StorageFailed, StorageFull, StorageTooNew
from mls_chat.records import RECORD_VERSION
from mls_chat.runner import BATCH, CAP_MS, NO_ROOM, NOT_DONE, ROOM_AGAIN, Runner
from world import Device

pytestmark = pytest.mark.skipif(
    sys.platform == "emscripten",
    reason="needs an event loop of its own; inside Pyodide the page's tests drive the runner",
)
V = TypeVar("V")


def shown(desk: Desk, kind: type[V]) -> list[V]:
    return [each for each in desk.shown if isinstance(each, kind)]


def say(bob: Device, desk: Desk, group_id: str, *said: str) -> None:
    bob.world.now = desk.clock.time
    for text in said:
        bob.say(group_id, text)


async def test_a_burst_of_frames_costs_one_transaction() -> None:
    desk, group_id, bob = await with_guest()
    desk.disk.commits.clear()
    desk.disk.story.clear()
    said = [f"{number}" for number in range(BATCH)]
    say(bob, desk, group_id, *said)
    await desk.settle()
    assert [sum(write.table == "lines" for write in commit) for commit in desk.disk.commits] == [BATCH]
    assert desk.disk.story.index("commit") < desk.disk.story.index("Ack")
    assert await shown_texts(desk, group_id) == said[-60:]
    await desk.runner.stop()


async def test_a_long_burst_costs_a_transaction_for_each_batch() -> None:
    desk, group_id, bob = await with_guest()
    desk.disk.commits.clear()
    say(bob, desk, group_id, *(f"{number}" for number in range(3 * BATCH)))
    await desk.settle()
    assert sum(write.table == "lines" for commit in desk.disk.commits for write in commit) == 3 * BATCH
    assert len(desk.disk.commits) == 3
    await desk.runner.stop()


async def test_without_room_a_text_comes_back_and_nothing_is_written_or_sent() -> None:
    desk, group_id = await with_group()
    await desk.post(events.ChatOpened(group_id=group_id))
    desk.disk.full, before = True, dict(desk.disk.rows)
    desk.disk.story.clear()
    await desk.post(
        events.TextEntered(group_id=group_id, text="one"), events.TextEntered(group_id=group_id, text="two")
    )
    assert [returned.text for returned in shown(desk, view.ReturnedView)] == ["one", "two"]
    assert set(desk.notices) == {NO_ROOM}
    assert desk.disk.rows == before
    assert set(desk.disk.story) == {"show"}
    await desk.runner.stop()


async def test_without_room_nothing_is_acknowledged_and_all_comes_when_there_is_some() -> None:
    desk, group_id, bob = await with_guest()
    await desk.post(events.ChatOpened(group_id=group_id))
    desk.disk.full = True
    desk.disk.story.clear()
    say(bob, desk, group_id, "one", "two")
    await desk.settle()
    assert "Ack" not in desk.disk.story
    assert texts(desk) == []
    say(bob, desk, group_id, "three")
    desk.disk.full = False
    await desk.settle(2 * CAP_MS)
    assert desk.notices[-1] == ROOM_AGAIN
    assert texts(desk) == ["one", "two", "three"]
    assert "Ack" in desk.disk.story
    await desk.runner.stop()


async def test_the_search_for_room_slows_down_and_the_server_is_left_alone() -> None:
    desk, group_id = await with_group()
    desk.disk.full = True
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    desk.disk.story.clear()
    await desk.post(events.Woken(), events.NetworkChanged(online=True))
    await desk.settle(3_600_000)
    assert 100 < desk.disk.searches < 140
    assert set(desk.disk.story) <= {"show"}
    assert desk.notices.count(NO_ROOM) == len(desk.notices)
    desk.disk.full = False
    await desk.settle(2 * CAP_MS)
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert len(desk.server.groups[group_id].log) == 1
    await desk.runner.stop()


async def test_without_room_chats_can_be_read() -> None:
    desk, group_id, bob = await with_guest()
    await desk.post(events.ChatOpened(group_id=None))
    say(bob, desk, group_id, "one", "two")
    await desk.settle()
    assert shown(desk, view.ChatsView)[-1].chats[0].unread == 2
    desk.disk.full = True
    await desk.post(events.GroupRequested(name="More"))
    desk.shown.clear()
    assert await shown_texts(desk, group_id) == ["one", "two"]
    assert desk.notices == []
    desk.disk.full = False
    await desk.settle(2 * CAP_MS)
    assert [chat.name for chat in shown(desk, view.ChatsView)[-1].chats] == ["Tea"]
    await desk.runner.stop()


async def test_what_still_fitted_is_sent_when_there_is_room_again() -> None:
    """The batch was too large, its first text alone is not."""
    desk, group_id = await with_group()
    await desk.post(events.ChatOpened(group_id=group_id))
    desk.disk.failures.append(StorageFull("no room for so much"))
    desk.disk.story.clear()
    for text in ("one", "two"):
        desk.runner.post(events.TextEntered(group_id=group_id, text=text))
    await desk.settle()
    assert texts(desk) == ["one", "two"]
    assert "Send" not in desk.disk.story
    await desk.settle(2 * CAP_MS)
    assert len(desk.server.groups[group_id].log) == 2
    assert await shown_texts(desk, group_id) == ["one", "two"]
    await desk.runner.stop()


async def test_what_is_tried_again_keeps_its_order_and_its_place_on_the_screen() -> None:
    desk, group_id = await with_group()
    await desk.post(events.ChatOpened(group_id=group_id))
    desk.disk.failures.append(StorageFailed("a moment's trouble"))
    for number in range(5):
        desk.runner.post(events.TextEntered(group_id=group_id, text=f"{number}"))
    await desk.settle(10_000)
    assert texts(desk) == list("01234")
    assert await shown_texts(desk, group_id) == list("01234")
    assert len(desk.server.groups[group_id].log) == 5
    await desk.runner.stop()


async def test_a_tab_hears_that_what_it_asked_for_is_given_up() -> None:
    desk, group_id = await with_group()
    desk.disk.failures += [StorageFailed("broken"), StorageFailed("broken still")]
    await desk.post(events.FromTab("t", events.TextEntered(group_id=group_id, text="lost?"), serial=7))
    await desk.settle(10_000)
    assert shown(desk, view.ReturnedView) == [view.ReturnedView(group_id=group_id, text="lost?")]
    assert shown(desk, view.HandledView) == [view.HandledView(serial=7)]
    assert desk.addressed == ["t", "t"]
    assert desk.notices[-1] == NOT_DONE
    await desk.runner.stop()


async def test_a_tab_that_opens_while_the_engine_is_rebuilt_is_shown_everything() -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(StorageFailed("a moment's trouble"))
    desk.runner.post(events.TextEntered(group_id=group_id, text="hello"))
    desk.runner.post(events.TabOpened("new"))
    desk.shown.clear()
    await desk.settle(10_000)
    assert "new" in desk.addressed
    await desk.runner.stop()


@pytest.mark.parametrize("failure", [StorageClosed("removed"), StorageTooNew("newer"), AccountGone("no account")])
async def test_a_storage_that_is_gone_for_good_ends_the_runner_with_its_reason(failure: StorageFailed) -> None:
    desk, group_id = await with_group()
    desk.disk.failures.append(failure)
    await desk.post(events.TextEntered(group_id=group_id, text="hello"))
    assert desk.runner.failure is failure
    assert desk.runner.lost.is_set()
    before = dict(desk.disk.rows)
    await desk.post(events.TextEntered(group_id=group_id, text="more"))
    await desk.settle(120_000)
    assert desk.disk.rows == before
    assert desk.device_id not in desk.server.sockets


async def test_an_account_that_is_gone_is_no_new_one() -> None:
    desk, _ = await with_group()
    await desk.runner.stop()
    del desk.disk.rows["account", "account"]
    before = dict(desk.disk.rows)
    with pytest.raises(AccountGone, match="the stored row of your account is missing"):
        await Runner(desk.disk, desk, desk, desk.clock, desk, origin="http://chat.test").start()
    assert desk.disk.rows == before


@pytest.mark.parametrize("place", [("account", "account"), ("groups", "")])
async def test_a_record_of_a_newer_version_is_refused_and_kept(place: tuple[str, str]) -> None:
    desk, group_id = await with_group()
    await desk.runner.stop()
    table, key = place[0], place[1] or group_id
    desk.disk.rows[table, key] = bytes([RECORD_VERSION + 1]) + desk.disk.rows[table, key][1:]
    before = dict(desk.disk.rows)
    with pytest.raises(StorageTooNew, match=f"newer version of mls-chat has stored data here: {table} {key}"):
        await Runner(desk.disk, desk, desk, desk.clock, desk, origin="http://chat.test").start()
    assert desk.disk.rows == before


async def test_a_damaged_row_is_told_at_the_start_and_all_else_goes_on() -> None:
    desk, group_id = await with_group()
    await desk.post(events.TextEntered(group_id=group_id, text="before"))
    await desk.runner.stop()
    desk.disk.damaged = [DamagedRow("outbox", f"{group_id}/{9:016d}", "cut off")]
    desk.runner = Runner(desk.disk, desk, desk, desk.clock, desk, origin="http://chat.test")
    desk.shown.clear()
    await desk.start()
    [told] = desk.notices
    assert "a message on its way, which was not sent" in told
    await desk.post(events.TextEntered(group_id=group_id, text="after"))
    assert await shown_texts(desk, group_id) == ["before", "after"]
    desk.disk.commits.clear()
    await desk.post(events.HealthOpened(), events.DamageRemovalRequested())
    assert [panel.damaged for panel in shown(desk, view.HealthView)] == [told, ""]
    assert [[(write.key, write.value) for write in commit] for commit in desk.disk.commits] == [
        [(f"{group_id}/{9:016d}", None)]
    ]
    await desk.runner.stop()
