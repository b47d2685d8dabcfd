"""IndexedDB: opening, and one transaction at a time that is waited for as a whole.

A transaction is finished as soon as the event loop turns without a request of it under way, so nothing is awaited
inside one: every request is issued at once, or in the callback of another.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import js
from pyodide.ffi import JsException, create_once_callable, jsnull, to_js

from mls_chat.browser.interop import Listeners, js_object
from mls_chat.ports import AccountGone, StorageClosed, StorageFailed, StorageFull, StorageTooNew

FORMAT: Final = 2
STORES: Final = ("rows", "keys", "meta")
"""`keys` is of format 1: it is empty once the rows are taken over (former_layout.py)."""
BLOCKED: Final = "An older version of mls-chat is open in another tab. Close that tab, then reload this one."
OUTDATED: Final = "A newer version of mls-chat was opened in another tab. Reload this one to go on with it."
REMOVED: Final = "What mls-chat had stored in this browser was removed while this page was open. Reload the page."


def failure(doing: str, error: Any) -> StorageFailed:
    """A StorageFailed that carries the browser's own name for what went wrong, e.g. QuotaExceededError."""
    name = str(getattr(error, "name", "") or type(error).__name__)
    if name == "QuotaExceededError":
        return StorageFull(f"{doing}: this device has no room left for the browser's data ({name})")
    if name == "VersionError":
        return StorageTooNew(f"{doing}: a newer version of mls-chat wrote it, reload the page ({name})")
    return StorageFailed(f"{doing}: {name}: {getattr(error, 'message', error)}")


async def open_database(name: str, stores: Sequence[str] = STORES, version: int | None = None) -> Any:
    """Opens or creates the database. Raises StorageTooNew, AccountGone (an object store is missing), StorageFailed."""
    opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    def upgrade(_: Any) -> None:
        for store in stores:
            if not request.result.objectStoreNames.contains(store):
                request.result.createObjectStore(store)

    def refuse(error: Exception) -> None:
        if not opened.done():
            opened.set_exception(error)

    def blocked(_: Any) -> None:
        _give_up(request)
        refuse(StorageFailed(BLOCKED))

    try:
        request = js.indexedDB.open(name, version or FORMAT)
    except JsException as error:
        raise failure("opening the storage", error) from error
    listeners = Listeners(
        request,
        upgradeneeded=upgrade,
        success=lambda _: opened.set_result(request.result),
        error=lambda _: refuse(failure("opening the storage", request.error)),
        blocked=blocked,
    )
    try:
        database = await opened
    finally:
        listeners.close()
    missing = [store for store in stores if not database.objectStoreNames.contains(store)]
    if missing:
        database.close()
        raise AccountGone(f"a part of what mls-chat stored in this browser is missing ({', '.join(missing)})")
    return database


def _give_up(request: Any) -> None:
    """Whatever becomes of the request later, it changes nothing and holds nothing open."""
    request.onupgradeneeded = create_once_callable(lambda _: request.transaction.abort())
    request.onsuccess = create_once_callable(lambda _: request.result.close())


async def delete_database(name: str) -> None:
    """Removes everything under this name; tabs that still have it open are told to close it. Raises StorageFailed."""
    deleted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    request = js.indexedDB.deleteDatabase(name)
    listeners = Listeners(
        request,
        success=lambda _: deleted.set_result(None),
        error=lambda _: deleted.set_exception(failure("removing the storage", request.error)),
    )
    try:
        await deleted
    finally:
        listeners.close()


def watch_database(database: Any, closed: Callable[[StorageClosed], None]) -> Listeners:
    """Tells when the database is taken away; a version that needs it is never kept waiting."""

    def version_changes(event: Any) -> None:
        database.close()
        closed(StorageClosed(REMOVED if event.newVersion in (None, jsnull) else OUTDATED))

    return Listeners(database, versionchange=version_changes, close=lambda _: closed(StorageClosed(REMOVED)))


class Transaction:
    """One transaction; `finish` waits until it is durable, or says by what it was aborted."""

    def __init__(self, database: Any, stores: list[str], *, write: bool) -> None:
        self._reason: StorageFailed | None = None
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests: list[Listeners] = []
        options = js_object(durability="strict")
        try:
            self._handle = database.transaction(to_js(stores), "readwrite" if write else "readonly", options)
        except JsException as error:
            raise failure("opening a transaction", error) from error
        self._listeners = Listeners(
            self._handle, complete=lambda _: self._done.set_result(None), abort=lambda _: self._aborted()
        )

    def store(self, name: str) -> Any:
        return self._handle.objectStore(name)

    def then(self, request: Any, action: Callable[[], None]) -> None:
        """Runs `action` when the request has its result; what it raises aborts the transaction."""

        def act(_: Any) -> None:
            try:
                action()
            except StorageFailed as error:
                self.abort(error)
            except Exception as error:
                self.abort(failure("using the storage", error))

        self._requests.append(Listeners(request, success=act))

    def abort(self, reason: StorageFailed) -> None:
        self._reason = self._reason or reason
        self._handle.abort()

    async def finish(self) -> None:
        """Raises StorageFailed when nothing was written."""
        try:
            await self._done
        finally:
            for listeners in (self._listeners, *self._requests):
                listeners.close()

    def _aborted(self) -> None:
        self._done.set_exception(self._reason or failure("writing to the storage", self._handle.error))
