"""Format 1 sealed rows directly under a key that can't be exported: they are taken over by sealing them again.

The raised version of the database comes first, so that an older program refuses it, and the rest in one transaction:
whatever happens in between, the former key is there as long as rows are sealed under it.
"""

import asyncio
from typing import Any, Final

from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction
from mls_chat.browser.meta import FORMER_KEY, ROW_KEY, fence, stored_bytes
from mls_chat.browser.row_key import OTHER_KEY
from mls_chat.browser.vault import WebCryptoVault
from mls_chat.ports import AccountGone, RowDamaged

AT_ONCE: Final = 500


async def take_over(database: Any, generation: int, former_key: Any, vault: WebCryptoVault, wrapped: bytes) -> None:
    """`vault` seals under the new row key, which `wrapped` holds. A row that can't be read stays as it is.

    Raises StorageTooNew, AccountGone, StorageLost, StorageFailed; nothing is changed then.
    """
    rows = await _all_rows(database)
    former = WebCryptoVault(former_key)
    sealed: list[tuple[Any, bytes]] = []
    for start in range(0, len(rows), AT_ONCE):
        found = await asyncio.gather(*(_again(former, vault, *row) for row in rows[start : start + AT_ONCE]))
        sealed += [row for row in found if row is not None]
    if rows and not sealed:
        raise AccountGone(OTHER_KEY)
    transaction = Transaction(database, ["rows", "keys", "meta"], write=True)

    def put() -> None:
        for place, value in sealed:
            transaction.store("rows").put(to_js(value), place)
        transaction.store("meta").put(to_js(wrapped), ROW_KEY)
        transaction.store("keys").delete(FORMER_KEY)

    fence(transaction, generation, put)
    await transaction.finish()


async def _all_rows(database: Any) -> list[tuple[Any, bytes]]:
    transaction = Transaction(database, ["rows"], write=False)
    store = transaction.store("rows")
    keys, values = store.getAllKeys(), store.getAll()
    await transaction.finish()
    return [(key, stored_bytes(value)) for key, value in zip(keys.result, values.result, strict=True)]


async def _again(former: WebCryptoVault, vault: WebCryptoVault, place: Any, value: bytes) -> tuple[Any, bytes] | None:
    """None for a row that can't be read. Raises StorageTooNew."""
    table, key = str(place[0]), str(place[1])
    try:
        opened = await former.unseal(table, key, value)
    except RowDamaged:
        return None
    return place, await vault.seal(table, key, opened)
