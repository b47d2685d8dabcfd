"""Bells are heard in order; a lost connection comes back and asks for what it missed."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from database import Connection
from delivery.bus import Bell, Bus, DevicesRung, InviteRung, MembersBell, MessagesBell, RevokedBell, WelcomeRung
from delivery.journal import Journal
from delivery_server import Seed


class Ear:
    def __init__(self) -> None:
        self.bells: asyncio.Queue[Bell] = asyncio.Queue()
        self.restored = 0

    async def restore(self) -> None:
        self.restored += 1

    async def next(self) -> Bell:
        return await asyncio.wait_for(self.bells.get(), 10)


@asynccontextmanager
async def listening(dsn: str, ear: Ear, lines: io.StringIO) -> AsyncIterator[Bus]:
    bus = Bus(dsn, ear.bells.put_nowait, ear.restore, Journal(lines))
    task = asyncio.create_task(bus.run())
    await asyncio.wait_for(bus.until_listening(), 10)
    yield bus
    task.cancel()


async def test_every_bell_is_heard_in_order(delivery_dsn: str, seed: Seed) -> None:
    ear = Ear()
    async with listening(delivery_dsn, ear, io.StringIO()):
        await seed.bell("messages", group_id="g", head_seq=3)
        await seed.bell("members", group_id="g", removed=["d"], added=[])
        await seed.bell("welcome", device_id="d", request_id="r", group_id="g")
        await seed.bell("invite", group_id="g")
        await seed.bell("devices", user_id="u", group_ids=["g", "h"])
        await seed.bell("revoked", device_id="d")
        assert [await ear.next() for _ in range(6)] == [
            MessagesBell("g", 3),
            MembersBell("g", ["d"]),
            WelcomeRung("d", "r", "g"),
            InviteRung("g"),
            DevicesRung("u", ["g", "h"]),
            RevokedBell("d"),
        ]


async def test_what_is_no_bell_is_noted_and_passed_over(delivery_dsn: str, seed: Seed) -> None:
    ear, lines = Ear(), io.StringIO()
    async with listening(delivery_dsn, ear, lines):
        await seed.bell("no such bell", secret="s")
        await seed.bell("invite", group_id="g")
        assert await ear.next() == InviteRung("g")
    assert "bell_unknown" in lines.getvalue()
    assert "secret" not in lines.getvalue()


async def test_a_cut_connection_is_made_again(delivery_dsn: str, seed: Seed, admin: Connection) -> None:
    ear = Ear()
    async with listening(delivery_dsn, ear, io.StringIO()) as bus:
        assert ear.restored == 1
        await admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'")
        async with asyncio.timeout(10):
            while ear.restored < 2 or not bus.listening:
                await asyncio.sleep(0)
        await seed.bell("invite", group_id="g")
        assert await ear.next() == InviteRung("g")
