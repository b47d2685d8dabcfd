"""Entry of the engine's worker: the one place where the browser's adapters are put together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import js
import msgspec
from pyodide.ffi import create_proxy

from mls_chat.browser.channel import SocketChannel
from mls_chat.browser.clock import BrowserClock
from mls_chat.browser.functions import FetchFunctions
from mls_chat.browser.lock import AccountLock
from mls_chat.browser.screen import PageScreen
from mls_chat.browser.settings import Settings, decode_settings
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.tab import TabState, TabView, TakeOverRequested, decode_page_message
from mls_chat.ports import StorageFailed
from mls_chat.records import LAZY_TABLES, RecordUnreadable
from mls_chat.runner import Runner

ACCOUNT: Final = "mls-chat"
"""Names the database and the lock: one account a browser profile."""
SHOW_WAITING_MS: Final = 1500
"""A page that was just reloaded leaves the lock a moment late; only then is another tab the likely reason."""


class Worker:
    """The account's owner in this tab: a runner as long as it holds the lock."""

    def __init__(self, settings: Settings, origin: str) -> None:
        self._functions = FetchFunctions(settings.functions_base(origin), settings.api_key)
        self._delivery_url = settings.delivery_address(origin)
        self._origin = origin
        self._screen = PageScreen()
        self._clock = BrowserClock()
        self._turn = asyncio.Lock()
        self._state: str = ""
        self._runner: Runner | None = None
        self._storage: IndexedStorage | None = None
        self._lock = AccountLock(ACCOUNT, self)
        self._tasks: set[asyncio.Future[None]] = set()
        self._receive = create_proxy(self._received)

    def start(self) -> None:
        js.addEventListener("message", self._receive)
        self._tell("waiting")
        self._lock.queue()
        self._clock.call_later(SHOW_WAITING_MS, self._waited)

    async def gained(self) -> None:
        async with self._turn:
            try:
                await self._run()
            except (StorageFailed, RecordUnreadable) as error:
                await self._end()
                self._tell("failed", str(error))
            else:
                self._tell("owner")

    async def lost(self) -> None:
        async with self._turn:
            await self._end()
            self._tell("elsewhere")

    async def _run(self) -> None:
        self._storage = await IndexedStorage.open(ACCOUNT, LAZY_TABLES)
        channel = SocketChannel(self._delivery_url)
        runner = Runner(self._storage, self._functions, channel, self._clock, self._screen, origin=self._origin)
        self._runner = runner
        await runner.start()
        self._start(self._watch(runner))

    async def _watch(self, runner: Runner) -> None:
        """Another owner shut this one out before the lock's loss was heard of."""
        await runner.lost.wait()
        if runner is self._runner:
            await self.lost()

    async def _end(self) -> None:
        runner, self._runner = self._runner, None
        storage, self._storage = self._storage, None
        if runner is not None:
            runner.lost.set()
            await runner.stop()
        if storage is not None:
            storage.close()

    def _received(self, event: Any) -> None:
        message = decode_page_message(event.data)
        if isinstance(message, TakeOverRequested):
            self._tell("waiting")
            self._start(self._lock.take_over())
        elif self._runner is not None:
            self._runner.post(message)

    def _waited(self) -> None:
        if self._state == "waiting" and not self._turn.locked():
            self._tell("elsewhere")

    def _tell(self, state: TabState, error: str = "") -> None:
        self._state = state
        self._screen.show(msgspec.json.encode(TabView(state=state, error=error)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def start(settings: str) -> Worker:
    """`settings`: the text of settings.json. The caller keeps what is returned."""
    worker = Worker(decode_settings(settings), str(js.location.origin))
    worker.start()
    return worker
