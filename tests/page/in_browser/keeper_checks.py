"""Checks of an account's storage as a whole: locked, unlocked, marked, erased, and apart from other accounts'."""

from typing import Any

import js
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction
from mls_chat.browser.device_key import find_device_key, key_database, make_device_key
from mls_chat.browser.keeper import AccountKeeper, erase_account
from mls_chat.browser.row_key import bytes_of
from mls_chat.browser.storage import IndexedStorage
from mls_chat.effects import Row, Write
from mls_chat.identity import CIPHER_SUITE
from mls_chat.ports import AccountGone, ErasureUnfinished, Loaded, StorageFailed, StorageLost
from mls_chat.row_key import open_row_key
from mls_rs_python import Crypto

CRYPTO = Crypto(CIPHER_SUITE)
USER, STORAGE_KEY = "abcdefghijklmnop", bytes(range(32))
LINES = [Write("lines", f"g/{n}", f"{n}".encode()) for n in range(3)]


async def fails(work: Any, kind: type[Exception] = StorageFailed) -> Exception:
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")


async def opened(facts: dict[str, Any]) -> IndexedStorage:
    return await IndexedStorage.open(str(facts["name"]), {"lines"})


async def lock(facts: dict[str, Any]) -> tuple[IndexedStorage, bytes]:
    """A storage with a row and lines that was locked, still open, and the account's secret key."""
    secret, public = CRYPTO.generate_signature_key_pair()
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"a row"), *LINES])
    await AccountKeeper(storage).lock(USER, public, STORAGE_KEY)
    return storage, secret


async def databases() -> set[str]:
    return {str(each.name) for each in await js.indexedDB.databases()}


async def meta_of(storage: IndexedStorage) -> dict[str, Any]:
    transaction = Transaction(storage._database, ["meta"], write=False)
    store = transaction.store("meta")
    keys, values = store.getAllKeys(), store.getAll()
    await transaction.finish()
    return dict(zip(keys.result, values.result, strict=True))


async def a_locked_storage_has_no_key_and_shows_nothing(facts: dict[str, Any]) -> None:
    storage, _ = await lock(facts)
    await fails(storage.commit([Write("t", "k", b"late")]), StorageLost)
    storage.close()
    for _ in range(2):
        storage = await opened(facts)
        loaded = await storage.load()
        assert (loaded.rows, loaded.damaged) == ([], [])
        assert loaded.locked is not None
        assert loaded.locked.short_id == USER[:8]
        assert (await storage.read("lines", "g/", None, 9)) == Loaded([], [])
        await fails(storage.commit([Write("t", "k", b"late")]))
        assert sorted(await meta_of(storage)) == ["generation", "locked"]
        assert key_database(storage.name) not in await databases()
        storage.close()


async def what_opens_the_vault_opens_it_again(facts: dict[str, Any]) -> None:
    storage, secret = await lock(facts)
    storage.close()
    storage = await opened(facts)
    locked = (await storage.load()).locked
    assert locked is not None
    row_key = open_row_key(CRYPTO, secret, STORAGE_KEY, USER, locked.sealed_row_key)
    await AccountKeeper(storage).unlock(row_key)
    storage.close()
    storage = await opened(facts)
    assert await storage.load() == Loaded([Row("t", "k", b"a row")], [])
    assert [row.key for row in (await storage.read("lines", "g/", None, 9)).rows] == ["g/2", "g/1", "g/0"]
    await storage.commit([Write("t", "l", b"goes on")])
    assert await bytes_of(await find_device_key(storage.name), await storage.wrapped_row_key()) == row_key
    assert sorted(await meta_of(storage)) == ["generation", "row_key"]


async def an_interrupted_locking_is_ended_by_the_next_opening(facts: dict[str, Any]) -> None:
    storage, _ = await lock(facts)
    storage.close()
    await make_device_key(storage.name)  # as if it had not been removed yet
    assert (await (await opened(facts)).load()).locked is not None
    assert key_database(storage.name) not in await databases()


async def an_interrupted_unlocking_leaves_it_locked(facts: dict[str, Any]) -> None:
    storage, secret = await lock(facts)
    storage.close()
    former = await opened(facts)
    storage = await opened(facts)
    await fails(AccountKeeper(former).unlock(bytes(32)), StorageLost)
    locked = (await storage.load()).locked
    assert locked is not None
    assert len(open_row_key(CRYPTO, secret, STORAGE_KEY, USER, locked.sealed_row_key)) == 32


async def only_the_owner_locks_and_only_once(facts: dict[str, Any]) -> None:
    _, public = CRYPTO.generate_signature_key_pair()
    former = await opened(facts)
    owner = await opened(facts)
    await fails(AccountKeeper(former).lock(USER, public, STORAGE_KEY), StorageLost)
    assert (await owner.load()).locked is None
    await AccountKeeper(owner).lock(USER, public, STORAGE_KEY)
    await fails(AccountKeeper(owner).lock(USER, public, STORAGE_KEY), StorageFailed)


async def a_damaged_lock_is_named(facts: dict[str, Any]) -> None:
    storage, _ = await lock(facts)
    transaction = Transaction(storage._database, ["meta"], write=True)
    transaction.store("meta").put(to_js(b"rubbish"), "locked")
    await transaction.finish()
    storage.close()
    assert "sealed key" in str(await fails(opened(facts), AccountGone))


async def what_is_noted_comes_back(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await AccountKeeper(storage).label("abcdefgh")
    await AccountKeeper(storage).note_activity(1_800_000_000_123)
    assert (await meta_of(storage))["label"] == "abcdefgh"
    storage.close()
    assert (await (await opened(facts)).load()).active_at == 1_800_000_000_123


async def a_marked_storage_does_not_open_any_more(facts: dict[str, Any]) -> None:
    storage = await opened(facts)
    await storage.commit([Write("t", "k", b"x")])
    await AccountKeeper(storage).mark_for_erasure()
    await storage.commit([Write("t", "l", b"what is under way goes on")])
    await fails(opened(facts), ErasureUnfinished)
    await AccountKeeper(storage).erase()
    await fails(storage.commit([Write("t", "k", b"late")]), StorageLost)
    storage.close()
    await fails(opened(facts), ErasureUnfinished)
    for _ in range(2):
        await erase_account(storage.name)
        assert {storage.name, key_database(storage.name)} & await databases() == set()
    assert await (await opened(facts)).load() == Loaded([], [])


async def two_accounts_of_one_profile_open_nothing_of_each_other(facts: dict[str, Any]) -> None:
    one = await opened(facts)
    other = await IndexedStorage.open(f"{facts['name']} 1", {"lines"})
    await one.commit([Write("t", "k", b"one")])
    await other.commit([Write("t", "l", b"other")])
    transaction = Transaction(one._database, ["rows"], write=False)
    request = transaction.store("rows").get(to_js(["t", "k"]))
    await transaction.finish()
    transaction = Transaction(other._database, ["rows"], write=True)
    transaction.store("rows").put(request.result, to_js(["t", "k"]))
    await transaction.finish()
    loaded = await other.load()
    assert loaded.rows == [Row("t", "l", b"other")]
    assert [each.key for each in loaded.damaged] == ["k"]
    await erase_account(str(facts["name"]))
    assert other.name in await databases()
