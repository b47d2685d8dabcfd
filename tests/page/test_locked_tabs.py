"""All tabs of an account lock together, unlock together, and are signed out together."""

import pytest

from live_tabs import heard_by, more_tabs, text, with_guest
from mls_chat import events
from tab_browser import Browser, Tab
from world import CHEAP, Device


@pytest.fixture(autouse=True)
def cheap_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guess costs nothing here."""
    monkeypatch.setattr("mls_chat.context.CodeCost", lambda: CHEAP)


async def with_code(browser: Browser) -> tuple[list[Tab], str, Device, str]:
    """Three tabs of Ada, whose code is saved."""
    one, tea, bob = await with_guest(browser)
    tabs = [one, *await more_tabs(browser, tea, "two", "three")]
    one.ask(events.AccountOpened())
    await browser.settle(5_000)
    one.ask(events.RecoveryCodeRequested())
    await browser.settle()
    assert one.page.account is not None
    code = one.page.account.code
    one.ask(events.RecoveryCodeConfirmed(code=code))
    await browser.settle(1_000)
    return tabs, tea, bob, code


def stages(tabs: list[Tab]) -> list[str]:
    return [tab.page.session.stage if tab.page.session else "" for tab in tabs]


async def test_all_tabs_lock_and_unlock_together(browser: Browser) -> None:
    tabs, tea, bob, code = await with_code(browser)
    tabs[1].ask(events.LockRequested())
    await browser.settle(1_000)
    assert stages(tabs) == ["locked"] * 3
    assert browser.device_id not in browser.server.sockets
    bob.say(tea, "while locked")
    late = browser.open_tab("late")
    await browser.settle(1_000)
    assert stages([late]) == ["locked"]
    tabs[2].ask(events.UnlockRequested(way="code", code=code))
    await browser.settle(5_000)
    assert stages([*tabs, late]) == ["ready"] * 4
    tabs[0].ask(text(tea, "after"))
    await browser.settle(1_000)
    assert [tab.page.texts for tab in tabs] == [["while locked", "after"]] * 3
    assert heard_by(bob, tea) == ["while locked", "after"]


async def test_a_tab_that_takes_over_from_a_locked_one_is_locked(browser: Browser) -> None:
    tabs, _, _, code = await with_code(browser)
    tabs[0].ask(events.LockRequested())
    await browser.settle(1_000)
    browser.owner.close()
    await browser.settle(2_000)
    left = [tab for tab in tabs if tab in browser.tabs]
    assert stages(left) == ["locked"] * 2
    left[0].ask(events.UnlockRequested(way="code", code=code[:-1]))
    await browser.settle(1_000)
    assert left[0].page.sign_in is not None
    assert "29" in left[0].page.sign_in.error
    left[0].ask(events.UnlockRequested(way="code", code=code))
    await browser.settle(5_000)
    assert stages(left) == ["ready"] * 2


async def test_all_tabs_are_signed_out_together_and_go_on_as_new(browser: Browser) -> None:
    tabs, *_ = await with_code(browser)
    tabs[2].ask(events.EraseRequested())
    await browser.settle(20_000)
    assert stages(tabs) == ["new"] * 3
    assert browser.disk.rows == {}
    assert all("erasing" in tab.page.stages for tab in tabs)
    tabs[1].ask(events.NameEntered(name="Cleo"))
    await browser.settle(1_000)
    assert stages(tabs) == ["ready"] * 3


async def test_nothing_is_removed_before_the_page_has_removed_its_own(browser: Browser) -> None:
    tabs, *_ = await with_code(browser)
    for tab in tabs:
        tab.page.clears = False
    tabs[0].ask(events.EraseRequested())
    await browser.settle(20_000)
    assert browser.disk.rows
    [erasing] = [tab for tab in tabs if tab.page.states[-1] == "erasing"]
    others = [tab for tab in tabs if tab is not erasing]
    for tab in others:
        tab.page.clears = True
    erasing.close()  # in the middle
    await browser.settle(20_000)
    assert stages(others) == ["new"] * 2
    assert browser.disk.rows == {}
