"""Several tabs of one person: opened, told apart by who owns the account, and made to end in every way."""

import asyncio
from collections.abc import Sequence
from typing import Final

from playwright.async_api import BrowserContext

from person import Person

KEEP_WORKER: Final = """
globalThis.Worker = class extends Worker {
  constructor(...words) {
    super(...words);
    globalThis.lastWorker = this;
  }
};
"""
"""Lets a test end a page's worker behind its back."""

IS_OWNER: Final = """
() => navigator.locks.request(crypto.randomUUID(), async (probe) => {
  const { held } = await navigator.locks.query();
  const me = held.find((each) => each.name === probe.name).clientId;
  const tab = held.find((each) => each.clientId === me && each.name.startsWith("mls-chat tab ")).name.slice(13);
  const worker = held.find((each) => each.name.startsWith(`mls-chat engine ${tab} `))?.clientId;
  return held.some((each) => each.name === "mls-chat" && each.clientId === worker);
})
"""
FREEZE: Final = "(ms) => { for (const end = Date.now() + ms; Date.now() < end;); }"


async def open_tab(person: Person, group: str = "") -> Person:
    """Another tab of the same person, connected and in the chat."""
    page = await person.context.new_page()
    tab = Person(person.name, person.url, person.context, page, person.watcher)
    await page.goto(person.url)
    await tab.is_connected()
    if group:
        await tab.open_chat(group)
    return tab


async def keep_workers(context: BrowserContext) -> None:
    """For pages that are opened from now on."""
    await context.add_init_script(KEEP_WORKER)


async def owner_among(tabs: Sequence[Person]) -> Person:
    """The tab whose worker has the account open."""
    while True:
        for tab in tabs:
            if await tab.page.evaluate(IS_OWNER):
                return tab


async def close(tab: Person) -> None:
    await tab.page.close()


async def crash(tab: Person) -> None:
    """The renderer is killed."""
    gone = asyncio.get_running_loop().create_future()
    tab.page.once("crash", lambda _: gone.set_result(None))
    session = await tab.context.new_cdp_session(tab.page)
    killing = asyncio.ensure_future(session.send("Page.crash"))
    await gone
    killing.cancel()
    await asyncio.gather(killing, return_exceptions=True)


async def terminate_worker(tab: Person) -> None:
    """The page lives on and is not told."""
    await tab.page.evaluate("lastWorker.terminate()")


def freeze_worker(tab: Person, ms: int) -> "asyncio.Future[None]":
    """Done when it thaws."""
    return asyncio.ensure_future(tab.page.workers[-1].evaluate(FREEZE, ms))
