"""All devices are lost: from the recovery code in an empty browser to the chat with its history, on the real stack."""

import re
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright, expect
from tests.bench.away import TEXT, write
from tests.bench.report import report

from browser import CHROMIUM, FLAGS, PATIENCE_MS, open_profile
from mls_chat.events import AccountOpened, BackupTestRequested
from mls_chat.native import account
from mls_chat.native.app import NativeClient, open_client
from mls_chat.native.screen import Board
from watcher import Watcher

COUNTS: Final = (1000, 10_000)
GROUP: Final = "Restored"


async def measure(url: str) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for count in COUNTS:
            with tempfile.TemporaryDirectory(prefix="mls-chat-bench-") as folder:
                texts = [TEXT.format(number) for number in range(count)]
                code = await _lose(Path(folder), url, texts)
                await _restore(browser, url, code, texts)
        await browser.close()


async def _lose(folder: Path, url: str, texts: list[str]) -> str:
    """Somebody writes all that, until it is in the backup, and is gone; what is left is the recovery code."""
    async with open_client(folder / "state.db", url) as client:
        await client.introduce("Ann")
        await client.online()
        chat = await client.create_group(GROUP)
        await client.open_chat(chat.group_id)
        await write(client, chat.group_id, texts)
        await _saved(client, len(texts))
        return await account.recovery_code(client)


async def _saved(client: NativeClient, count: int) -> None:
    client.post(AccountOpened())

    def rehearsed(board: Board) -> int | None:
        """How much a rehearsal has found; another one is asked for until that is all."""
        found = re.search(r"restored: (\d+)", board.account.backup) if board.account else None
        if found and int(found[1]) >= count:
            return int(found[1])
        if board.account is not None and not board.account.busy:
            board.account = None
            client.post(BackupTestRequested())
        return None

    await client.wait("the backup", rehearsed, 120)


async def _restore(browser: Browser, url: str, code: str, texts: list[str]) -> None:
    context = await open_profile(browser, Watcher(url))
    page = await context.new_page()
    await page.goto(url)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Use a recovery code").click()
    await page.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
    begun = time.perf_counter()
    await page.get_by_role("button", name="Restore").click()
    await page.get_by_role("navigation", name="Chats").get_by_role("link", name=re.compile(f"^{GROUP}")).click()
    log = page.get_by_role("log", name="Messages")
    await expect(log.get_by_text(texts[-1], exact=True)).to_be_visible()
    await expect(page.get_by_text("Your history is back")).to_be_visible()
    report(f"restore_{len(texts)}_ms", (time.perf_counter() - begun) * 1000, "ms")
    await context.close()
