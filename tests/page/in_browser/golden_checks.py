"""What any version has stored in a browser opens in this one; a changed layout does not go unnoticed."""

import asyncio
from typing import Any

import js
import msgspec
from pyodide.ffi import create_once_callable, to_js

from mls_chat.browser.database import FORMAT, STORES, Transaction
from mls_chat.browser.device_key import STORES as KEY_STORES
from mls_chat.browser.device_key import VERSION, key_database
from mls_chat.browser.interop import js_object
from mls_chat.browser.keeper import AccountKeeper
from mls_chat.browser.storage import IndexedStorage
from mls_chat.effects import Row, Write
from mls_chat.identity import CIPHER_SUITE
from mls_chat.ports import Locked
from mls_chat.records import LAZY_TABLES
from mls_chat.row_key import open_row_key
from mls_rs_python import Crypto


async def imported(key: str, *uses: str) -> Any:
    return await js.crypto.subtle.importKey("raw", to_js(bytes.fromhex(key)), "AES-GCM", False, to_js(list(uses)))


async def made(name: str, version: int, stores: list[str]) -> Any:
    request = js.indexedDB.open(name, version)

    def make(_: Any) -> None:
        for store in stores:
            request.result.createObjectStore(store)

    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    request.onupgradeneeded = create_once_callable(make)
    request.onsuccess = create_once_callable(lambda _: opened.set_result(request.result))
    return await opened


async def laid_out(name: str, golden: dict[str, Any], keys: dict[str, Any], meta: dict[str, Any]) -> None:
    """The database as that version has left it."""
    stores = list(golden["database"]["stores"])
    database = await made(name, golden["database"]["version"], stores)
    transaction = Transaction(database, stores, write=True)
    for place, value in keys.items():
        transaction.store("keys").put(value, place)
    for place, value in (meta | {"generation": golden["database"]["generation"]}).items():
        transaction.store("meta").put(to_js(value), place)
    for table, key_of_row, sealed in golden["rows"]:
        transaction.store("rows").put(to_js(bytes.fromhex(sealed)), to_js([table, key_of_row]))
    await transaction.finish()
    database.close()


async def device_key_laid_out(name: str, golden: dict[str, Any]) -> None:
    key = await imported(golden["device_key"], "wrapKey", "unwrapKey")
    database = await made(key_database(name), VERSION, list(KEY_STORES))
    transaction = Transaction(database, list(KEY_STORES), write=True)
    transaction.store("keys").put(key, "device")
    await transaction.finish()
    database.close()


async def found_in(name: str) -> list[Row]:
    storage = await IndexedStorage.open(name, LAZY_TABLES)
    loaded, lines = await storage.load(), await storage.read("lines", "", None, 100)
    storage.close()
    assert (loaded.locked, loaded.damaged, lines.damaged) == (None, [], [])
    return sorted([*loaded.rows, *lines.rows], key=lambda row: (row.table, row.key))


def as_rows(values: list[list[str]]) -> list[Row]:
    return [Row(table, key, bytes.fromhex(value)) for table, key, value in values]


async def rows_of_format_1_are_taken_over(facts: dict[str, Any]) -> None:
    assert sorted(facts["format_1"]) == ["1", "2", "3"]
    for version, golden in facts["format_1"].items():
        name = f"{facts['name']} {version}"
        former = await imported(golden["browser"]["key"], "encrypt", "decrypt")
        await laid_out(name, golden["browser"], {"rows": former}, {})
        for _ in range(2):
            assert await found_in(name) == as_rows(golden["rows"]), version
        storage = await IndexedStorage.open(name, LAZY_TABLES)
        await storage.commit([Write("names", "new", b"goes on")])
        transaction = Transaction(storage._database, ["keys"], write=False)
        count = transaction.store("keys").count()
        await transaction.finish()
        assert count.result == 0
        storage.close()


async def damaged_rows_of_format_1_stay_as_they_are(facts: dict[str, Any]) -> None:
    golden = facts["format_1"]["1"]["browser"]
    bad = golden["rows"][0][2][:-8]
    golden = dict(golden) | {"rows": [[*golden["rows"][0][:2], bad], *golden["rows"][1:]]}
    former = await imported(golden["key"], "encrypt", "decrypt")
    await laid_out(str(facts["name"]), golden, {"rows": former}, {})
    for _ in range(2):
        storage = await IndexedStorage.open(str(facts["name"]), LAZY_TABLES)
        loaded = await storage.load()
        assert len(loaded.damaged) == 1
        transaction = Transaction(storage._database, ["rows"], write=False)
        request = transaction.store("rows").get(to_js(golden["rows"][0][:2]))
        await transaction.finish()
        assert bytes(request.result.to_bytes()).hex() == bad
        storage.close()


async def format_2_opens(facts: dict[str, Any]) -> None:
    golden, name = facts["format_2"], str(facts["name"])
    await device_key_laid_out(name, golden)
    await laid_out(name, golden, {}, {"row_key": bytes.fromhex(golden["row_key"]), "label": golden["label"]})
    assert await found_in(name) == as_rows(golden["values"])


async def format_2_unlocks(facts: dict[str, Any]) -> None:
    golden, name = facts["format_2"], str(facts["name"])
    sealed = bytes.fromhex(golden["sealed_row_key"])
    await laid_out(name, golden, {}, {"locked": msgspec.json.encode(Locked(golden["short_id"], sealed))})
    storage = await IndexedStorage.open(name, LAZY_TABLES)
    locked = (await storage.load()).locked
    assert locked == Locked(golden["short_id"], sealed)
    secret, storage_key = bytes.fromhex(golden["backup_secret_key"]), bytes.fromhex(golden["storage_key"])
    row_key = open_row_key(Crypto(CIPHER_SUITE), secret, storage_key, golden["user_id"], locked.sealed_row_key)
    await AccountKeeper(storage).unlock(row_key)
    storage.close()
    assert await found_in(name) == as_rows(golden["values"])


async def a_changed_layout_is_noticed(facts: dict[str, Any]) -> None:
    """When this fails: raise database.FORMAT, carry the older layout over, and write a golden set of ours."""
    golden, name = facts["format_2"], str(facts["name"])
    assert golden["database"] == {"version": FORMAT, "stores": list(STORES), "generation": 7}
    storage = await IndexedStorage.open(name, LAZY_TABLES)
    assert sorted(storage._database.objectStoreNames) == sorted(golden["database"]["stores"])
    await storage.commit([Write("groups", "g", b"as it lies there")])
    transaction = Transaction(storage._database, ["rows"], write=False)
    request = transaction.store("rows").get(to_js(["groups", "g"]))
    await transaction.finish()
    sealed = bytes(request.result.to_bytes())
    fields = [b"mls-chat row v1", b"groups", b"g"]
    place = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    how = js_object(name="AES-GCM", iv=to_js(sealed[1:13]), additionalData=to_js(place))
    assert storage._vault is not None
    opened = await js.crypto.subtle.decrypt(how, storage._vault._key, to_js(sealed[13:]))
    assert (sealed[0], bytes(opened.to_bytes())) == (bytes.fromhex(golden["rows"][0][2])[0], b"as it lies there")
    wrapped = await storage.wrapped_row_key()
    assert len(wrapped) == len(bytes.fromhex(golden["row_key"]))
