"""Removing databases in a way that clears them from the browser's files too, as far as a page can bring that about.

Chromium keeps all databases of an origin in one LevelDB. A removal compacts the files where the database lies, but not
one that was only just written, with the values and their removal in it. That one is rewritten when another database is
removed which lies in it as well: so one more is made before, and removed last.
"""

from typing import Final

from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction, delete_database, open_database

SPARE: Final = "mls-chat spare"
_STORES: Final = ("rows",)


async def wipe_databases(*names: str) -> None:
    """Removes them one after the other; harmless when repeated. Raises StorageFailed."""
    spare = await open_database(SPARE, _STORES, 1)
    try:
        transaction = Transaction(spare, list(_STORES), write=True)
        transaction.store("rows").put(to_js(b"spare"), "row")
        await transaction.finish()
    finally:
        spare.close()
    for name in [*names, SPARE]:
        await delete_database(name)
