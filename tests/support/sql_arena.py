"""Callers at the same time: groups whose rows are committed, and a connection for each call."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from database import Connection
from sql_world import Device, World, new_id
from stack.postgres import Postgres


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

    async def functions(self, device: Device | None, name: str, *values: Any) -> tuple[str, Any]:
        """private.`name` as `ask` does, called by the functions for this device (for nobody)."""
        connection = await asyncpg.connect(self.postgres.dsn("mls_chat_functions"))
        marks = ", ".join(f"${place}" for place in range(1, len(values) + 1))
        try:
            claims = json.dumps(device.claims) if device else ""
            await connection.execute("select set_config('request.jwt.claims', $1, false)", claims)
            given = [json.dumps(each) if isinstance(each, dict) else each for each in values]
            reply = await connection.fetchval(f"select private.{name}({marks})", *given)
            return "done", json.loads(reply) if reply else None
        except asyncpg.PostgresError as error:
            assert (error.sqlstate or "").startswith("PT"), error
            return str(error.args[0]), json.loads(error.hint or "{}")
        finally:
            await connection.close()

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
