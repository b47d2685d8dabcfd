"""Tabs of one account in memory: all live, newer and older ones, and whatever the storage does."""

import pytest

from live_tabs import heard_by, more_tabs, text, with_guest
from mls_chat import events
from mls_chat.browser import messages
from mls_chat.browser.live_tab import NO_ROOM, OUTDATED, SILENT_TICKS, TICK_MS
from mls_chat.browser.tab import StartAnewRequested
from mls_chat.ports import AccountGone, StorageFailed, StorageFull
from tab_browser import Browser

SILENCE_MS = (SILENT_TICKS + 2) * TICK_MS


async def test_every_tab_is_usable_and_shows_the_same(browser: Browser) -> None:
    one, tea, bob = await with_guest(browser)
    two, three = await more_tabs(browser, tea, "two", "three")
    assert [tab.page.states[-1] for tab in (one, two, three)] == ["owner", "follower", "follower"]
    for tab in (one, two, three, two):
        tab.ask(text(tea, f"from {tab.name}"))
        await browser.settle()
    bob.say(tea, "from bob")
    await browser.settle()
    expected = ["from one", "from two", "from three", "from two", "from bob"]
    assert [tab.page.texts for tab in (one, two, three)] == [expected] * 3
    assert heard_by(bob, tea) == expected
    assert [tab.page.status for tab in (one, two, three)] == ["connected"] * 3
    assert browser.owners == ["one"]


async def test_each_tab_has_its_own_chat(browser: Browser) -> None:
    one, tea, _bob = await with_guest(browser)
    (two,) = await more_tabs(browser, tea, "two")
    two.ask(events.GroupRequested(name="Coffee"))
    await browser.settle()
    assert two.page.chats is not None
    coffee = two.page.chats.chats[0].group_id
    two.ask(events.ChatOpened(group_id=coffee), text(coffee, "alone"))
    one.ask(text(tea, "with bob"))
    await browser.settle()
    assert (one.page.texts, two.page.texts) == (["with bob"], ["alone"])


async def test_a_newcomer_gives_the_name_in_any_tab(browser: Browser) -> None:
    one, two = browser.open_tab("one"), browser.open_tab("two")
    await browser.settle()
    two.ask(events.NameEntered(name="Ada"))
    await browser.settle()
    for tab in (one, two):
        assert tab.page.session is not None
        assert (tab.page.session.stage, tab.page.session.name) == ("ready", "Ada")
        assert tab.page.undone == []


async def test_a_link_is_followed_in_a_tab_that_is_not_the_owner(browser: Browser) -> None:
    _one, _tea, bob = await with_guest(browser)
    link = bob.invite(bob.create_group("Bobs"))
    two = browser.open_tab("two")
    two.ask(events.LinkOpened(fragment=link))
    await browser.settle()
    assert two.page.join is not None and two.page.join.stage == "ready"
    two.ask(events.JoinRequested())
    await browser.settle()
    bob.world.run()
    await browser.settle()
    assert (two.page.join.stage, two.page.join.group_name) == ("joined", "Bobs")


async def test_a_storage_that_fails_is_told_and_the_next_tab_tries(browser: Browser) -> None:
    browser.broken += [StorageFailed("the disk is gone"), StorageFailed("still gone")]
    one, two = browser.open_tab("one"), browser.open_tab("two")
    await browser.settle()
    assert [(tab.page.states[-1], tab.page.error) for tab in (one, two)] == [
        ("failed", "the disk is gone"),
        ("failed", "still gone"),
    ]
    three = browser.open_tab("three")
    await browser.settle(SILENCE_MS)
    assert [tab.page.states[-1] for tab in (one, two, three)] == ["follower", "follower", "owner"]
    one.ask(events.NameEntered(name="Ada"))
    await browser.settle()
    assert one.page.session is not None and one.page.session.stage == "ready"
    three.close()
    await browser.settle()
    assert (one.page.states[-1], two.page.states[-1]) == ("owner", "follower")


async def test_no_room_at_the_opening_is_tried_again(browser: Browser) -> None:
    browser.broken += [StorageFull("no room"), StorageFull("no room")]
    one = browser.open_tab("one")
    await browser.settle()
    assert (one.page.states[-1], one.page.error) == ("failed", NO_ROOM)
    await browser.settle(10_000)
    assert one.page.states[-1] == "owner"


async def test_an_account_that_can_not_be_read_is_begun_anew_by_the_person_alone(browser: Browser) -> None:
    former = browser.open_tab("former")
    former.ask(events.NameEntered(name="Ada"))
    await browser.settle()
    former.close()
    browser.broken += [AccountGone("its key is gone"), AccountGone("its key is gone")]
    one, two = browser.open_tab("one"), browser.open_tab("two")
    await browser.settle(60_000)
    for tab in (one, two):
        assert (tab.page.states[-1], tab.page.lost) == ("failed", True)
    two.page.ask_worker(StartAnewRequested())
    await browser.settle()
    for tab, state in ((one, "follower"), (two, "owner")):
        assert (tab.page.states[-1], tab.page.lost) == (state, False)
        assert tab.page.session is not None
        assert tab.page.session.stage == "new"


async def test_an_older_tab_says_reload_and_lets_the_newer_one_in(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, tea, bob = await with_guest(browser)
    (two,) = await more_tabs(browser, tea, "two")
    two.ask(text(tea, "in time"))
    newer = messages.encode_message(messages.Ping()).replace(f'"format":{messages.FORMAT}', '"format":99')
    assert "99" in newer
    for tab in (one, two):
        tab.hears(newer)
    await browser.settle()
    for tab in (one, two):
        assert (tab.page.states[-1], tab.page.error) == ("outdated", OUTDATED)
    assert browser.holder is None
    assert heard_by(bob, tea) == ["in time"]
    one.ask(text(tea, "too late"))
    await browser.settle(10 * SILENCE_MS)
    assert one.page.undone == [text(tea, "too late")]
    assert browser.owners == ["one"]


async def test_a_newer_tab_takes_no_notice_of_an_older_one(browser: Browser) -> None:
    one, _tea, _bob = await with_guest(browser)
    one.hears('{"format":0,"kind":"hello","what":"ever"}')
    await browser.settle()
    assert one.page.states[-1] == "owner"
