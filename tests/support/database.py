"""One embedded Postgres for all tests that need a database: migrated, on a free port, in a temporary folder."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
import pytest_asyncio

from stack.migrations import migrate
from stack.ports import free_ports
from stack.postgres import Postgres

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
else:
    Connection = asyncpg.Connection


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory(prefix="mls-chat-test-") as folder:
        server = Postgres(Path(folder), free_ports(1)[0], durable=False)
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest_asyncio.fixture(scope="session")
async def postgres() -> AsyncIterator[Postgres]:
    """The server, with all migrations applied and the passwords of the login roles set."""
    with running_postgres() as server:
        await migrate(server.dsn("postgres"))
        server.set_passwords()
        yield server


@pytest_asyncio.fixture
async def admin(postgres: Postgres) -> AsyncIterator[Connection]:
    """A superuser's connection in autocommit: for seeding rows that other connections must see."""
    connection = await asyncpg.connect(postgres.dsn("supabase_admin"))
    yield connection
    await connection.close()


@pytest.fixture
def functions_dsn(postgres: Postgres) -> str:
    return postgres.dsn("mls_chat_functions")


@pytest.fixture
def delivery_dsn(postgres: Postgres) -> str:
    return postgres.dsn("mls_chat_delivery")
