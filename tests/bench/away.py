"""A device was away and its page is opened again: until the newest of what it missed is shown, and how the page fares.

What it missed was written by a native client over the real stack.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from playwright.async_api import async_playwright, expect
from tests.bench.report import report
from tests.bench.scripts import TOOLS

from browser import CHROMIUM, FLAGS, PATIENCE_MS, open_profile
from mls_chat.events import TextEntered
from mls_chat.native.app import NativeClient, open_client
from mls_chat.native.screen import Board
from mls_chat.opened_chat import PAGE_LINES
from person import Person
from watcher import Watcher

TEXT: Final = "A line of usual length, as people write them in a chat. {:05d}"
COUNTS: Final = (1000, 10_000)
WRITTEN_AT_ONCE: Final = 100

WATCH: Final = f"""
async (text) => {{
  {TOOLS}
  const tasks = [0];
  const note = (entries) => tasks.push(...entries.map((each) => each.duration));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({{ type: "longtask", buffered: true }});
  await chats();
  const list = performance.now();
  const log = await shown((e) => e.getAttribute("role") === "log");
  const texts = log.getElementsByClassName("text");
  await wait(() => texts[texts.length - 1]?.textContent === text);
  const last = performance.now();
  await new Promise((resolve) => requestIdleCallback(resolve)); // the task that showed it is over and counted
  note(observer.takeRecords());
  return {{
    list,
    last,
    longest: Math.max(...tasks),
    texts: [...texts].map((each) => each.textContent),
  }};
}}
"""


async def measure(url: str) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright, _writer(url) as writer:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await open_profile(browser, Watcher(url))
        reader = Person("Ben", url, context, await context.new_page(), Watcher(url))
        await reader.page.goto(url)
        await reader.start()
        chat = await writer.create_group("Away")
        await reader.join(await writer.invite(chat.group_id), "Away")
        await writer.open_chat(chat.group_id)
        address = reader.page.url
        for count in COUNTS:
            await reader.page.close()
            texts = [TEXT.format(number) for number in range(count)]
            await write(writer, chat.group_id, texts)
            reader.page = await context.new_page()
            await _catch_up(reader, address, texts)
        await browser.close()


@asynccontextmanager
async def _writer(url: str) -> AsyncIterator[NativeClient]:
    with tempfile.TemporaryDirectory(prefix="mls-chat-bench-") as folder:
        async with open_client(Path(folder) / "state.db", url) as client:
            await client.introduce("Ann")
            await client.online()
            yield client


async def write(writer: NativeClient, group_id: str, texts: list[str]) -> None:
    """Returns when the server has all of them."""
    for start in range(0, len(texts), WRITTEN_AT_ONCE):
        part = texts[start : start + WRITTEN_AT_ONCE]
        for text in part:
            writer.post(TextEntered(group_id=group_id, text=text))

        def stored(board: Board, last: str = part[-1]) -> bool | None:
            newest = next(reversed(board.lines.values()))
            return True if (newest.text, newest.state) == (last, "sent") else None

        await writer.wait("sending", stored)


async def _catch_up(reader: Person, address: str, texts: list[str]) -> None:
    await reader.page.goto(address, wait_until="commit")
    seen = await reader.page.evaluate(WATCH, texts[-1])
    shown = seen["texts"][-PAGE_LINES:]
    assert shown == texts[-PAGE_LINES:]
    await expect(reader.page.get_by_text("Catching up")).to_have_count(0)
    name, count = f"catch_up_{len(texts)}_page", len(texts)
    report(f"{name}_ms", seen["last"], "ms")
    report(f"{name}_per_s", count / (seen["last"] - seen["list"]) * 1000, "messages/s")
    report(f"{name}_longest_task", seen["longest"], "ms")
