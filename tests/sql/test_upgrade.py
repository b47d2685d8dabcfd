"""The migrations on a database in use: what was stored before stays as it is."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from database import running_postgres
from sql_world import RefusedError, World, b64, sealed_key
from stack.migrations import FOLDER, migrate

FIRST = ("20261121",)
BEFORE_DEVICES = (*FIRST, "20261124")


@asynccontextmanager
async def released(folder: Path, days: tuple[str, ...]) -> AsyncIterator[tuple[World, Callable[[], Awaitable[None]]]]:
    """A database with the migrations of these days alone, and what brings the others."""
    for path in FOLDER.glob("*.sql"):
        if path.name.startswith(days):
            shutil.copy(path, folder)
    with running_postgres() as server:
        await migrate(server.dsn("postgres"), folder)
        connection = await asyncpg.connect(server.dsn("supabase_admin"))

        async def upgrade() -> None:
            await migrate(server.dsn("postgres"), FOLDER)
            await connection.reload_schema_state()

        try:
            yield World(connection), upgrade
        finally:
            await connection.close()


async def test_a_group_from_before_there_were_voids_goes_on(tmp_path: Path) -> None:
    async with released(tmp_path, FIRST) as (world, upgrade):
        owner, bob = await world.device(), await world.device()
        id_ = await world.group(owner, bob)
        await world.say(bob, id_)
        await world.commit(owner, id_)
        before = await world.call(bob, "get_messages", group_id=id_, since_seq=0)
        await upgrade()
        assert await world.call(bob, "get_messages", group_id=id_, since_seq=0) == before
        with pytest.raises(RefusedError, match="commit_unknown"):
            await world.flag(bob, id_, 3)
        await world.commit(owner, id_)
        assert await world.flag(bob, id_, 4) == {"void_seq": 5, "epoch": 2}


async def test_an_account_from_before_there_was_a_device_log_goes_on(tmp_path: Path) -> None:
    """Its devices come into the log one by one; keys that commits have brought are for the account."""
    async with released(tmp_path, BEFORE_DEVICES) as (world, upgrade):
        owner, bob = await world.device(), await world.device()
        second = await world.device(bob.user_id)
        id_ = await world.group(owner, bob)
        await world.commit(owner, id_, keys=[sealed_key(bob, b"before")])
        challenge = "select private.auth_challenge('login', $1, $2)"
        await world.db.execute(challenge, bob.user_id, bob.device_id)
        await upgrade()
        assert (await world.call(bob, "device_log_get", user_id=bob.user_id))["entries"] == []
        names = {each["sealed_name"] for each in (await world.call(bob, "device_list"))["devices"]}
        assert names == {""}
        for device in (bob, second):
            entry = await world.entry(device)
            await world.functions(bob, "device_add", credential=b"c", sealed_name=b"name", entry=entry)
        assert (await world.call(bob, "device_log_get", user_id=bob.user_id))["head"] == 2
        await world.rejoin(second, id_)
        assert (await world.call(second, "group_info_get", group_id=id_))["wraps"] == [b64(b"before")]
