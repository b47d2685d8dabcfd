"""A long run of numbered texts between two people whose pages, workers and browsers die on the way."""

import random
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from playwright.async_api import Page, expect

from browser_profile import Profile

KEEP_WORKERS: Final = """(() => {
    const Started = globalThis.Worker;
    globalThis.startedWorkers = [];
    globalThis.Worker = class extends Started {
        constructor(...settings) {
            super(...settings);
            globalThis.startedWorkers.push(this);
        }
    };
})()"""
TERMINATE: Final = "globalThis.startedWorkers.forEach((worker) => worker.terminate())"
NUMBERED: Final = re.compile(r"text \d+ of the burst")


def numbered(index: int) -> str:
    return f"text {index} of the burst"


@dataclass
class Party:
    """One of the two; `route` leads into their chat."""

    profile: Profile
    route: str

    @property
    def page(self) -> Page:
        return self.profile.person.page

    async def is_back(self) -> None:
        """The chat is shown, with all that is stored."""
        await expect(self.profile.person.message_box).to_be_editable()

    async def shown(self) -> list[str]:
        """The numbered texts on the screen, from top to bottom."""
        return NUMBERED.findall(await self.profile.person.messages.inner_text())

    async def whole_chat(self) -> list[str]:
        """The same with all earlier pages; the page also asks for them by itself when it is scrolled to its top."""
        earlier = self.page.get_by_role("button", name="Earlier messages")
        first = self.profile.person.messages.get_by_text(numbered(0), exact=True)
        while not await first.count():
            await earlier.evaluate_all("(buttons) => buttons.forEach((each) => each.click())")
            await expect(earlier.or_(first).first).to_be_attached()
        return await self.shown()

    async def type(self, text: str) -> None:
        await self.profile.person.message_box.fill(text)
        await self.profile.person.message_box.press("Enter")


async def reload_page(party: Party) -> None:
    await party.page.reload()


async def close_page(party: Party) -> None:
    """Another page of the same browser takes its place."""
    person = party.profile.person
    closed, person.page = person.page, await person.context.new_page()
    await closed.close(run_before_unload=False)
    await person.page.goto(party.profile.url + party.route)


async def terminate_worker(party: Party) -> None:
    """The page lives on and starts another by itself."""
    await party.page.evaluate(TERMINATE)


async def kill_browser(party: Party) -> None:
    await party.profile.kill()
    await party.profile.start(party.route)


DEATHS: Final[tuple[Callable[[Party], Awaitable[None]], ...]] = (
    reload_page,
    close_page,
    terminate_worker,
    kill_browser,
)


@dataclass(frozen=True)
class Kill:
    """`after`: how many texts of the batch are typed before; `seen`: wait until the last of them is shown there."""

    death: Callable[[Party], Awaitable[None]]
    reader_dies: bool
    after: int
    seen: str

    def __str__(self) -> str:
        who = "reader" if self.reader_dies else "sender"
        return f"{self.death.__name__} of the {who} after {self.after}, seen by {self.seen}"


def draw_kills(seed: int, count: int, batch: int) -> list[Kill]:
    """All deaths of both sides, each at a drawn moment."""
    draw = random.Random(seed)
    kinds = [(death, reader_dies) for death in DEATHS for reader_dies in (False, True)]
    kills = [
        Kill(*kinds[index % len(kinds)], draw.randint(1, batch), draw.choice(("nobody", "sender", "reader")))
        for index in range(count)
    ]
    draw.shuffle(kills)
    return kills
