"""Applies supabase/migrations in order, each in one transaction, and keeps the list that the Supabase CLI keeps."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import asyncpg

from stack.errors import MigrationChangedError, MigrationFailedError

FOLDER: Final = Path(__file__).resolve().parents[1] / "migrations"
LOCK: Final = 7_203_114  # any number that nobody else uses: two migrators take turns

HISTORY: Final = """
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key, statements text[], name text);
"""


async def migrate(dsn: str, folder: Path = FOLDER) -> list[str]:
    """Brings the database up to date as role `postgres`; returns the names of the files applied now.

    Raises MigrationChangedError before anything is applied, MigrationFailedError with the failed file rolled back.
    """
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute("set client_min_messages = warning")
        await connection.execute(HISTORY)
        waiting = _waiting(sorted(folder.glob("*.sql")), await _applied(connection))
        for path in waiting:
            await _apply(connection, path)
        return [path.name for path in waiting]
    finally:
        await connection.close()


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[str, str]:
    rows = await connection.fetch("select version, statements from supabase_migrations.schema_migrations")
    return {row["version"]: "".join(row["statements"] or []) for row in rows}


def _waiting(paths: list[Path], applied: dict[str, str]) -> list[Path]:
    for path in paths:
        before = applied.get(_version(path))
        if before is not None and _essence(before) != _essence(path.read_text()):
            raise MigrationChangedError(path.name)
    return [path for path in paths if _version(path) not in applied]


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", path: Path) -> None:
    text = path.read_text()
    version, _, name = path.stem.partition("_")
    try:
        async with connection.transaction():
            await connection.execute(text)
            await connection.execute("reset role")
            await connection.execute(
                "insert into supabase_migrations.schema_migrations (version, statements, name) values ($1, $2, $3)",
                version, [text], name,
            )  # fmt: skip
    except asyncpg.PostgresError as cause:
        position = getattr(cause, "position", None)
        line = None if position is None else text[: int(position)].count("\n") + 1
        raise MigrationFailedError(path.name, line, str(cause)) from cause


def _version(path: Path) -> str:
    return path.stem.partition("_")[0]


def _essence(script: str) -> str:
    """What stays when the CLI splits a script into statements: it drops semicolons and white space between them."""
    return "".join(script.replace(";", "").split())


if __name__ == "__main__":
    for applied_now in asyncio.run(migrate(sys.argv[1] if len(sys.argv) > 1 else os.environ["DATABASE_URL"])):
        print(applied_now)
