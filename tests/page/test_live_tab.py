"""Tabs of one account in memory: one owner at any time, all live, nothing lost or done twice when the owner goes."""

import random
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from mls_chat import events, view
from mls_chat.browser import messages
from mls_chat.browser.live_tab import NO_ROOM, OUTDATED, SILENT_TICKS, TICK_MS
from mls_chat.browser.tab import FromPage, StartAnewRequested
from mls_chat.ports import AccountGone, StorageFailed, StorageFull
from mls_chat.records import TabRecord
from tab_browser import Browser, Tab, pump
from world import Device, World

SILENCE_MS = (SILENT_TICKS + 2) * TICK_MS


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    browser = Browser()
    yield browser
    await browser.close()


async def with_guest(browser: Browser) -> tuple[Tab, str, Device]:
    """Ada's first tab, with a group, and Bob who is in it on a device of his own."""
    ada = browser.open_tab("one")
    ada.ask(events.NameEntered(name="Ada"), events.GroupRequested(name="Tea"))
    await browser.settle()
    [tea] = browser.server.groups
    links: list[str] = []
    receive = ada.page.receive

    def look(shown: bytes) -> None:
        if b'"kind":"invite"' in shown:
            links.append(msgspec.json.decode(shown, type=view.InviteView).fragment)
        receive(shown)

    ada.page.receive = look  # type: ignore[assignment,method-assign]
    ada.ask(events.InviteRequested(group_id=tea), events.ChatOpened(group_id=tea))
    await browser.settle()
    world = World()
    world.server, world.now = browser.server, browser.clock.time
    bob = world.device("Bob")
    bob.do(events.LinkOpened(fragment=links[-1]), events.JoinRequested())
    await browser.settle()
    world.run()
    await browser.settle()
    assert [chat.group_id for chat in bob.last(view.ChatsView).chats] == [tea]
    return ada, tea, bob


async def more_tabs(browser: Browser, group_id: str, *names: str) -> list[Tab]:
    tabs = [browser.open_tab(name) for name in names]
    for tab in tabs:
        tab.ask(events.ChatOpened(group_id=group_id))
    await browser.settle()
    return tabs


def text(group_id: str, words: str) -> events.TextEntered:
    return events.TextEntered(group_id=group_id, text=words)


def heard_by(bob: Device, group_id: str) -> list[str]:
    bob.world.run()
    return bob.texts(group_id)


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


@pytest.mark.parametrize("seed", range(25))
async def test_five_tabs_and_an_owner_that_goes_again_and_again(browser: Browser, seed: int) -> None:
    """What a page heard to be done is there once, what it did not live to hear at most once; all see the same."""
    draw = random.Random(seed)
    one, tea, bob = await with_guest(browser)
    tabs = {"one": one} | {tab.name: tab for tab in await more_tabs(browser, tea, "two", "three", "four", "five")}
    typed: list[events.TextEntered] = []
    for step in range(60):
        tab = draw.choice(browser.tabs)
        match draw.choices(["text", "bob", "close", "terminate", "freeze", "thaw", "time"], [9, 2, 1, 1, 1, 2, 3])[0]:
            case "text":
                typed.append(text(tea, f"{step} {tab.name}"))
                tab.ask(typed[-1])
            case "bob":
                bob.say(tea, f"{step} bob")
            case "close" if len(browser.tabs) > 2:
                (browser.holder or tab).close()
                [new] = await more_tabs_at_once(browser, tea, f"tab {step}")
                tabs[new.name] = new
            case "terminate":
                (browser.holder or tab).terminate_worker()
            case "freeze":
                (browser.holder or tab).freeze()
            case "thaw":
                for each in browser.tabs:
                    each.thaw()
            case "time":
                await browser.settle(draw.choice([0, 100, 1_000]))
        await pump(draw.randrange(20))
    for each in browser.tabs:
        each.thaw()
    await browser.settle(120_000)
    heard = heard_by(bob, tea)
    done = [event.text for tab in tabs.values() for event in tab.page.done if isinstance(event, events.TextEntered)]
    assert len(set(heard)) == len(heard), seed
    assert set(done) <= set(heard) <= {event.text for event in typed} | {words for words in heard if "bob" in words}
    for tab in browser.tabs:
        assert tab.page.undone == [], (seed, tab.name)
        assert tab.page.texts[-60:] == heard[-60:], (seed, tab.name)
        assert tab.page.status == "connected"
    for name in tabs:
        mine = [words for words in heard if words.endswith(f" {name}")]
        assert mine == sorted(mine, key=lambda words: int(words.split()[0])), seed


async def more_tabs_at_once(browser: Browser, group_id: str, *names: str) -> list[Tab]:
    tabs = [browser.open_tab(name) for name in names]
    for tab in tabs:
        tab.ask(events.ChatOpened(group_id=group_id))
    return tabs
