"""Entry of the engine's worker: the one place where the browser's adapters are put together."""

import asyncio
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
from mls_chat.browser.tab import TabView, TakeOverRequested, decode_page_message
from mls_chat.ports import StorageFailed
from mls_chat.records import LAZY_TABLES
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
        self._runner: Runner | None = None
        self._storage: IndexedStorage | None = None
        self._lock = AccountLock(ACCOUNT, self)
        self._receive = create_proxy(self._received)

    def start(self) -> None:
        js.addEventListener("message", self._receive)
        self._tell(TabView(state="waiting"))
        self._lock.queue()
        self._clock.call_later(SHOW_WAITING_MS, self._waited)

    async def gained(self) -> None:
        async with self._turn:
            try:
                await self._run()
            except StorageFailed as error:
                await self._end()
                self._tell(TabView(state="failed", error=str(error)))
            else:
                self._tell(TabView(state="owner"))

    async def lost(self) -> None:
        async with self._turn:
            await self._end()
            self._tell(TabView(state="elsewhere"))

    async def _run(self) -> None:
        self._storage = await IndexedStorage.open(ACCOUNT, LAZY_TABLES)
        self._runner = Runner(self._storage, self._functions, SocketChannel(self._delivery_url), self._clock, self._screen)
        await self._runner.start()

    async def _end(self) -> None:
        runner, self._runner = self._runner, None
        storage, self._storage = self._storage, None
        if runner is not None:
            await runner.stop()
        if storage is not None:
            storage.close()

    def _received(self, event: Any) -> None:
        message = decode_page_message(event.data)
        if isinstance(message, TakeOverRequested):
            self._tell(TabView(state="waiting"))
            asyncio.ensure_future(self._lock.take_over())  # noqa: RUF006
        elif self._runner is not None:
            self._runner.post(message)

    def _waited(self) -> None:
        if self._runner is None and not self._turn.locked():
            self._tell(TabView(state="elsewhere"))

    def _tell(self, view: TabView) -> None:
        self._screen.show(msgspec.json.encode(view))


def start(settings: str) -> Worker:
    """`settings`: the text of settings.json. The caller keeps what is returned."""
    worker = Worker(decode_settings(settings), str(js.location.origin))
    worker.start()
    return worker
