"""Every contract test runs against the server in memory and against the real one."""

import pytest

from contract_doors import Door, FakeDoor, RealDoor
from stack.postgres import Postgres


@pytest.fixture(params=["fake", "real"])
def door(request: pytest.FixtureRequest) -> Door:
    if request.param == "fake":
        return FakeDoor()
    postgres: Postgres = request.getfixturevalue("postgres")
    return RealDoor(request.getfixturevalue("http"), postgres.dsn("supabase_admin"))
