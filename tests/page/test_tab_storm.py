"""Five tabs of one account, and an owner that goes again and again."""

import random

import pytest

from live_tabs import heard_by, more_tabs, text, with_guest
from mls_chat import events
from tab_browser import Browser, Tab, pump


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
