"""What any version has stored in a browser opens in this one; a changed layout does not go unnoticed."""

import asyncio
from typing import Any

import js
from pyodide.ffi import create_once_callable, to_js

from mls_chat.browser.database import FORMAT, STORES, Transaction
from mls_chat.browser.interop import js_object
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.vault import WebCryptoVault
from mls_chat.effects import Row
from mls_chat.records import LAZY_TABLES


async def imported(key: str) -> Any:
    usages = to_js(["encrypt", "decrypt"])
    return await js.crypto.subtle.importKey("raw", to_js(bytes.fromhex(key)), "AES-GCM", False, usages)


async def laid_out(name: str, golden: dict[str, Any]) -> None:
    """The database as that version has left it."""
    request = js.indexedDB.open(name, golden["database"]["version"])

    def make(_: Any) -> None:
        for store in golden["database"]["stores"]:
            request.result.createObjectStore(store)

    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    request.onupgradeneeded = create_once_callable(make)
    request.onsuccess = create_once_callable(lambda _: opened.set_result(request.result))
    database = await opened
    key = await imported(golden["key"])
    transaction = Transaction(database, list(golden["database"]["stores"]), write=True)
    transaction.store("keys").put(key, "rows")
    transaction.store("meta").put(golden["database"]["generation"], "generation")
    for table, key_of_row, sealed in golden["rows"]:
        transaction.store("rows").put(to_js(bytes.fromhex(sealed)), to_js([table, key_of_row]))
    await transaction.finish()
    database.close()


async def the_browsers_storage_of_every_version_opens(facts: dict[str, Any]) -> None:
    assert len(facts["golden"]) >= 2
    for version, golden in facts["golden"].items():
        name = f"{facts['name']} {version}"
        await laid_out(name, golden["browser"])
        storage = await IndexedStorage.open(name, LAZY_TABLES)
        loaded, lines = await storage.load(), await storage.read("lines", "", None, 100)
        assert loaded.damaged == lines.damaged == []
        found = sorted([*loaded.rows, *lines.rows], key=lambda row: (row.table, row.key))
        assert found == [Row(table, key, bytes.fromhex(value)) for table, key, value in golden["rows"]], version
        storage.close()


async def a_changed_layout_is_noticed(facts: dict[str, Any]) -> None:
    """When this fails: raise database.FORMAT, carry the older layout over, and write a golden set of ours."""
    golden = facts["golden"][max(facts["golden"], key=int)]["browser"]
    assert {"version": FORMAT, "stores": list(STORES)} == {
        name: golden["database"][name] for name in ("version", "stores")
    }
    storage = await IndexedStorage.open(str(facts["name"]), LAZY_TABLES)
    assert sorted(storage._database.objectStoreNames) == sorted(golden["database"]["stores"])
    key, value = await imported(golden["key"]), b"as it lies there"
    sealed = await WebCryptoVault(key).seal("groups", "g", value)
    fields = [b"mls-chat row v1", b"groups", b"g"]
    place = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    how = js_object(name="AES-GCM", iv=to_js(sealed[1:13]), additionalData=to_js(place))
    opened = await js.crypto.subtle.decrypt(how, key, to_js(sealed[13:]))
    assert (sealed[0], bytes(opened.to_bytes())) == (bytes.fromhex(golden["rows"][0][2])[0], value)
