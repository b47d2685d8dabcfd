"""Flags, commits, messages and acknowledgements at the same time, over connections of their own, committed."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest_asyncio

from database import Connection
from sql_world import Device, World, new_id
from stack.postgres import Postgres

ROUNDS = 10
NO_INDEX = "set enable_indexscan = off; set enable_bitmapscan = off"
"""Rows come in the order of the table, which is not that of their ids."""


@dataclass
class Arena:
    """A group whose rows are committed, and callers that don't share a connection."""

    postgres: Postgres
    admin: Connection

    async def group(self, count: int) -> tuple[str, list[Device]]:
        world = World(self.admin)
        devices = [await world.device() for _ in range(count)]
        return await world.group(*devices), devices

    async def commit(self, device: Device, group_id: str) -> int:
        return int((await World(self.admin).commit(device, group_id))["server_seq"])

    @asynccontextmanager
    async def connection(self, device: Device) -> AsyncIterator[Connection]:
        connection = await asyncpg.connect(self.postgres.dsn("postgres"))
        try:
            await connection.execute("select set_config('request.jwt.claims', $1, false)", json.dumps(device.claims))
            yield connection
        finally:
            await connection.close()

    async def ask(self, device: Device, query: str, *values: Any, settings: str = "select") -> tuple[str, Any]:
        """("done", reply), or the code of the refusal and its facts."""
        async with self.connection(device) as connection:
            await connection.execute(settings)
            try:
                return "done", json.loads(await connection.fetchval(f"select public.{query}", *values))
            except asyncpg.PostgresError as error:
                assert (error.sqlstate or "").startswith("PT"), error
                return str(error.args[0]), json.loads(error.hint or "{}")

    async def flag(self, device: Device, group_id: str, seq: int, **more: str) -> tuple[str, Any]:
        return await self.ask(device, "commit_flag($1, $2)", group_id, seq, **more)

    async def say(self, device: Device, group_id: str, epoch: int) -> tuple[str, Any]:
        number = int.from_bytes(os.urandom(4), "big")
        query = "send_message($1, $2, $3, 'chat', $4, 'x')"
        return await self.ask(device, query, group_id, new_id(), number, epoch)

    async def rejoin(self, device: Device, group_id: str, epoch: int) -> tuple[str, Any]:
        return await self.ask(device, "group_rejoin($1, $2, $3, 'x')", group_id, new_id(), epoch)

    async def until_it_waits(self, call: asyncio.Task[Any]) -> None:
        """For a lock that another transaction holds."""
        while not await self.admin.fetchval("select count(*) from pg_locks where not granted"):
            assert not call.done(), call.result()
            await asyncio.sleep(0)

    async def log(self, group_id: str) -> list[tuple[int, str, int]]:
        rows = await self.admin.fetch(
            "select server_seq, msg_kind, epoch from public.messages where group_id = $1 order by 1", group_id
        )
        return [tuple(row) for row in rows]


@pytest_asyncio.fixture
async def arena(postgres: Postgres, admin: Connection) -> Arena:
    return Arena(postgres, admin)


async def test_many_flag_at_once_and_there_is_one_void(arena: Arena) -> None:
    id_, devices = await arena.group(8)
    seq = await arena.commit(devices[0], id_)
    outcomes = await asyncio.gather(*(arena.flag(device, id_, seq) for device in devices))
    assert outcomes == [("done", {"void_seq": 3, "epoch": 1})] * 8
    assert await arena.log(id_) == [(1, "commit", 0), (2, "commit", 1), (3, "void", 1)]


async def test_a_flag_against_whoever_goes_on(arena: Arena) -> None:
    """Either the message is stored and the commit stands, or the commit is void and the message is refused."""
    for _ in range(ROUNDS):
        id_, (owner, bob, carol) = await arena.group(3)
        seq = await arena.commit(owner, id_)
        flagged, said = await asyncio.gather(arena.flag(bob, id_, seq), arena.say(carol, id_, 2))
        kinds = [kind for _, kind, _ in await arena.log(id_)]
        if flagged[0] == "done":
            assert (said, kinds) == (("future_epoch", {"epoch": 1}), ["commit", "commit", "void"])
        else:
            assert (flagged, said[0]) == (("commit_confirmed", {"epoch": 2}), "done")
            assert kinds == ["commit", "commit", "chat"]


async def test_rejoins_against_each_other(arena: Arena) -> None:
    id_, devices = await arena.group(6)
    outcomes = await asyncio.gather(*(arena.rejoin(device, id_, 1) for device in devices))
    assert sorted(name for name, _ in outcomes) == ["done"] + ["stale_epoch"] * 5
    assert await arena.log(id_) == [(1, "commit", 0), (2, "commit", 1)]


async def test_a_flag_waits_for_a_removal_and_then_refuses(arena: Arena) -> None:
    """The flagger is being removed by a commit that is not committed yet."""
    id_, (owner, bob) = await arena.group(2)
    seq = await arena.commit(owner, id_)
    async with arena.connection(owner) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval(
            "select public.send_commit($1, $2, 2, 'x', p_removed => $3)", id_, new_id(), [bob.device_id]
        )
        flag = asyncio.create_task(arena.flag(bob, id_, seq))
        await arena.until_it_waits(flag)
        await transaction.commit()
    assert (await flag)[0] == "not_a_member"


async def test_acknowledgements_while_memberships_are_undone(arena: Arena) -> None:
    """Both lock members in one order: whoever comes second waits, and nobody waits for each other."""
    world = World(arena.admin)
    id_, (owner, bob) = await arena.group(2)
    newcomers = sorted([await world.device() for _ in range(2)], key=lambda each: each.device_id)
    await world.commit(owner, id_, added=newcomers[::-1])
    async with arena.connection(owner) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await acknowledge(connection, newcomers[0], id_)
        flag = asyncio.create_task(arena.flag(bob, id_, 2, settings=NO_INDEX))
        await arena.until_it_waits(flag)
        await acknowledge(connection, newcomers[1], id_)
        await transaction.commit()
    assert await flag == ("done", {"void_seq": 3, "epoch": 1})


async def acknowledge(connection: Connection, device: Device, group_id: str) -> None:
    await connection.execute(
        "update public.group_members set acked_seq = acked_seq where group_id = $1 and device_id = $2",
        group_id, device.device_id,
    )  # fmt: skip
