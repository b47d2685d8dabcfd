from collections.abc import AsyncIterator

import pytest_asyncio

from database import Connection
from sql_arena import Arena
from sql_world import World, open_world
from stack.postgres import Postgres


@pytest_asyncio.fixture
async def world(postgres: Postgres) -> AsyncIterator[World]:
    async with open_world(postgres.dsn("supabase_admin")) as opened:
        yield opened


@pytest_asyncio.fixture
async def arena(postgres: Postgres, admin: Connection) -> Arena:
    return Arena(postgres, admin)
