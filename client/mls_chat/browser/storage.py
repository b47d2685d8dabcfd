"""Port `Storage` over IndexedDB: sealed rows under [table, key], fenced by a generation that each owner raises."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import js
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction, open_database, watch_database
from mls_chat.browser.vault import WebCryptoVault, make_key
from mls_chat.effects import Write
from mls_chat.ports import AccountGone, Loaded, StorageClosed, StorageLost
from mls_chat.unsealing import unseal_rows

ROOM_BYTES: Final = 64 * 1024
"""How much must fit before writing is tried again."""
_LAST: Final = "\uffff"


class IndexedStorage:
    """One account's rows. Open it only while holding the account's lock: opening shuts out the former owner."""

    def __init__(self, database: Any, vault: WebCryptoVault, generation: int, lazy_tables: Collection[str]) -> None:
        self._database = database
        self._vault = vault
        self._generation = generation
        self._lazy = sorted(lazy_tables)
        self._taken: StorageClosed | None = None
        self.closed: Callable[[StorageClosed], None] = lambda _: None
        """Told when the browser or another tab takes the storage away."""
        self._watch = watch_database(database, self._was_taken)

    @classmethod
    async def open(cls, name: str, lazy_tables: Collection[str]) -> "IndexedStorage":
        """Raises StorageFull, StorageTooNew, StorageFailed, and AccountGone where rows exist whose key is gone: a new
        key must not hide them."""
        database = await open_database(name)
        try:
            generation = await _raise_generation(database)
            key = await _row_key(database)
        except BaseException:
            database.close()
            raise
        return cls(database, WebCryptoVault(key), generation, lazy_tables)

    @property
    def generation(self) -> int:
        return self._generation

    def close(self) -> None:
        self._watch.close()
        self._database.close()

    def _was_taken(self, reason: StorageClosed) -> None:
        self._taken = reason
        self.closed(reason)

    def _begin(self, stores: list[str], *, write: bool) -> Transaction:
        if self._taken is not None:
            raise self._taken
        return Transaction(self._database, stores, write=write)

    async def load(self) -> Loaded:
        transaction = self._begin(["rows"], write=False)
        store = transaction.store("rows")
        found = [(store.getAllKeys(part), store.getAll(part)) for part in self._eager_ranges()]
        await transaction.finish()
        sealed = [
            (str(key[0]), str(key[1]), _sealed_bytes(value))
            for keys, values in found
            for key, value in zip(keys.result, values.result, strict=True)
        ]
        return await unseal_rows(self._vault, sealed, whole=True)

    async def commit(self, writes: Sequence[Write]) -> None:
        latest = {(write.table, write.key): write.value for write in writes}
        sealed = await asyncio.gather(*(self._sealed(*place, value) for place, value in latest.items()))
        rows = list(zip(latest, sealed, strict=True))
        transaction = self._begin(["rows", "meta"], write=True)
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

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        end = prefix + _LAST if before is None else min(before, prefix + _LAST)
        if limit <= 0 or end <= prefix:
            return Loaded([], [])
        transaction = self._begin(["rows"], write=False)
        part = js.IDBKeyRange.bound(to_js([table, prefix]), to_js([table, end]), False, True)
        request = transaction.store("rows").openCursor(part, "prev")
        sealed: list[tuple[str, str, bytes]] = []

        def step() -> None:
            cursor = request.result
            if not cursor:
                return
            sealed.append((table, str(cursor.key[1]), _sealed_bytes(cursor.value)))
            if len(sealed) < limit:
                cursor.continue_()

        transaction.then(request, step)
        await transaction.finish()
        return await unseal_rows(self._vault, sealed)

    async def find_room(self) -> None:
        transaction = self._begin(["meta"], write=True)
        store = transaction.store("meta")
        store.put(to_js(bytes(ROOM_BYTES)), "room")
        store.delete("room")
        await transaction.finish()

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


def _sealed_bytes(value: Any) -> bytes:
    """Nothing where the stored value is not even bytes: the vault then calls the row cut off."""
    return bytes(value.to_bytes()) if hasattr(value, "to_bytes") else b""


async def _raise_generation(database: Any) -> int:
    """From here on a late write of a former owner is refused."""
    transaction = Transaction(database, ["meta"], write=True)
    store = transaction.store("meta")
    request = store.get("generation")
    raised: list[int] = []

    def put() -> None:
        found = request.result
        # the time, so that a storage made anew comes after the one that other tabs have heard of
        raised.append((found if isinstance(found, int) else int(js.Date.now())) + 1)
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
        raise AccountGone("the key that opens what mls-chat stored in this browser is missing")
    key = await make_key()
    transaction = Transaction(database, ["keys"], write=True)
    transaction.store("keys").add(key, "rows")
    await transaction.finish()
    return key
