"""The key that wraps an account's row key while it is open here: it can be used, but never exported.

It has a database of its own: a browser can be brought to clear a removed database from its files (wiping.py), but a
removed value stays there until it gets round to it. So a locked account does not lie beside the key that would open it.
"""

from typing import Any, Final

import js
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction, open_database
from mls_chat.browser.interop import js_object
from mls_chat.browser.wiping import wipe_databases

VERSION: Final = 1
STORES: Final = ("keys",)
DEVICE_KEY: Final = "device"


def key_database(name: str) -> str:
    """Of the account in the database of this name."""
    return f"{name} key"


async def find_device_key(name: str) -> Any:
    """None where there is none. Raises StorageFailed."""
    database = await open_database(key_database(name), STORES, VERSION)
    try:
        transaction = Transaction(database, list(STORES), write=False)
        request = transaction.store("keys").get(DEVICE_KEY)
        await transaction.finish()
        return request.result or None
    finally:
        database.close()


async def make_device_key(name: str) -> Any:
    """In place of a former one. Raises StorageFailed."""
    how, uses = js_object(name="AES-GCM", length=256), to_js(["wrapKey", "unwrapKey"])
    key = await js.crypto.subtle.generateKey(how, False, uses)
    database = await open_database(key_database(name), STORES, VERSION)
    try:
        transaction = Transaction(database, list(STORES), write=True)
        transaction.store("keys").put(key, DEVICE_KEY)
        await transaction.finish()
        return key
    finally:
        database.close()


async def remove_device_key(name: str) -> None:
    """Harmless when repeated. Raises StorageFailed."""
    await wipe_databases(key_database(name))
