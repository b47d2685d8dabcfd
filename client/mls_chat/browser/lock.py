"""Which tab has the account open: a Web Lock that every tab queues for, free as soon as its holder is gone.

A holder that is there but does not answer (frozen) is stolen from; the storage's fence refuses whatever it still tries
to write. Only one tab steals at a time, and the others give it a moment to be heard of.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import js
from pyodide.ffi import JsException, create_proxy, jsnull

from mls_chat.browser.interop import js_object

GRACE_S: Final = 1.0


class Owner(Protocol):
    async def gained(self, *, stolen: bool) -> None:
        """The account is this tab's now."""

    async def lost(self) -> None:
        """Must have stopped all work when it returns."""


class AccountLock:
    def __init__(self, name: str) -> None:
        self._name = name
        self._hold: asyncio.Future[None] | None = None
        self._line: Any = None
        """Aborts the request that waits in line."""
        self._left = True
        self._tasks: set[asyncio.Task[None]] = set()

    def queue(self, owner: Owner) -> None:
        """Waits in line, again after each loss; `gained` is called when it is this tab's turn."""
        if self._hold is None and self._line is None:
            self._left, self._line = False, js.AbortController.new()
            self._start(self._request(owner, signal=self._line.signal))

    def leave(self) -> None:
        """Gives the account and the place in line to others, until `queue` is called."""
        self._left = True
        self._leave_line()
        self.release()

    def release(self) -> None:
        """Back to the end of the line."""
        hold, self._hold = self._hold, None
        if hold is not None:
            hold.set_result(None)

    def steal(self, owner: Owner) -> None:
        """Takes the account, whoever has it, unless another tab is about to."""
        self._start(self._steal(owner))

    async def _steal(self, owner: Owner) -> None:
        callback = create_proxy(lambda handle: asyncio.ensure_future(self._steal_alone(owner, handle)))
        try:
            await js.navigator.locks.request(f"{self._name} steal", js_object(ifAvailable=True), callback)
        finally:
            callback.destroy()

    async def _steal_alone(self, owner: Owner, handle: Any) -> None:
        if handle in (None, jsnull) or self._hold is not None or self._left:
            return
        self._leave_line()
        self._start(self._request(owner, steal=True))
        await asyncio.sleep(GRACE_S)

    def _leave_line(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.abort()

    async def _request(self, owner: Owner, **options: Any) -> None:
        """One request for the lock, from the line to its loss."""
        hold: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        granted = False

        def grant(_: Any) -> Any:
            nonlocal granted
            granted, self._hold, self._line = True, hold, None
            self._start(owner.gained(stolen="steal" in options))
            return hold

        callback = create_proxy(grant)
        try:
            await js.navigator.locks.request(self._name, js_object(**options), callback)
        except JsException as error:
            if error.name != "AbortError":
                raise
            if not granted:
                return  # left the line
        finally:
            callback.destroy()
        if self._hold is hold:  # stolen
            self._hold = None
            await owner.lost()
        if not hold.done():
            hold.set_result(None)
        if not self._left:
            self.queue(owner)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
