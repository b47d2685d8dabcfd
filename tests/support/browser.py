"""Real Chromium: one browser for the session, a fresh profile a person, and a watch over what each page does."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, Final

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from person import Person
from stack.supervisor import Stack
from watcher import Watcher

CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS: Final = 30_000

Arrival = Callable[[str], Coroutine[Any, Any, Person]]
Blank = Arrival
"""Opens the page as somebody who has no account yet."""
Newcomer = Arrival
"""The same, and gives the name."""


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


async def open_profile(browser: Browser, watcher: Watcher) -> BrowserContext:
    """A person's own browser: nothing shared with another profile."""
    context = await browser.new_context(viewport={"width": 1100, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    watcher.attach(context)
    return context


@pytest_asyncio.fixture
async def blank(chromium: Browser, stack: Stack) -> AsyncIterator[Blank]:
    """At the end of the test each page must have behaved."""
    people: list[Person] = []

    async def arrive(name: str) -> Person:
        watcher = Watcher(stack.url)
        context = await open_profile(chromium, watcher)
        page = await context.new_page()
        person = Person(name, stack.url, context, page, watcher)
        people.append(person)
        await page.goto(stack.url)
        return person

    yield arrive
    for person in people:
        person.watcher.check()
        await person.context.close()


@pytest_asyncio.fixture
async def newcomer(blank: Blank) -> Newcomer:
    async def arrive(name: str) -> Person:
        person = await blank(name)
        await person.start()
        return person

    return arrive
