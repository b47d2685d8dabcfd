"""Port `Keeper` over IndexedDB: an account's database is locked, unlocked, marked and erased as a whole."""

from typing import Any

from pyodide.ffi import to_js

from mls_chat.browser.device_key import find_device_key, key_database, make_device_key, remove_device_key
from mls_chat.browser.meta import ACTIVE_AT, ERASING, LABEL, LOCKED, ROW_KEY, locked_value
from mls_chat.browser.row_key import bytes_of, wrap_bytes
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.wiping import wipe_databases
from mls_chat.identity import CIPHER_SUITE
from mls_chat.ports import Locked, StorageFailed, StorageLost
from mls_chat.row_key import seal_row_key, short_id_of
from mls_rs_python import Crypto


class AccountKeeper:
    def __init__(self, storage: IndexedStorage) -> None:
        self._storage, self._name = storage, storage.name

    async def lock(self, user_id: str, backup_public_key: bytes, storage_key: bytes) -> None:
        """From the transaction on it is locked: a device key that is left by a crash goes with the next opening."""
        wrapped = await self._storage.wrapped_row_key()
        if not wrapped:
            raise StorageLost("the account is locked already")
        device_key = await find_device_key(self._name)
        if device_key is None:
            raise StorageFailed("the account could not be locked: its key on this device is gone")
        row_key = await bytes_of(device_key, wrapped)
        sealed = seal_row_key(Crypto(CIPHER_SUITE), backup_public_key, storage_key, user_id, row_key)
        locked = Locked(short_id_of(user_id), sealed)

        def change(meta: Any) -> None:
            meta.put(locked_value(locked), LOCKED)
            meta.delete(ROW_KEY)

        await self._storage.change_meta(change, end=True)
        await remove_device_key(self._name)

    async def unlock(self, row_key: bytes) -> None:
        wrapped = await wrap_bytes(await make_device_key(self._name), row_key)

        def change(meta: Any) -> None:
            meta.put(to_js(wrapped), ROW_KEY)
            meta.delete(LOCKED)
            meta.delete(ACTIVE_AT)

        await self._storage.change_meta(change, end=True)

    async def mark_for_erasure(self) -> None:
        await self._storage.change_meta(lambda meta: meta.put(True, ERASING))

    async def erase(self) -> None:
        await self._storage.change_meta(lambda meta: meta.put(True, ERASING), end=True)

    async def label(self, short_id: str) -> None:
        await self._storage.change_meta(lambda meta: meta.put(short_id, LABEL))

    async def note_activity(self, at: int) -> None:
        await self._storage.change_meta(lambda meta: meta.put(at, ACTIVE_AT))


async def erase_account(name: str) -> None:
    """Harmless when repeated. The mark lies in the last that goes. Raises StorageFailed."""
    await wipe_databases(key_database(name), name)
