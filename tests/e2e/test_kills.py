"""F1, F2, F6: pages, workers and whole browsers die in the middle of a conversation; nothing is lost or told twice."""

import asyncio
from typing import Final

import pytest

from browser_profile import Settler
from burst import KEEP_WORKERS, Kill, Party, draw_kills, numbered, terminate_worker

pytestmark = pytest.mark.timeout(300)
TEXTS: Final = 200
KILLS: Final = 20
SEED: Final = 20261124


class Burst:
    """The sender types what was never shown again, as a person would; the engine shows what is stored."""

    def __init__(self, sender: Party, reader: Party) -> None:
        self.sender, self.reader = sender, reader
        self.typed = self.shown = 0
        """How many texts; what was shown is stored."""

    async def type(self, count: int) -> None:
        for _ in range(count):
            await self.sender.type(numbered(self.typed))
            self.typed += 1

    async def die(self, kill: Kill, batch: int) -> None:
        before = self.typed
        await self.type(kill.after)
        if kill.seen != "nobody":
            sees = self.sender if kill.seen == "sender" else self.reader
            await sees.profile.person.sees(numbered(self.typed - 1))
            self.shown = self.typed
        if kill.reader_dies:
            await asyncio.gather(kill.death(self.reader), self.type(before + batch - self.typed))
            await self.reader.is_back()
            return
        await kill.death(self.sender)
        if kill.death is not terminate_worker:
            await self.recall()
        await self.type(before + batch - self.typed)

    async def recall(self) -> None:
        """The page is another one: what it does not show has to be typed again."""
        await self.sender.is_back()
        found = await self.sender.shown()
        self.typed = 1 + max((index for index in range(self.typed) if numbered(index) in found), default=-1)
        assert self.typed >= self.shown, "what was shown is not lost"

    async def check(self) -> None:
        expected = [numbered(index) for index in range(TEXTS)]
        for party in (self.sender, self.reader):
            await party.profile.person.sees(expected[-1])
            assert await party.whole_chat() == expected


async def test_a_burst_of_texts_outlives_twenty_deaths(settle: Settler) -> None:
    ada, bob = await settle("Ada"), await settle("Bob")
    for profile in (ada, bob):
        profile.watcher.forgiven = ("the engine died and is started again",)
        await profile.add_script(KEEP_WORKERS)
        await profile.person.page.reload()
        await profile.person.is_connected()
    await ada.person.create_group("Burst")
    await bob.person.join(await ada.person.make_link(), "Burst")
    parties = [Party(each, "/#" + each.person.page.url.partition("#")[2]) for each in (ada, bob)]
    burst = Burst(*parties)
    print(f"seed {SEED}")
    for kill in draw_kills(SEED, KILLS, TEXTS // KILLS):
        print(kill)
        await burst.die(kill, TEXTS // KILLS)
    await burst.check()
    for party in parties:
        await party.page.reload()
        await party.is_back()
    await burst.check()
    assert not await ada.person.messages.get_by_text("sending").count()
