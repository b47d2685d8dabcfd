"""What a browser has stored, read and tampered with from a page of the same origin that runs nothing of ours."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Page, Route

from person import Person

DATABASE: Final = "mls-chat"
EMPTY_PAGE: Final = "/nothing-of-ours"
"""Of the page's origin: nothing uses the storage there."""
STORES: Final = ("rows", "keys", "meta")
LIBRARY: Final = """
const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
});
const opened = (version, upgrade) => {
    const request = indexedDB.open(NAME, version);
    if (upgrade) request.onupgradeneeded = () => upgrade(request.result);
    return done(request);
};
const using = async (work) => {
    const database = await opened();
    try { return await work(database); } finally { database.close(); }
};
const store = (database, name, mode) => database.transaction(name, mode).objectStore(name);
const content = async (database) => {
    const all = {};
    for (const name of database.objectStoreNames) {
        const part = store(database, name, "readonly");
        const [keys, values] = await Promise.all([done(part.getAllKeys()), done(part.getAll())]);
        all[name] = keys.map((key, index) => [key, values[index]]);
    }
    return all;
};
const bytesOf = (value) => value instanceof Uint8Array ? Array.from(value) : String(value);
const placeOf = (table, key) => {
    const encoder = new TextEncoder();
    const fields = ["mls-chat row v1", table, key].map((field) => encoder.encode(field));
    return new Uint8Array(fields.flatMap((field) => [0, 0, 0, field.length, ...field]));
};
const deviceKey = async () => {
    const database = await done(indexedDB.open(NAME + " key"));
    try { return await done(store(database, "keys", "readonly").get("device")); } finally { database.close(); }
};
const rowKey = async (database) => {
    const wrapped = await done(store(database, "meta", "readonly").get("row_key"));
    const additionalData = new TextEncoder().encode("mls-chat row key v1");
    const how = { name: "AES-GCM", iv: wrapped.slice(0, 12), additionalData };
    return crypto.subtle.unwrapKey("raw", wrapped.slice(12), await deviceKey(), how, "AES-GCM", true,
        ["encrypt", "decrypt"]);
};
const sealer = async (database, table, key, nonce) => [
    { name: "AES-GCM", iv: nonce, additionalData: placeOf(table, key) }, await rowKey(database),
];
"""


class Stored:
    """Everything under the account's database."""

    def __init__(self, page: Page, name: str = DATABASE) -> None:
        self._page, self._name = page, name

    async def run(self, body: str, *facts: object) -> Any:
        """`body` sees `facts` and what LIBRARY has."""
        script = f"async (facts) => {{ const NAME = '{self._name}'; {LIBRARY} {body} }}"
        return await self._page.evaluate(script, list(facts))

    async def dump(self) -> dict[str, list[Any]]:
        """All that is stored, to be compared; a key shows as what it is."""
        return dict(
            await self.run(
                "return using(async (database) => Object.fromEntries(Object.entries(await content(database)).map("
                "([name, rows]) => [name, rows.map(([key, value]) => [key, bytesOf(value)])])));"
            )
        )

    async def keys(self, table: str) -> list[str]:
        return [key for (found, key), _ in (await self.dump())["rows"] if found == table]

    async def get(self, table: str, key: str) -> bytes:
        get = "return using(async (database) => bytesOf(await done(store(database, 'rows', 'readonly').get(facts))));"
        return bytes(await self.run(get, table, key))

    async def put(self, table: str, key: str, value: bytes) -> None:
        """The sealed value as it is to lie there."""
        put = (
            "const [table, key, value] = facts; return using((database) => "
            "done(store(database, 'rows', 'readwrite').put(new Uint8Array(value), [table, key])));"
        )
        await self.run(put, table, key, list(value))

    async def flip(self, table: str, key: str) -> None:
        value = bytearray(await self.get(table, key))
        value[len(value) // 2] ^= 1
        await self.put(table, key, bytes(value))

    async def cut(self, table: str, key: str) -> None:
        value = await self.get(table, key)
        await self.put(table, key, value[:10])

    async def set_record_version(self, table: str, key: str, version: int) -> None:
        """Sealed again with the stored key, so that only the record in it is of another version."""
        await self.run(
            "const [table, key, version] = facts; return using(async (database) => {"
            "const sealed = await done(store(database, 'rows', 'readonly').get([table, key]));"
            "const how = await sealer(database, table, key, sealed.slice(1, 13));"
            "const record = new Uint8Array(await crypto.subtle.decrypt(...how, sealed.slice(13)));"
            "record[0] = version;"
            "const box = new Uint8Array(await crypto.subtle.encrypt(...how, record));"
            "await done(store(database, 'rows', 'readwrite').put("
            "new Uint8Array([sealed[0], ...sealed.slice(1, 13), ...box]), [table, key]));"
            "});",
            table,
            key,
            version,
        )

    async def row_key(self) -> bytes:
        """The bytes of the key that rows are sealed under, while the account is open."""
        export = "crypto.subtle.exportKey('raw', await rowKey(database))"
        return bytes(await self.run(f"return using(async (database) => Array.from(new Uint8Array(await {export})));"))

    async def remove_key(self) -> None:
        await self.run("return using((database) => done(store(database, 'meta', 'readwrite').delete('row_key')));")

    async def change_key(self) -> None:
        await self.run(
            "const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, "
            "['wrapKey', 'unwrapKey']);"
            "const database = await done(indexedDB.open(NAME + ' key'));"
            "await done(store(database, 'keys', 'readwrite').put(key, 'device'));"
            "database.close();"
        )

    async def remove_database(self) -> None:
        await self.run("await done(indexedDB.deleteDatabase(NAME));")

    async def make_again(self, version: int, stores: tuple[str, ...]) -> None:
        """The same contents in a database of another version, or without some of the object stores."""
        await self.run(
            "const [version, stores] = facts; const all = await using(content);"
            "await done(indexedDB.deleteDatabase(NAME));"
            "const made = await opened(version, (database) => {"
            "    stores.forEach((name) => database.createObjectStore(name));"
            "});"
            "for (const name of stores) for (const [key, value] of all[name]) {"
            "    await done(store(made, name, 'readwrite').put(value, key));"
            "}"
            "made.close();",
            version,
            list(stores),
        )


@asynccontextmanager
async def storage_of(person: Person) -> AsyncIterator[Stored]:
    """Closes the page while its storage is looked at, then opens it again where it was."""
    where = person.page.url
    yield await stored_beside(person.page, person.url)
    await person.page.goto(where)


async def stored_beside(page: Page, origin: str) -> Stored:
    """Leads the page to an empty one of the origin."""

    async def answer(route: Route) -> None:
        await route.fulfill(content_type="text/html", body='<!doctype html><link rel="icon" href="data:,">')

    await page.route(f"{origin}{EMPTY_PAGE}", answer)
    await page.goto(f"{origin}{EMPTY_PAGE}")
    return Stored(page)
