"""Port `Storage` over IndexedDB: sealed rows under [table, key], fenced by a generation that each owner raises."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import js
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction, open_database
from mls_chat.browser.vault import WebCryptoVault, make_key
from mls_chat.effects import Row, Write
from mls_chat.ports import StorageFailed, StorageLost

_LAST: Final = "\uffff"


class IndexedStorage:
    """One account's rows. Open it only while holding the account's lock: opening shuts out the former owner."""

    def __init__(self, database: Any, vault: WebCryptoVault, generation: int, lazy_tables: Collection[str]) -> None:
        self._database = database
        self._vault = vault
        self._generation = generation
        self._lazy = sorted(lazy_tables)

    @classmethod
    async def open(cls, name: str, lazy_tables: Collection[str]) -> "IndexedStorage":
        """Raises StorageFailed, also when rows exist whose key is gone: a new key must not hide them."""
        database = await open_database(name)
        try:
            generation = await _raise_generation(database)
            key = await _row_key(database)
        except BaseException:
            database.close()
            raise
        return cls(database, WebCryptoVault(key), generation, lazy_tables)

    def close(self) -> None:
        self._database.close()

    async def load(self) -> list[Row]:
        transaction = Transaction(self._database, ["rows"], write=False)
        store = transaction.store("rows")
        found = [(store.getAllKeys(part), store.getAll(part)) for part in self._eager_ranges()]
        await transaction.finish()
        sealed = [
            (str(key[0]), str(key[1]), bytes(value.to_bytes()))
            for keys, values in found
            for key, value in zip(keys.result, values.result, strict=True)
        ]
        return await self._unsealed(sealed)

    async def commit(self, writes: Sequence[Write]) -> None:
        latest = {(write.table, write.key): write.value for write in writes}
        sealed = await asyncio.gather(*(self._sealed(*place, value) for place, value in latest.items()))
        rows = list(zip(latest, sealed, strict=True))
        transaction = Transaction(self._database, ["rows", "meta"], write=True)
        store = transaction.store("rows")
        fence = transaction.store("meta").get("generation")

        def put() -> None:
            if fence.result != self._generation:
                raise StorageLost("another tab owns the account now")
            for place, value in rows:
                if value is None:
                    store.delete(to_js(place))
                else:
                    store.put(to_js(value), to_js(place))

        transaction.then(fence, put)
        await transaction.finish()

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> list[Row]:
        end = prefix + _LAST if before is None else min(before, prefix + _LAST)
        if limit <= 0 or end <= prefix:
            return []
        transaction = Transaction(self._database, ["rows"], write=False)
        part = js.IDBKeyRange.bound(to_js([table, prefix]), to_js([table, end]), False, True)
        request = transaction.store("rows").openCursor(part, "prev")
        sealed: list[tuple[str, str, bytes]] = []

        def step() -> None:
            cursor = request.result
            if not cursor:
                return
            sealed.append((table, str(cursor.key[1]), bytes(cursor.value.to_bytes())))
            if len(sealed) < limit:
                cursor.continue_()

        transaction.then(request, step)
        await transaction.finish()
        return await self._unsealed(sealed)

    def _eager_ranges(self) -> list[Any]:
        """Key ranges of all tables but the lazy ones; an array sorts after every string."""
        if not self._lazy:
            return [None]
        ranges = [js.IDBKeyRange.upperBound(to_js([self._lazy[0]]), True)]
        for table, following in zip(self._lazy, self._lazy[1:], strict=False):
            ranges.append(js.IDBKeyRange.bound(to_js([table, []]), to_js([following]), True, True))
        return [*ranges, js.IDBKeyRange.lowerBound(to_js([self._lazy[-1], []]), True)]

    async def _sealed(self, table: str, key: str, value: bytes | None) -> bytes | None:
        return None if value is None else await self._vault.seal(table, key, value)

    async def _unsealed(self, sealed: list[tuple[str, str, bytes]]) -> list[Row]:
        values = await self._vault.unseal_all(sealed)
        return [Row(table, key, value) for (table, key, _), value in zip(sealed, values, strict=True)]


async def _raise_generation(database: Any) -> int:
    """From here on a late write of a former owner is refused."""
    transaction = Transaction(database, ["meta"], write=True)
    store = transaction.store("meta")
    request = store.get("generation")
    raised: list[int] = []

    def put() -> None:
        raised.append(int(request.result or 0) + 1)
        store.put(raised[0], "generation")

    transaction.then(request, put)
    await transaction.finish()
    return raised[0]


async def _row_key(database: Any) -> Any:
    """The stored key, made at the first start."""
    transaction = Transaction(database, ["keys", "rows"], write=False)
    stored, count = transaction.store("keys").get("rows"), transaction.store("rows").count()
    await transaction.finish()
    if stored.result:
        return stored.result
    if count.result:
        raise StorageFailed("the key of this browser's rows is gone, so they cannot be read any more")
    key = await make_key()
    transaction = Transaction(database, ["keys"], write=True)
    transaction.store("keys").add(key, "rows")
    await transaction.finish()
    return key
