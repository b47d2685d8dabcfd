"""Port `Storage` over IndexedDB: sealed rows under [table, key], fenced by a generation that each owner raises."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

import js
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction, open_database, watch_database
from mls_chat.browser.device_key import find_device_key, make_device_key, remove_device_key
from mls_chat.browser.former_layout import take_over
from mls_chat.browser.meta import ACTIVE_AT, GENERATION, ROW_KEY, Found, begin_generation, fence, stored_bytes
from mls_chat.browser.row_key import OTHER_KEY, make_row_key, unwrap
from mls_chat.browser.vault import WebCryptoVault
from mls_chat.effects import Write
from mls_chat.ports import AccountGone, Loaded, StorageClosed, StorageFailed
from mls_chat.unsealing import unseal_rows

ROOM_BYTES: Final = 64 * 1024
"""How much must fit before writing is tried again."""
_LAST: Final = "\uffff"


class IndexedStorage:
    """One account's rows. Open it only while holding the account's lock: opening shuts out the former owner."""

    def __init__(
        self, name: str, database: Any, vault: WebCryptoVault | None, found: Found, lazy_tables: Collection[str]
    ) -> None:
        self.name = name
        self._database, self._found = database, found
        self._vault = vault
        """None while the account is locked."""
        self._lazy = sorted(lazy_tables)
        self._taken: StorageClosed | None = None
        self.closed: Callable[[StorageClosed], None] = lambda _: None
        """Told when the browser or another tab takes the storage away."""
        self._watch = watch_database(database, self._was_taken)

    @classmethod
    async def open(cls, name: str, lazy_tables: Collection[str]) -> "IndexedStorage":
        """Raises StorageFull, StorageTooNew, StorageFailed, ErasureUnfinished, and AccountGone where rows exist whose
        key is gone: a new key must not hide them."""
        database = await open_database(name)
        try:
            found = await begin_generation(database)
            vault = await _opened_vault(name, database, found)
        except BaseException:
            database.close()
            raise
        return cls(name, database, vault, found, lazy_tables)

    @property
    def generation(self) -> int:
        return self._found.generation

    def close(self) -> None:
        self._watch.close()
        self._database.close()

    def _was_taken(self, reason: StorageClosed) -> None:
        self._taken = reason
        self.closed(reason)

    def begin(self, stores: list[str], *, write: bool) -> Transaction:
        """Raises StorageClosed, StorageFailed."""
        if self._taken is not None:
            raise self._taken
        return Transaction(self._database, stores, write=write)

    async def load(self) -> Loaded:
        if self._vault is None:
            return Loaded([], [], self._found.locked)
        transaction = self.begin(["rows", "meta"], write=False)
        active, store = transaction.store("meta").get(ACTIVE_AT), transaction.store("rows")
        found = [(store.getAllKeys(part), store.getAll(part)) for part in self._eager_ranges()]
        await transaction.finish()
        sealed = [
            (str(key[0]), str(key[1]), stored_bytes(value))
            for keys, values in found
            for key, value in zip(keys.result, values.result, strict=True)
        ]
        loaded = await unseal_rows(self._vault, sealed, whole=True)
        return loaded._replace(active_at=int(active.result) if isinstance(active.result, int | float) else 0)

    async def commit(self, writes: Sequence[Write]) -> None:
        latest = {(write.table, write.key): write.value for write in writes}
        sealed = await asyncio.gather(*(self._sealed(*place, value) for place, value in latest.items()))
        rows = list(zip(latest, sealed, strict=True))
        transaction = self.begin(["rows", "meta"], write=True)
        store = transaction.store("rows")

        def put() -> None:
            for place, value in rows:
                if value is None:
                    store.delete(to_js(place))
                else:
                    store.put(to_js(value), to_js(place))

        fence(transaction, self.generation, put)
        await transaction.finish()

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        end = prefix + _LAST if before is None else min(before, prefix + _LAST)
        if limit <= 0 or end <= prefix or self._vault is None:
            return Loaded([], [])
        transaction = self.begin(["rows"], write=False)
        part = js.IDBKeyRange.bound(to_js([table, prefix]), to_js([table, end]), False, True)
        request = transaction.store("rows").openCursor(part, "prev")
        sealed: list[tuple[str, str, bytes]] = []

        def step() -> None:
            cursor = request.result
            if not cursor:
                return
            sealed.append((table, str(cursor.key[1]), stored_bytes(cursor.value)))
            if len(sealed) < limit:
                cursor.continue_()

        transaction.then(request, step)
        await transaction.finish()
        return await unseal_rows(self._vault, sealed)

    async def find_room(self) -> None:
        transaction = self.begin(["meta"], write=True)
        store = transaction.store("meta")
        store.put(to_js(bytes(ROOM_BYTES)), "room")
        store.delete("room")
        await transaction.finish()

    async def wrapped_row_key(self) -> bytes:
        transaction = self.begin(["meta"], write=False)
        request = transaction.store("meta").get(ROW_KEY)
        await transaction.finish()
        return stored_bytes(request.result)

    async def change_meta(self, change: Callable[[Any], None], *, end: bool = False) -> None:
        """`end`: whoever has it open, this one too, writes nothing any more afterwards."""
        transaction = self.begin(["meta"], write=True)
        meta = transaction.store("meta")

        def put() -> None:
            change(meta)
            if end:
                meta.put(self.generation + 1, GENERATION)

        fence(transaction, self.generation, put)
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
        if value is not None and self._vault is None:
            raise StorageFailed("the account is locked: nothing can be stored")
        return None if value is None or self._vault is None else await self._vault.seal(table, key, value)


async def _opened_vault(name: str, database: Any, found: Found) -> WebCryptoVault | None:
    """The account's row key, made at the first start; None while it is locked. Raises AccountGone, StorageFailed."""
    if found.locked is not None:
        await remove_device_key(name)  # where locking was interrupted it is still there
        return None
    if found.wrapped_row_key:
        device_key = await find_device_key(name)
        if device_key is None:
            raise AccountGone(OTHER_KEY)
        return WebCryptoVault(await unwrap(device_key, found.wrapped_row_key))
    if found.has_rows and found.former_key is None:
        raise AccountGone("the key that opens what mls-chat stored in this browser is missing")
    row_key, wrapped = await make_row_key(await make_device_key(name))
    vault = WebCryptoVault(row_key)
    await take_over(database, found.generation, found.former_key, vault, wrapped)
    return vault
