"""Port `Storage`: one SQLite table of sealed rows, one transaction a batch, on disk when `commit` returns.

Calls run on the event loop's thread: a batch takes a few milliseconds, and so batches cannot overtake each other.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mls_chat.effects import Write
from mls_chat.native.errors import StateBroken, StateError, StateInUse, StateTooNew
from mls_chat.native.vault import key_path, open_vault
from mls_chat.ports import Loaded, StorageFailed, StorageFull, Vault
from mls_chat.records import LAZY_TABLES
from mls_chat.unsealing import unseal_rows

FORMAT_VERSION: Final = 1
ROOM_BYTES: Final = 64 * 1024
"""How much must fit before writing is tried again."""
HIGHEST_CHARACTER: Final = "\U0010ffff"
SETTINGS: Final = """
pragma locking_mode = exclusive;
pragma journal_mode = wal;
pragma synchronous = full;
pragma secure_delete = on;
"""
SCHEMA: Final = """
create table rows (tbl text not null, key text not null, value blob not null, primary key (tbl, key)) without rowid;
"""
READ: Final = """
select key, value from rows
where tbl = :tbl and key >= :prefix and key < :prefix || :top and (:before is null or key < :before)
order by key desc limit :limit
"""


class SqliteStorage:
    """The rows of one account. The file belongs to one process at a time."""

    def __init__(self, database: sqlite3.Connection, vault: Vault) -> None:
        self._database, self._vault = database, vault

    async def load(self) -> Loaded:
        marks = ", ".join("?" * len(LAZY_TABLES))
        query = f"select tbl, key, value from rows where tbl not in ({marks}) order by tbl, key"
        try:
            found = self._database.execute(query, sorted(LAZY_TABLES)).fetchall()
        except sqlite3.Error as error:
            raise StorageFailed(f"the rows could not be read: {error}") from error
        return await unseal_rows(self._vault, found, whole=True)

    async def commit(self, writes: Sequence[Write]) -> None:
        last = {(write.table, write.key): write.value for write in writes}
        sealed = {place: await self._vault.seal(*place, value) for place, value in last.items() if value is not None}
        gone = [place for place, value in last.items() if value is None]
        try:
            with self._database:
                self._database.execute("begin immediate")
                self._database.executemany("delete from rows where tbl = ? and key = ?", gone)
                self._database.executemany(
                    "insert or replace into rows values (?, ?, ?)", [(*place, value) for place, value in sealed.items()]
                )
        except sqlite3.Error as error:
            raise _failure("nothing was stored", error) from error

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        query = {"tbl": table, "prefix": prefix, "top": HIGHEST_CHARACTER, "before": before, "limit": limit}
        try:
            found = self._database.execute(READ, query).fetchall()
        except sqlite3.Error as error:
            raise StorageFailed(f"{table} could not be read: {error}") from error
        return await unseal_rows(self._vault, [(table, key, value) for key, value in found])

    async def find_room(self) -> None:
        try:
            with self._database:
                self._database.execute("begin immediate")
                self._database.execute("insert into rows values (?, ?, zeroblob(?))", ("", "room", ROOM_BYTES))
                self._database.execute("delete from rows where tbl = ? and key = ?", ("", "room"))
        except sqlite3.Error as error:
            raise _failure("looking for room", error) from error

    def close(self) -> None:
        self._database.close()


def _failure(doing: str, error: sqlite3.Error) -> StorageFailed:
    full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    kind = StorageFull if full else StorageFailed
    return kind(f"{doing}: {error}")


def open_storage(path: Path) -> SqliteStorage:
    """Opens or makes a state file (and its key beside it), readable by its owner alone. Raises StateError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StateError(f"{path} cannot be opened: {error.strerror}") from error
    database = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        new = _prepare(database, path)
        return SqliteStorage(database, open_vault(path, new=new))
    except sqlite3.OperationalError as error:
        database.close()
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StateInUse(path) from error
        raise StateBroken(path, str(error)) from error
    except sqlite3.DatabaseError as error:
        database.close()
        raise StateBroken(path, str(error)) from error
    except BaseException:
        database.close()
        raise


def _prepare(database: sqlite3.Connection, path: Path) -> bool:
    """Takes the file for this process and brings it to our format; whether it was empty."""
    version: int = database.execute("pragma user_version").fetchone()[0]
    if version > FORMAT_VERSION:  # before anything could change the file
        raise StateTooNew(path, version, FORMAT_VERSION)
    if version == 0 and key_path(path).exists():
        raise StateBroken(path, f"it is empty, though its key {key_path(path).name} is there")
    database.executescript(SETTINGS)
    with database:
        database.execute("begin exclusive")
        if version == 0:
            database.execute(SCHEMA)
            database.execute(f"pragma user_version = {FORMAT_VERSION}")
        empty = database.execute("select not exists (select 1 from rows)").fetchone()[0]
        return bool(empty)
