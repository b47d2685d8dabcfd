"""Which tab runs the engine: a Web Lock that every tab queues for, handed over on request.

Taking over asks the owner by BroadcastChannel to stop; the owner answers once its last write is done and the asker then
steals the lock, ahead of tabs that merely wait. An owner that does not answer (frozen, crashed) is stolen from
after the patience time; the storage's fence refuses whatever it still tries to write.
"""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import js
from pyodide.ffi import JsException, create_proxy

from mls_chat.browser.interop import Listeners, js_object

PATIENCE_S: Final = 2.0
_TAKE_OVER: Final = "take-over"
_STOPPED: Final = "stopped"


class Owner(Protocol):
    async def gained(self) -> None:
        """The account is this tab's now."""

    async def lost(self) -> None:
        """Must have stopped all work when it returns."""


class AccountLock:
    def __init__(self, name: str, owner: Owner) -> None:
        self._name = name
        self._owner = owner
        self._hold: asyncio.Future[None] | None = None
        self._leave_queue: Any = None
        self._owner_stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._channel = js.BroadcastChannel.new(name)
        self._listeners = Listeners(self._channel, message=lambda event: self._heard(str(event.data)))

    def queue(self) -> None:
        """Waits in line; the owner's `gained` is called when it is this tab's turn."""
        self._leave_queue = js.AbortController.new()
        self._start(self._request(signal=self._leave_queue.signal))

    async def take_over(self, patience_s: float = PATIENCE_S) -> None:
        """Makes this tab the owner, whoever it is now."""
        if self._hold is not None:
            return
        if self._leave_queue is not None:
            self._leave_queue.abort()
        self._owner_stopped.clear()
        self._channel.postMessage(_TAKE_OVER)
        with contextlib.suppress(TimeoutError):  # an owner that does not answer is stolen from
            await asyncio.wait_for(self._owner_stopped.wait(), patience_s)
        self._start(self._request(steal=True))

    def _heard(self, message: str) -> None:
        if message == _STOPPED:
            self._owner_stopped.set()
        elif message == _TAKE_OVER and self._hold is not None:
            self._start(self._yield(self._hold))

    async def _yield(self, hold: "asyncio.Future[None]") -> None:
        await self._stop(hold)
        self._channel.postMessage(_STOPPED)
        # held on to, so that the asker comes before others in line; let go if it never takes it
        await asyncio.wait([hold], timeout=2 * PATIENCE_S)
        if not hold.done():
            hold.set_result(None)

    async def _request(self, **options: Any) -> None:
        """One request for the lock, from the queue to its loss."""
        hold: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        granted = False

        def grant(_: Any) -> Any:
            nonlocal granted
            granted, self._hold, self._leave_queue = True, hold, None
            self._start(self._owner.gained())
            return hold

        callback = create_proxy(grant)
        try:
            await js.navigator.locks.request(self._name, js_object(**options), callback)
        except JsException as error:
            if error.name != "AbortError":
                raise
            if not granted:
                return  # left the queue in order to take over
        finally:
            callback.destroy()
        await self._stop(hold)
        if not hold.done():
            hold.set_result(None)
        self.queue()

    async def _stop(self, hold: "asyncio.Future[None]") -> None:
        if self._hold is hold:
            self._hold = None
            await self._owner.lost()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
