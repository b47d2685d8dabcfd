"""A person whose browser keeps its profile in a folder: it can be closed, killed, started again and copied."""

import shutil
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest_asyncio
from playwright.async_api import Playwright, async_playwright, expect

from browser import CHROMIUM, FLAGS, PATIENCE_MS
from person import Person
from stack.supervisor import Stack
from watcher import Watcher

Settler = Callable[[str], Coroutine[Any, Any, "Profile"]]


class Profile:
    """`person` is at the page of the running browser."""

    def __init__(self, playwright: Playwright, folder: Path, name: str, url: str) -> None:
        self._playwright, self.folder, self.name, self.url = playwright, folder, name, url
        self.watcher = Watcher(url)
        self.scripts: list[str] = []
        """What runs in each page before the page's own scripts."""
        self.person: Person

    async def start(self, path: str = "") -> Person:
        """Starts the browser and opens the page."""
        await self.start_browser()
        await self.person.page.goto(f"{self.url}{path}")
        return self.person

    async def start_browser(self) -> Person:
        context = await self._playwright.chromium.launch_persistent_context(
            self.folder, executable_path=CHROMIUM, args=FLAGS, viewport={"width": 1100, "height": 800}
        )
        context.set_default_timeout(PATIENCE_MS)
        self.watcher.attach(context)
        for script in self.scripts:
            await context.add_init_script(script)
        self.person = Person(self.name, self.url, context, context.pages[0], self.watcher)
        return self.person

    async def add_script(self, script: str) -> None:
        """From the next page on."""
        self.scripts.append(script)
        await self.person.context.add_init_script(script)

    async def close(self) -> None:
        await self.person.context.close()

    async def kill(self) -> None:
        """The whole browser is gone at once, as if the machine had stopped."""
        mine = self._processes()
        assert mine, "the browser runs"
        for process in mine:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs(mine, timeout=PATIENCE_MS / 1000)

    async def copy(self, folder: Path) -> None:
        """The profile as it is on the disk; its browser must not run."""
        assert not self._processes()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.folder, folder, symlinks=True)

    async def put_back(self, folder: Path) -> None:
        """A copy takes the profile's place; its browser must not run."""
        assert not self._processes()
        shutil.rmtree(self.folder)
        shutil.copytree(folder, self.folder, symlinks=True)

    def _processes(self) -> list[psutil.Process]:
        """The browser's own process first, then all that it has started."""
        flag = f"--user-data-dir={self.folder}"
        found = [each for each in psutil.process_iter(["cmdline"]) if flag in (each.info["cmdline"] or [])]
        return list(dict.fromkeys([*found, *(child for each in found for child in each.children(recursive=True))]))


@pytest_asyncio.fixture(scope="session")
async def playwright() -> AsyncIterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        yield playwright


@pytest_asyncio.fixture
async def settle(playwright: Playwright, stack: Stack, tmp_path: Path) -> AsyncIterator[Settler]:
    """Starts somebody's own browser and gives the name; at the end of the test each page must have behaved."""
    profiles: list[Profile] = []

    async def arrive(name: str) -> Profile:
        profile = Profile(playwright, tmp_path / name, name, stack.url)
        profiles.append(profile)
        await (await profile.start()).start()
        return profile

    yield arrive
    for profile in profiles:
        await profile.close()
        profile.watcher.check()
