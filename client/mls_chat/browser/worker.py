"""Entry of the engine's worker: the one place where the browser's adapters are put together."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import js
import msgspec
from pyodide.ffi import create_proxy

from mls_chat.backoff import BackOff
from mls_chat.browser.channel import SocketChannel
from mls_chat.browser.clock import BrowserClock
from mls_chat.browser.database import delete_database
from mls_chat.browser.functions import FetchFunctions
from mls_chat.browser.lock import AccountLock
from mls_chat.browser.screen import PageScreen
from mls_chat.browser.settings import Settings, decode_settings
from mls_chat.browser.storage import IndexedStorage
from mls_chat.browser.tab import StartAnewRequested, TabState, TabView, TakeOverRequested, decode_page_message
from mls_chat.ports import AccountGone, StorageFailed, StorageFull, StorageLost
from mls_chat.records import LAZY_TABLES
from mls_chat.runner import Runner

ACCOUNT: Final = "mls-chat"
"""Names the database and the lock: one account a browser profile."""
SHOW_WAITING_MS: Final = 1500
"""A page that was just reloaded leaves the lock a moment late; only then is another tab the likely reason."""
NO_ROOM: Final = (
    "This device has no room left for the browser's data, so your chats can't be opened. "
    "Free some space: it goes on by itself."
)


class Worker:
    """The account's owner in this tab: a runner as long as it holds the lock."""

    def __init__(self, settings: Settings, origin: str) -> None:
        self._functions = FetchFunctions(settings.functions_base(origin), settings.api_key)
        self._delivery_url = settings.delivery_address(origin)
        self._origin = origin
        self._screen = PageScreen()
        self._clock = BrowserClock()
        self._turn = asyncio.Lock()
        self._attempts = BackOff(1_000, 30_000)
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
            await self._begin()

    async def _begin(self, *, anew: bool = False) -> None:
        """`anew`: with an empty storage."""
        try:
            if anew:
                await delete_database(ACCOUNT)
            await self._run()
        except StorageFailed as error:
            await self._end()
            self._failed(error)
        else:
            self._tell("owner")

    def _failed(self, error: StorageFailed) -> None:
        full = isinstance(error, StorageFull)
        self._tell("failed", NO_ROOM if full else str(error), lost=isinstance(error, AccountGone))
        if full:
            self._clock.call_later(self._attempts.delay(self._clock.now()), lambda: self._start(self._begin_again()))

    async def _begin_again(self, *, anew: bool = False) -> None:
        """After a failure, unless the account has gone to another tab meanwhile."""
        async with self._turn:
            if self._state == "failed":
                await self._begin(anew=anew)

    async def lost(self) -> None:
        async with self._turn:
            await self._end()
            self._tell("elsewhere")

    async def _run(self) -> None:
        self._storage = await IndexedStorage.open(ACCOUNT, LAZY_TABLES)
        channel = SocketChannel(self._delivery_url)
        runner = Runner(self._storage, self._functions, channel, self._clock, self._screen, origin=self._origin)
        self._runner, self._storage.closed = runner, runner.end
        await runner.start()
        self._start(self._watch(runner))

    async def _watch(self, runner: Runner) -> None:
        """Another owner shut this one out before the lock's loss was heard of, or the storage was taken away."""
        await runner.lost.wait()
        if runner is not self._runner:
            return
        if runner.failure is None or isinstance(runner.failure, StorageLost):
            await self.lost()
            return
        async with self._turn:
            await self._end()
            self._failed(runner.failure)

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
        elif isinstance(message, StartAnewRequested):
            self._start(self._begin_again(anew=True))
        elif self._runner is not None:
            self._runner.post(message)

    def _waited(self) -> None:
        if self._state == "waiting" and not self._turn.locked():
            self._tell("elsewhere")

    def _tell(self, state: TabState, error: str = "", *, lost: bool = False) -> None:
        self._state = state
        self._screen.show(msgspec.json.encode(TabView(state=state, error=error, lost=lost)))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def start(settings: str) -> Worker:
    """`settings`: the text of settings.json. The caller keeps what is returned."""
    worker = Worker(decode_settings(settings), str(js.location.origin))
    worker.start()
    return worker
