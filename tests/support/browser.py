"""Real Chromium: one browser for the session, a fresh profile a person, and a watch over what each page does."""

from collections.abc import AsyncIterator
from typing import Any, Final, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright, expect

from camera import Camera
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

LOOPBACK: Final = "127.0.0.1"


class Arrival(Protocol):
    """`host`: by which name the page is opened; passkeys need one that is no IP address."""

    async def __call__(self, name: str, host: str = LOOPBACK) -> Person: ...


Blank = Arrival
"""Opens the page as somebody who has no account yet."""
Newcomer = Arrival
"""The same, and gives the name."""


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """Of all pages of the session's browser."""
    return Camera(tmp_path_factory.mktemp("camera") / "film.y4m")


@pytest_asyncio.fixture(scope="session")
async def chromium(camera: Camera) -> AsyncIterator[Browser]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *camera.flags])
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

    async def arrive(name: str, host: str = LOOPBACK) -> Person:
        url = stack.url.replace(LOOPBACK, host)
        watcher = Watcher(url)
        context = await open_profile(chromium, watcher)
        page = await context.new_page()
        person = Person(name, url, context, page, watcher)
        people.append(person)
        await page.goto(url)
        return person

    yield arrive
    for person in people:
        person.watcher.check()
        await person.context.close()


@pytest_asyncio.fixture
async def newcomer(blank: Blank) -> Newcomer:
    async def arrive(name: str, host: str = LOOPBACK) -> Person:
        person = await blank(name, host)
        await person.start()
        return person

    return arrive


class Authenticator:
    """What keeps the passkeys of one page, and knows its person at once; it lives as long as the page."""

    def __init__(self, devtools: CDPSession, number: str) -> None:
        self._devtools, self._number = devtools, number

    @classmethod
    async def of(cls, page: Page, *, prf: bool = True) -> "Authenticator":
        devtools = await page.context.new_cdp_session(page)
        await devtools.send("WebAuthn.enable", {"enableUI": False})
        kind = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasPrf": prf}
        person = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": kind | person})
        return cls(devtools, made["authenticatorId"])

    async def forget_person(self) -> None:
        """Whatever is asked from here on is refused: also later on, since tries are counted."""
        await self._send("setUserVerified", isUserVerified=False)

    async def remove(self) -> None:
        await self._send("removeVirtualAuthenticator")

    async def passkeys(self) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = (await self._send("getCredentials"))["credentials"]
        return kept

    async def _send(self, command: str, **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await self._devtools.send(
            f"WebAuthn.{command}", {"authenticatorId": self._number, **more}
        )
        return answer
