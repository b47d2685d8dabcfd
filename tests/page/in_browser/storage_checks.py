"""Checks of the storage and its vault over the browser's own IndexedDB and WebCrypto."""

from typing import Any

import js
from pyodide.ffi import JsException, to_js

from mls_chat.browser.database import Transaction
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.vault import WebCryptoVault, make_key
from mls_chat.effects import Row, Write
from mls_chat.ports import StorageFailed, StorageLost

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


async def put_raw(storage: IndexedStorage, table: str, key: str, value: bytes) -> None:
    transaction = Transaction(storage._database, ["rows"], write=True)
    transaction.store("rows").put(to_js(value), to_js([table, key]))
    await transaction.finish()


async def load_leaves_lazy_tables_out(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    tables = ["a", "line", "lines", "linesz", "m", "more", "z"]
    await storage.commit([Write(table, "k", table.encode()) for table in tables])
    rows = await storage.load()
    assert sorted(row.table for row in rows) == ["a", "line", "linesz", "m", "z"], rows
    assert all(row.value == row.table.encode() for row in rows)


async def last_write_wins_and_none_deletes(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "a", b"1"), Write("t", "a", b"2"), Write("t", "b", b"3"), Write("t", "b", None)])
    assert await storage.load() == [Row("t", "a", b"2")]
    await storage.commit([Write("t", "a", None)])
    await storage.commit([])
    assert await storage.load() == []


async def read_goes_down_from_before(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    keys = ["a/1", "a/2", "a/3", "a/4", "b/1"]
    await storage.commit([Write("lines", key, key.encode()) for key in keys] + [Write("line", "a/9", b"other")])

    async def found(prefix: str, before: str | None, limit: int) -> list[str]:
        return [row.key for row in await storage.read("lines", prefix, before, limit)]

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
    assert await (await opened(facts)).load() == [Row("t", "k", bytes(range(256)) * 300)]


async def rows_are_sealed_at_rest(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"a very secret sentence"), Write("t", "l", b"a very secret sentence")])
    one, other = await raw(storage, "t", "k"), await raw(storage, "t", "l")
    assert b"secret" not in one + other
    assert one[1:] != other[1:]


async def key_can_not_be_exported(facts: dict[str, Any]) -> None:
    key = await make_key()
    assert not key.extractable
    await fails(js.crypto.subtle.exportKey("raw", key), JsException)


async def changed_or_moved_rows_are_refused_by_name(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"one"), Write("t", "l", b"two")])
    sealed = await raw(storage, "t", "k")
    for bad in (sealed[:-1] + bytes([sealed[-1] ^ 1]), await raw(storage, "t", "l"), sealed[:9], b"\x09" + sealed[1:]):
        await put_raw(storage, "t", "k", bad)
        assert "t/k" in str(await fails(storage.load())), bad
    await put_raw(storage, "t", "k", sealed)
    assert len(await storage.load()) == 2


async def former_owner_writes_nothing(facts: dict[str, Any]) -> None:
    former = await opened(facts)
    await former.commit([Write("t", "k", b"old")])
    owner = await opened(facts)
    await fails(former.commit([Write("t", "k", b"late"), Write("t", "new", b"late")]), StorageLost)
    assert await owner.load() == [Row("t", "k", b"old")]
    await owner.commit([Write("t", "k", b"new")])
    assert await owner.load() == [Row("t", "k", b"new")]


async def rows_without_their_key_are_not_hidden(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    transaction = Transaction(storage._database, ["keys"], write=True)
    transaction.store("keys").clear()
    await transaction.finish()
    storage.close()
    assert "key" in str(await fails(opened(facts)))


async def another_key_opens_nothing(facts: dict[str, Any]) -> None:
    sealed = await WebCryptoVault(await make_key()).seal("t", "k", b"x")
    await fails(WebCryptoVault(await make_key()).unseal("t", "k", sealed))


async def closed_storage_says_so(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    storage.close()
    assert "InvalidStateError" in str(await fails(storage.commit([Write("t", "k", b"x")])))


async def newer_database_is_refused(facts: dict[str, Any]) -> None:
    request = js.indexedDB.open(facts["name"], 99)
    while request.readyState != "done":
        await js.Promise.new(lambda resolve, _: js.setTimeout(resolve, 1))
    request.result.close()
    assert "newer version" in str(await fails(opened(facts)))
