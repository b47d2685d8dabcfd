"""Checks of the storage and its vault over the browser's own IndexedDB and WebCrypto."""

import asyncio
from typing import Any

import js
from pyodide.ffi import JsException, create_once_callable, to_js

from mls_chat.browser import database
from mls_chat.browser.database import Transaction, delete_database
from mls_chat.browser.device_key import find_device_key, make_device_key, remove_device_key
from mls_chat.browser.row_key import OTHER_KEY, make_row_key
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.vault import WebCryptoVault
from mls_chat.effects import DamagedRow, Row, Write
from mls_chat.ports import AccountGone, Loaded, RowDamaged, StorageClosed, StorageFailed, StorageLost, StorageTooNew

LAZY = {"lines", "more"}


async def opened(facts: dict[str, Any]) -> IndexedStorage:
    return await IndexedStorage.open(str(facts["name"]), LAZY)


async def fails(work: Any, kind: type[Exception] = StorageFailed) -> Exception:
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


async def raw(storage: IndexedStorage, table: str, key: str) -> bytes:
    transaction = Transaction(storage._database, ["rows"], write=False)
    request = transaction.store("rows").get(to_js([table, key]))
    await transaction.finish()
    return bytes(request.result.to_bytes())


async def put_raw(storage: IndexedStorage, table: str, key: str, value: object) -> None:
    transaction = Transaction(storage._database, ["rows"], write=True)
    transaction.store("rows").put(to_js(value), to_js([table, key]))
    await transaction.finish()


async def result(request: Any) -> Any:
    """Of any request of IndexedDB, success or not."""
    done = asyncio.get_running_loop().create_future()
    request.onsuccess = create_once_callable(lambda _: done.set_result(None))
    request.onerror = create_once_callable(lambda _: done.set_result(None))
    await done
    return request.result


async def load_leaves_lazy_tables_out(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    tables = ["a", "line", "lines", "linesz", "m", "more", "z"]
    await storage.commit([Write(table, "k", table.encode()) for table in tables])
    rows = (await storage.load()).rows
    assert sorted(row.table for row in rows) == ["a", "line", "linesz", "m", "z"], rows
    assert all(row.value == row.table.encode() for row in rows)


async def last_write_wins_and_none_deletes(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "a", b"1"), Write("t", "a", b"2"), Write("t", "b", b"3"), Write("t", "b", None)])
    assert await storage.load() == Loaded([Row("t", "a", b"2")], [])
    await storage.commit([Write("t", "a", None)])
    await storage.commit([])
    assert await storage.load() == Loaded([], [])


async def read_goes_down_from_before(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    keys = ["a/1", "a/2", "a/3", "a/4", "b/1"]
    await storage.commit([Write("lines", key, key.encode()) for key in keys] + [Write("line", "a/9", b"other")])

    async def found(prefix: str, before: str | None, limit: int) -> list[str]:
        return [row.key for row in (await storage.read("lines", prefix, before, limit)).rows]

    assert await found("a/", None, 2) == ["a/4", "a/3"]
    assert await found("a/", "a/3", 10) == ["a/2", "a/1"]
    assert await found("a/", "b/1", 10) == ["a/4", "a/3", "a/2", "a/1"]
    assert await found("a/", "a/", 10) == []
    assert await found("a/", None, 0) == []
    assert await found("c/", None, 10) == []


async def rows_survive_a_new_start(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", bytes(range(256)) * 300)])
    storage.close()
    assert await (await opened(facts)).load() == Loaded([Row("t", "k", bytes(range(256)) * 300)], [])


async def rows_are_sealed_at_rest(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"a very secret sentence"), Write("t", "l", b"a very secret sentence")])
    one, other = await raw(storage, "t", "k"), await raw(storage, "t", "l")
    assert b"secret" not in one + other
    assert one[1:] != other[1:]


async def key_can_not_be_exported(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    for key in (await find_device_key(storage.name), storage._vault._key):  # type: ignore[union-attr]
        assert not key.extractable
        await fails(js.crypto.subtle.exportKey("raw", key), JsException)


async def changed_or_moved_rows_are_named_and_take_no_other_with_them(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"one"), Write("t", "l", b"two")])
    sealed = await raw(storage, "t", "k")
    flipped = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(1, len(sealed))]
    cut = [sealed[:length] for length in range(len(sealed))]
    for bad in (*flipped, *cut, await raw(storage, "t", "l"), b"\x09" * 50, "text", 7, None):
        await put_raw(storage, "t", "k", bad)
        loaded = await storage.load()
        assert loaded.rows == [Row("t", "l", b"two")], bad
        [damaged] = loaded.damaged
        assert (damaged.table, damaged.key) == ("t", "k")
        assert "t/k" in damaged.reason
    await put_raw(storage, "t", "k", b"\x09" + sealed[1:])  # only the mark is damaged: the row opens
    assert len((await storage.load()).rows) == 2


async def damaged_rows_stay_until_they_are_written_again(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"one"), Write("t", "l", b"two")])
    bad = (await raw(storage, "t", "k"))[:-3]
    await put_raw(storage, "t", "k", bad)
    await storage.load()
    storage.close()
    storage = await opened(facts)
    await storage.commit([Write("t", "l", b"three")])
    assert await raw(storage, "t", "k") == bad
    assert [(each.table, each.key) for each in (await storage.load()).damaged] == [("t", "k")]
    await storage.commit([Write("t", "k", b"new")])
    assert await storage.load() == Loaded([Row("t", "k", b"new"), Row("t", "l", b"three")], [])


async def a_damaged_line_is_reported_in_its_page(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("lines", f"g/{n}", f"{n}".encode()) for n in range(4)])
    await put_raw(storage, "lines", "g/2", b"\x01 far too short")
    page = await storage.read("lines", "g/", None, 3)
    assert [row.key for row in page.rows] == ["g/3", "g/1"]
    assert [each.key for each in page.damaged] == ["g/2"]
    assert isinstance(page.damaged[0], DamagedRow)


async def rows_of_a_newer_format_alone_are_refused_and_kept(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await put_raw(storage, "t", "k", b"\x02" + bytes(60))
    assert "format 2" in str(await fails(storage.load(), StorageTooNew))
    assert await raw(storage, "t", "k") == b"\x02" + bytes(60)


async def former_owner_writes_nothing(facts: dict[str, Any]) -> None:
    former = await opened(facts)
    await former.commit([Write("t", "k", b"old")])
    owner = await opened(facts)
    await fails(former.commit([Write("t", "k", b"late"), Write("t", "new", b"late")]), StorageLost)
    assert await owner.load() == Loaded([Row("t", "k", b"old")], [])
    await owner.commit([Write("t", "k", b"new")])
    assert await owner.load() == Loaded([Row("t", "k", b"new")], [])


async def a_damaged_generation_shuts_former_owners_out_all_the_same(facts: dict[str, Any]) -> None:
    former = await opened(facts)
    transaction = Transaction(former._database, ["meta"], write=True)
    transaction.store("meta").put("no number", "generation")
    await transaction.finish()
    owner = await opened(facts)
    await fails(former.commit([Write("t", "k", b"late")]), StorageLost)
    await owner.commit([Write("t", "k", b"new")])


async def rows_without_their_key_are_not_hidden(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    transaction = Transaction(storage._database, ["meta"], write=True)
    transaction.store("meta").delete("row_key")
    await transaction.finish()
    storage.close()
    assert "key" in str(await fails(opened(facts), AccountGone))


async def rows_without_their_device_key_or_with_another_one_are_not_hidden(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    storage.close()
    await make_device_key(storage.name)
    assert str(await fails(opened(facts), AccountGone)) == OTHER_KEY
    await remove_device_key(storage.name)
    assert str(await fails(opened(facts), AccountGone)) == OTHER_KEY


async def another_key_opens_nothing(facts: dict[str, Any]) -> None:
    device_key = await make_device_key(str(facts["name"]))
    (one, _), (other, _) = await make_row_key(device_key), await make_row_key(device_key)
    sealed = await WebCryptoVault(one).seal("t", "k", b"x")
    await fails(WebCryptoVault(other).unseal("t", "k", sealed), RowDamaged)


async def a_missing_object_store_is_named(facts: dict[str, Any]) -> None:
    for missing in database.STORES:
        name = f"{facts['name']} {missing}"
        request = js.indexedDB.open(name, database.FORMAT)

        def make(_: Any, request: Any = request, missing: str = missing) -> None:
            for store in database.STORES:
                if store != missing:
                    request.result.createObjectStore(store)

        request.onupgradeneeded = create_once_callable(make)
        (await result(request)).close()
        assert f"({missing})" in str(await fails(IndexedStorage.open(name, LAZY), AccountGone))


async def a_tab_with_an_older_version_blocks_by_name_and_nothing_is_half_upgraded(facts: dict[str, Any]) -> None:
    older = await result(js.indexedDB.open(facts["name"], 1))
    assert str(await fails(opened(facts))) == database.BLOCKED
    older.close()
    [found] = [each for each in await js.indexedDB.databases() if each.name == facts["name"]]
    assert found.version == 1


async def a_newer_version_is_not_kept_waiting(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    told: list[StorageClosed] = []
    storage.closed = told.append
    newer = await result(js.indexedDB.open(facts["name"], 3))
    assert newer.version == 3
    newer.close()
    assert [str(each) for each in told] == [database.OUTDATED]
    for work in (storage.commit([Write("t", "k", b"late")]), storage.load(), storage.find_room()):
        assert str(await fails(work, StorageClosed)) == database.OUTDATED


async def a_removed_database_is_named_and_a_new_one_is_empty(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    told: list[StorageClosed] = []
    storage.closed = told.append
    await delete_database(str(facts["name"]))
    assert [str(each) for each in told] == [database.REMOVED]
    assert str(await fails(storage.read("lines", "", None, 1), StorageClosed)) == database.REMOVED
    assert await (await opened(facts)).load() == Loaded([], [])


async def looking_for_room_leaves_nothing_behind(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.find_room()
    transaction = Transaction(storage._database, ["meta"], write=False)
    keys = transaction.store("meta").getAllKeys()
    await transaction.finish()
    assert list(keys.result) == ["generation", "row_key"]


async def closed_storage_says_so(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    storage.close()
    assert "InvalidStateError" in str(await fails(storage.commit([Write("t", "k", b"x")])))


async def newer_database_is_refused(facts: dict[str, Any]) -> None:
    request = js.indexedDB.open(facts["name"], 99)
    while request.readyState != "done":
        await js.Promise.new(lambda resolve, _: js.setTimeout(resolve, 1))
    request.result.close()
    assert "newer version" in str(await fails(opened(facts), StorageTooNew))
    [found] = [each for each in await js.indexedDB.databases() if each.name == facts["name"]]
    assert found.version == 99
