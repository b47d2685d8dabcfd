"""The migrations on a database in use: what was stored before stays as it is."""

import shutil
from pathlib import Path

import asyncpg
import pytest

from database import running_postgres
from sql_world import RefusedError, World
from stack.migrations import FOLDER, migrate

RELEASED = "20261121*.sql"


async def test_a_group_from_before_there_were_voids_goes_on(tmp_path: Path) -> None:
    for path in FOLDER.glob(RELEASED):
        shutil.copy(path, tmp_path)
    with running_postgres() as server:
        await migrate(server.dsn("postgres"), tmp_path)
        connection = await asyncpg.connect(server.dsn("supabase_admin"))
        try:
            world = World(connection)
            owner, bob = await world.device(), await world.device()
            id_ = await world.group(owner, bob)
            await world.say(bob, id_)
            await world.commit(owner, id_)
            before = await world.call(bob, "get_messages", group_id=id_, since_seq=0)
            await migrate(server.dsn("postgres"), FOLDER)
            await connection.reload_schema_state()
            assert await world.call(bob, "get_messages", group_id=id_, since_seq=0) == before
            with pytest.raises(RefusedError, match="commit_unknown"):
                await world.flag(bob, id_, 3)
            await world.commit(owner, id_)
            assert await world.flag(bob, id_, 4) == {"void_seq": 5, "epoch": 2}
        finally:
            await connection.close()
