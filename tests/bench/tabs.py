"""The tab that owns the account is closed, or its worker freezes: how long until another tab's text is stored."""

import time
from typing import Final

from playwright.async_api import Browser, JSHandle, async_playwright, expect
from tests.bench.page import SEEN
from tests.bench.report import report_many

from browser import CHROMIUM, FLAGS, PATIENCE_MS, open_profile
from own_tabs import close, freeze_worker, open_tab, owner_among
from person import Person
from watcher import Watcher

CLOSES: Final = 8
FREEZES: Final = 4
FROZEN_MS: Final = 5_000


async def measure(url: str) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        report_many("tab_handover", await _closes(browser, url), "ms")
        report_many("tab_frozen_owner", [await _freeze(browser, url) for _ in range(FREEZES)], "ms")
        await browser.close()


async def _first_tab(browser: Browser, url: str) -> Person:
    watcher = Watcher(url)
    context = await open_profile(browser, watcher)
    person = Person("Ann", url, context, await context.new_page(), watcher)
    await person.page.goto(url)
    await person.start()
    await person.create_group("Tabs")
    return person


async def _closes(browser: Browser, url: str) -> list[float]:
    """From before the owner is closed until the other tab shows the text, and so has it stored."""
    tabs, took = [await _first_tab(browser, url)], []
    tabs.append(await open_tab(tabs[0], "Tabs"))
    for number in range(CLOSES):
        owner = await owner_among(tabs)
        (other,) = (tab for tab in tabs if tab is not owner)
        shown = await _typed(other, f"after closing {number}")
        begun = time.time()
        await close(owner)
        await other.message_box.press("Enter")
        took.append(await _shown_at(shown) - begun * 1000)
        tabs = [other, await open_tab(other, "Tabs")]
    await tabs[0].context.close()
    return took


async def _freeze(browser: Browser, url: str) -> float:
    owner = await _first_tab(browser, url)
    other = await open_tab(owner, "Tabs")
    shown = await _typed(other, "beside the frost")
    thawed = freeze_worker(owner, FROZEN_MS)
    begun = time.time()
    await other.message_box.press("Enter")
    at = await _shown_at(shown)
    assert not thawed.done(), "the owner thawed before it was stolen from"
    await thawed
    await owner.context.close()
    return at - begun * 1000


async def _typed(tab: Person, text: str) -> JSHandle:
    """The text stands in the composer, and the page looks out for its line."""
    await tab.message_box.fill(text)
    return await tab.page.evaluate_handle(f"(words) => ({{ at: ({SEEN})(words) }})", [text, ""])


async def _shown_at(shown: JSHandle) -> float:
    return float(await shown.evaluate("promise => promise.at"))
