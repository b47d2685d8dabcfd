"""The SQLite adapter of port Storage: all or nothing, sealed, one owner."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mls_chat.effects import Row, Write
from mls_chat.native.errors import StateBroken, StateError, StateInUse, StateTooNew
from mls_chat.native.storage import open_storage
from mls_chat.native.vault import key_path
from mls_chat.ports import Loaded, StorageFailed, StorageFull, StorageTooNew


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inner" / "state.db"


async def stored(path: Path, *writes: Write) -> None:
    storage = open_storage(path)
    await storage.commit(writes)
    storage.close()


async def test_rows_come_back_after_a_restart(path: Path) -> None:
    await stored(path, Write("groups", "b", b"2"), Write("groups", "a", b"1"), Write("names", "a", b""))
    storage = open_storage(path)
    expected = [Row("groups", "a", b"1"), Row("groups", "b", b"2"), Row("names", "a", b"")]
    assert await storage.load() == Loaded(expected, [])
    storage.close()


async def test_the_last_write_of_a_batch_wins_and_none_deletes(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("t", "a", b"1"), Write("t", "b", b"1"), Write("t", "a", None), Write("t", "b", b"2")])
    assert await storage.load() == Loaded([Row("t", "b", b"2")], [])
    await storage.commit([Write("t", "b", None), Write("t", "b", b"3")])
    assert await storage.load() == Loaded([Row("t", "b", b"3")], [])
    storage.close()


async def test_a_failed_batch_leaves_nothing_behind(path: Path) -> None:
    await stored(path, Write("t", "a", b"1"))
    storage = open_storage(path)
    storage._database.execute("create trigger full_disk before insert on rows begin select raise(fail, 'full'); end")
    with pytest.raises(StorageFailed, match="nothing was stored: full"):
        await storage.commit([Write("t", "a", None), Write("t", "b", b"2")])
    storage._database.execute("drop trigger full_disk")
    assert await storage.load() == Loaded([Row("t", "a", b"1")], [])
    await storage.commit([Write("t", "b", b"2")])
    assert len((await storage.load()).rows) == 2
    storage.close()


async def test_read_gives_a_page_from_the_top_down(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("lines", f"g/{n:03d}", bytes([n])) for n in range(10)])
    await storage.commit([Write("lines", "f/900", b""), Write("lines", "g0/1", b""), Write("other", "g/5", b"")])
    page = (await storage.read("lines", "g/", None, 4)).rows
    assert [row.key for row in page] == ["g/009", "g/008", "g/007", "g/006"]
    assert page[0] == Row("lines", "g/009", bytes([9]))
    rest = (await storage.read("lines", "g/", "g/006", 99)).rows
    assert [row.key for row in rest] == [f"g/{n:03d}" for n in range(5, -1, -1)]
    storage.close()


async def test_lines_are_not_loaded_at_the_start(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("lines", "g/1", b"text"), Write("groups", "g", b"1")])
    assert [row.table for row in (await storage.load()).rows] == ["groups"]
    storage.close()


async def test_only_the_owner_can_read_the_files(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("t", "a", b"1")])
    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert len(modes) >= 3
    assert set(modes.values()) == {0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    storage.close()


async def test_no_value_is_readable_in_the_files(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("t", "a", b"a very secret text")])
    assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())
    storage.close()
    assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("(select value from rows where key = 'a')", "was changed or belongs elsewhere"),
        ("x'09'", "is cut off"),
        ("x''", "is cut off"),
        ("'text'", "is cut off"),
        ("zeroblob(64)", "was changed or belongs elsewhere"),
        ("unhex('09') || zeroblob(64)", "has format 9: update mls-chat"),
    ],
)
@pytest.mark.parametrize("table", ["groups", "lines"])
async def test_a_damaged_row_is_named_and_takes_no_other_with_it(
    path: Path, value: str, reason: str, table: str
) -> None:
    storage = open_storage(path)
    await storage.commit([Write(table, "a", b"1"), Write(table, "b", b"2"), Write(table, "c", b"3")])
    storage._database.create_function("unhex", 1, bytes.fromhex)
    storage._database.execute(f"update rows set value = cast({value} as blob) where key = 'b'")
    before = storage._database.execute("select * from rows order by key").fetchall()
    loaded = await (storage.read(table, "", None, 9) if table == "lines" else storage.load())
    assert sorted(row.key for row in loaded.rows) == ["a", "c"]
    [damaged] = loaded.damaged
    assert (damaged.table, damaged.key) == (table, "b")
    assert damaged.reason == f"the stored row {table}/b {reason}"
    assert storage._database.execute("select * from rows order by key").fetchall() == before
    await storage.commit([Write(table, "b", b"new")])
    loaded = await (storage.read(table, "", None, 9) if table == "lines" else storage.load())
    assert sorted(row.key for row in loaded.rows) == ["a", "b", "c"]
    storage.close()


async def test_rows_of_a_newer_format_alone_are_refused_and_kept(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("t", "a", b"1"), Write("t", "b", b"2")])
    storage._database.execute("update rows set value = cast(x'02' || zeroblob(40) as blob)")
    before = storage._database.execute("select * from rows").fetchall()
    with pytest.raises(StorageTooNew, match="has format 2: update mls-chat"):
        await storage.load()
    assert storage._database.execute("select * from rows").fetchall() == before
    storage.close()


async def test_no_room_is_told_by_name_until_there_is_some(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([Write("t", "a", b"1")])
    pages = storage._database.execute("pragma page_count").fetchone()[0]
    storage._database.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StorageFull, match="nothing was stored"):
        await storage.commit([Write("t", "a", b"2"), Write("t", "b", bytes(20_000))])
    with pytest.raises(StorageFull):
        await storage.find_room()
    assert await storage.load() == Loaded([Row("t", "a", b"1")], [])
    storage._database.execute(f"pragma max_page_count = {pages + 100}")
    await storage.find_room()
    await storage.commit([Write("t", "a", b"2")])
    assert await storage.load() == Loaded([Row("t", "a", b"2")], [])
    storage.close()


async def test_a_second_owner_is_refused_until_the_first_is_gone(path: Path) -> None:
    first = open_storage(path)
    with pytest.raises(StateInUse, match="in use by another mls-chat"):
        open_storage(path)
    first.close()
    open_storage(path).close()


async def test_a_newer_format_is_refused_and_kept(path: Path) -> None:
    await stored(path, Write("t", "a", b"1"))
    with closing(sqlite3.connect(path)) as database:
        database.execute("pragma journal_mode = delete")
        database.execute("pragma user_version = 2")
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(StateTooNew, match="format 2, this program knows up to 1"):
        open_storage(path)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


@pytest.mark.parametrize("damage", [lambda state: state.unlink(), lambda state: state.write_bytes(b"")])
async def test_a_state_that_is_gone_while_its_key_is_there_is_no_new_account(path: Path, damage: object) -> None:
    await stored(path, Write("t", "a", b"1"))
    assert callable(damage)
    damage(path)
    with pytest.raises(StateBroken, match=r"empty, though its key state\.db\.key is there"):
        open_storage(path)


async def test_a_state_cut_in_half_is_refused(path: Path) -> None:
    await stored(path, *(Write("t", f"{n}", bytes(3000)) for n in range(20)))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StorageFailed):
        storage = open_storage(path)
        try:
            await storage.load()
        finally:
            storage.close()


async def test_a_file_that_is_no_state_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StateBroken):
        open_storage(path)


@pytest.mark.parametrize("damage", [lambda key: key.unlink(), lambda key: key.write_bytes(b"short")])
async def test_a_state_without_its_key_is_refused(path: Path, damage: object) -> None:
    await stored(path, Write("t", "a", b"1"))
    assert callable(damage)
    damage(key_path(path))
    with pytest.raises(StateBroken, match="its key"):
        open_storage(path)


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StateError, match="cannot be opened"):
        open_storage(tmp_path / "file" / "state.db")


async def test_an_empty_batch_is_no_error(path: Path) -> None:
    storage = open_storage(path)
    await storage.commit([])
    assert await storage.load() == Loaded([], [])
    storage.close()
