"""A running service, rows and tokens; the log as the service's own database role sees it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from database import Connection
from delivery.log import Log
from delivery_server import Door, Minter, Seed, running_service


@pytest.fixture(scope="session")
def minter() -> Minter:
    return Minter()


@pytest.fixture
def seed(admin: Connection) -> Seed:
    return Seed(admin)


@pytest_asyncio.fixture
async def log(delivery_dsn: str) -> AsyncIterator[Log]:
    log = Log(delivery_dsn)
    await log.open()
    yield log
    await log.close()


@pytest_asyncio.fixture
async def door(delivery_dsn: str, minter: Minter) -> AsyncIterator[Door]:
    async with running_service(delivery_dsn, minter) as door:
        yield door
