"""The migrator: order, once each, all or nothing, and the list that the Supabase CLI reads."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from database import Connection
from stack.errors import MigrationChangedError, MigrationFailedError
from stack.migrations import FOLDER, migrate
from stack.postgres import Postgres


@pytest_asyncio.fixture
async def dsn(postgres: Postgres, admin: Connection) -> AsyncIterator[str]:
    """An empty database of its own."""
    name = f"migrations_{os.urandom(4).hex()}"
    await admin.execute(f"create database {name} owner postgres")
    yield postgres.dsn("postgres", name)
    await admin.execute(f"drop database {name}")


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_each_file_once_and_in_order(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "20260102000000_second.sql").write_text("insert into t values (2);")
    (tmp_path / "20260101000000_first.sql").write_text("create table t (n int); insert into t values (1);")
    assert await migrate(dsn, tmp_path) == ["20260101000000_first.sql", "20260102000000_second.sql"]
    assert await migrate(dsn, tmp_path) == []
    (tmp_path / "20260103000000_third.sql").write_text("insert into t values (3);")
    assert await migrate(dsn, tmp_path) == ["20260103000000_third.sql"]
    assert await ask(dsn, "select string_agg(n::text, ' ') from t") == "1 2 3"
    listed = (
        "select string_agg(version || ' ' || name, ', ' order by version) from supabase_migrations.schema_migrations"
    )
    assert await ask(dsn, listed) == "20260101000000 first, 20260102000000 second, 20260103000000 third"


async def test_a_failed_file_leaves_nothing(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "20260101000000_bad.sql").write_text("create table t (n int);\nselect 1;\nselect from nowhere;\n")
    with pytest.raises(MigrationFailedError, match=r"bad\.sql, line 3: relation \"nowhere\""):
        await migrate(dsn, tmp_path)
    assert await ask(dsn, "select to_regclass('t')") is None
    (tmp_path / "20260101000000_bad.sql").write_text("create table t (n int);")
    assert await migrate(dsn, tmp_path) == ["20260101000000_bad.sql"]


async def test_a_changed_file_is_named_before_anything_happens(dsn: str, tmp_path: Path) -> None:
    first = tmp_path / "20260101000000_first.sql"
    first.write_text("create table t (n int);")
    await migrate(dsn, tmp_path)
    first.write_text("create table t (n bigint);")
    (tmp_path / "20260102000000_second.sql").write_text("create table u (n int);")
    with pytest.raises(MigrationChangedError, match="first"):
        await migrate(dsn, tmp_path)
    assert await ask(dsn, "select to_regclass('u')") is None


async def test_what_the_cli_has_applied_counts(dsn: str, tmp_path: Path) -> None:
    (tmp_path / "20260101000000_first.sql").write_text("-- why\ncreate table t (n int);\n\ninsert into t values (1);\n")
    await migrate(dsn, tmp_path)
    split = """update supabase_migrations.schema_migrations
               set statements = array[E'-- why\\ncreate table t (n int)', 'insert into t values (1)']"""
    await ask(dsn, split)
    assert await migrate(dsn, tmp_path) == []


def test_names_and_sizes() -> None:
    for path in FOLDER.glob("*"):
        assert path.suffix == ".sql"
        assert len(path.stem.partition("_")[0]) == 14, path
        assert len(path.read_text().splitlines()) <= 120, path
