"""One owner at any time, and nothing lost or done twice when it goes."""

from collections.abc import Callable

import msgspec
import pytest

from live_tabs import heard_by, more_tabs, text, with_guest
from mls_chat import events, view
from mls_chat.browser import messages
from mls_chat.browser.live_tab import SILENT_TICKS, TICK_MS
from mls_chat.browser.tab import FromPage
from mls_chat.records import TabRecord
from tab_browser import Browser, Tab, pump

SILENCE_MS = (SILENT_TICKS + 2) * TICK_MS


Going = Callable[[Tab], None]


def close(tab: Tab) -> None:
    tab.close()


def terminate(tab: Tab) -> None:
    tab.terminate_worker()


@pytest.mark.parametrize("go", [close, terminate])
async def test_the_next_tab_takes_over_when_the_owner_is_gone(browser: Browser, go: Going) -> None:
    one, tea, bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    go(one)
    await browser.settle()
    assert browser.owners == ["one", "two"]
    three.ask(text(tea, "from three"))
    bob.say(tea, "from bob")
    await browser.settle()
    for tab in browser.tabs:
        assert sorted(tab.page.texts) == ["from bob", "from three"], tab.name
        assert tab.page.status == "connected"
    assert sorted(heard_by(bob, tea)) == ["from bob", "from three"]
    assert [tab.page.states[-1] for tab in (two, three)] == ["owner", "follower"]


@pytest.mark.parametrize("turns", range(0, 60, 4))
@pytest.mark.parametrize("go", [close, terminate])
async def test_the_owner_goes_at_any_moment_of_a_followers_text(browser: Browser, turns: int, go: Going) -> None:
    one, tea, bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    for tab in (two, three):
        tab.ask(text(tea, f"one from {tab.name}"), text(tea, f"two from {tab.name}"))
    await pump(turns)
    go(one)
    await browser.settle(5_000)
    heard = heard_by(bob, tea)
    assert sorted(heard) == sorted(f"{n} from {tab}" for tab in ("two", "three") for n in ("one", "two"))
    for tab in browser.tabs:
        assert tab.page.texts == heard
        assert tab.page.undone == []


@pytest.mark.parametrize("turns", range(0, 60, 4))
async def test_the_owners_own_worker_dies_at_any_moment_of_its_text(browser: Browser, turns: int) -> None:
    one, tea, bob = await with_guest(browser)
    one.ask(text(tea, "one"), text(tea, "two"))
    await pump(turns)
    one.terminate_worker()
    await browser.settle(5_000)
    assert heard_by(bob, tea) == one.page.texts == ["one", "two"]
    assert one.page.undone == []


async def test_a_frozen_owner_is_stolen_from_and_writes_nothing_when_it_thaws(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    one.ask(text(tea, "typed before the frost"))
    one.freeze()
    two.ask(text(tea, "typed in the frost"))
    await browser.settle(SILENCE_MS)
    thief = browser.owner
    assert thief in (two, three)
    assert heard_by(bob, tea) == ["typed in the frost"]
    assert browser.owners == ["one", thief.name]
    one.thaw()
    await browser.settle(5_000)
    assert heard_by(bob, tea) == ["typed in the frost", "typed before the frost"]
    assert browser.owners == ["one", thief.name]
    for tab in browser.tabs:
        assert tab.page.texts == ["typed in the frost", "typed before the frost"], tab.name
    assert one.page.states[-1] == "follower"


async def test_an_owner_that_answers_is_left_alone(browser: Browser) -> None:
    _one, tea, _bob = await with_guest(browser)
    await more_tabs(browser, tea, "two", "three")
    await browser.settle(10 * SILENCE_MS)
    assert browser.owners == ["one"]


async def test_a_tab_that_nobody_sees_is_patient(browser: Browser) -> None:
    one, tea, _bob = await with_guest(browser)
    (two,) = await more_tabs(browser, tea, "two")
    two.ask(events.VisibilityChanged(visible=False))
    await browser.settle()
    one.freeze()
    await browser.settle(2 * SILENCE_MS)
    assert browser.owners == ["one"]
    two.ask(events.VisibilityChanged(visible=True))
    await browser.settle(SILENCE_MS)
    assert browser.owners == ["one", "two"]


async def test_a_former_owner_that_answers_does_not_stand_in_for_a_frozen_one(browser: Browser) -> None:
    one, tea, _bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    former = browser.generation
    one.close()
    await browser.settle()
    two.freeze()
    for _ in range(SILENT_TICKS + 2):
        await browser.settle(TICK_MS)
        three.hears(messages.encode_message(messages.Beat(generation=former)))
    assert browser.owners == ["one", "two", "three"]


async def test_the_storage_is_taken_by_somebody_without_the_lock(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    browser.generation += 1
    one.ask(text(tea, "hello"))
    await browser.settle()
    assert browser.owners == ["one", "one"]
    assert heard_by(bob, tea) == one.page.texts == ["hello"]


async def test_an_earlier_owner_is_heard_of_late_while_this_one_opens(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    (two,) = await more_tabs(browser, tea, "two")
    browser.may_open.clear()
    one.close()
    await browser.settle()
    browser.generation += 1
    two.hears(messages.encode_message(messages.Beat(generation=browser.generation)))
    await browser.settle()
    browser.may_open.set()
    two.ask(text(tea, "hello"))
    await browser.settle()
    assert two.page.states[-1] == "owner"
    assert heard_by(bob, tea) == ["hello"]


async def test_what_was_under_way_to_a_former_owner_is_not_taken_by_the_next(browser: Browser) -> None:
    """It is asked again, in order."""
    one, tea, bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    former = browser.generation
    one.close()
    await browser.settle()
    late = FromPage(generation=former, event=text(tea, "from its page"), serial=9, settled=8)
    for tab in (two, three):
        tab.live.page_said(msgspec.json.encode(late).decode())
    asked = messages.Asked(tab="three", generation=former, event=text(tea, "asked"), serial=9, settled=8)
    two.hears(messages.encode_message(asked))
    await browser.settle()
    assert heard_by(bob, tea) == []


async def test_each_steal_makes_the_others_more_patient(browser: Browser) -> None:
    one, tea, _bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    one.freeze()
    await browser.settle(SILENCE_MS)
    thief, rest = (two, three) if browser.owner is two else (three, two)
    await browser.settle(1_000)
    thief.freeze()
    await browser.settle(SILENCE_MS)
    assert browser.owner is thief
    await browser.settle(SILENCE_MS)
    assert browser.owner is rest


async def test_a_tab_opened_while_the_owner_is_frozen(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    one.freeze()
    (two,) = await more_tabs(browser, tea, "two")
    assert two.page.states == ["waiting"]
    two.ask(text(tea, "hello"))
    await browser.settle(SILENCE_MS)
    assert heard_by(bob, tea) == ["hello"]


@pytest.mark.parametrize(("ago", "seen"), [(0, ["late"]), (1, []), (2, [])])
async def test_what_a_former_owner_shows_late_is_not_seen(browser: Browser, ago: int, seen: list[str]) -> None:
    one, tea, _bob = await with_guest(browser)
    _two, three = await more_tabs(browser, tea, "two", "three")
    one.close()
    await browser.settle()
    late = msgspec.Raw(view.encode_view(view.NoticeView(level="error", text="late")))
    three.hears(messages.encode_message(messages.Shown(generation=browser.generation - ago, tab=None, view=late)))
    await browser.settle()
    assert three.page.notices == seen


async def test_a_tab_that_is_gone_is_forgotten(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    (two,) = await more_tabs(browser, tea, "two")
    one.ask(events.ChatOpened(group_id=None))
    two.ask(text(tea, "hello"))
    await browser.settle()
    assert stored_tabs(browser) >= {"two"}
    two.close()
    bob.say(tea, "are you there?")
    await browser.settle()
    assert "two" not in stored_tabs(browser)
    assert one.page.chats is not None
    assert one.page.chats.chats[0].unread == 1


async def test_tabs_that_went_with_the_owner_are_forgotten_by_the_next(browser: Browser) -> None:
    one, tea, _bob = await with_guest(browser)
    two, _three = await more_tabs(browser, tea, "two", "three")
    two.ask(text(tea, "hello"))
    await browser.settle()
    one.close()
    two.close()
    await browser.settle()
    assert stored_tabs(browser) == set()


def stored_tabs(browser: Browser) -> set[str]:
    return {key for table, key in browser.disk.rows if table == TabRecord.table}
