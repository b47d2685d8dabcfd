"""A browser in memory whose tabs share one account: storage with its fence, locks, and the channel between the tabs.

A tab can be closed, frozen, thawed or lose its worker at any moment. Live tab, runner and engine are the real ones.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from desk import Disk, HandClock
from fake_server import FakeServer
from mls_chat.browser.live_tab import LiveTab
from mls_chat.effects import Row
from mls_chat.events import PageEvent
from mls_chat.ports import Locked, StorageFailed
from mls_chat.records import AccountRecord, decode_record
from tab_page import TabPage
from tab_ports import TabPort

GRACE_MS: Final = 1_000
"""Nobody steals so soon after another."""

Gone = Callable[[str], None]


class Browser:
    def __init__(self) -> None:
        self.clock, self.disk = HandClock(), Disk()
        self.server = FakeServer(self.clock.now)
        self.generation = 0
        self.locked: Locked | None = None
        self.erasing = False
        """The person has signed out."""
        self.tabs: list[Tab] = []
        self.watches: dict[str, list[tuple[Tab, int, Gone]]] = {}
        self.may_open = asyncio.Event()
        self.may_open.set()
        """Openings of the storage wait for it."""
        self.broken: list[StorageFailed] = []
        """What the next openings of the storage fail with."""
        self.owners: list[str] = []
        """The tabs that opened the account, one after the other."""
        self.holder: Tab | None = None
        self._line: list[Tab] = []
        self._stealing = False
        self._tasks: set[asyncio.Task[None]] = set()

    def open_tab(self, name: str) -> "Tab":
        tab = Tab(self, name)
        self.tabs.append(tab)
        return tab

    @property
    def owner(self) -> "Tab":
        assert self.holder is not None
        return self.holder

    @property
    def device_id(self) -> str:
        row = Row("account", "account", self.disk.rows["account", "account"])
        return decode_record(AccountRecord, row).device_id

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self, ms: int = 0) -> None:
        """Lets everything happen that is due, and the time pass."""
        end = self.clock.time + ms
        while True:
            await pump(60)
            due = [timer for timer in self.clock.timers if timer.live and timer.at <= end]
            if not due:
                break
            first = min(due, key=lambda timer: timer.at)
            self.clock.time, first.live = max(self.clock.time, first.at), False
            self.clock.timers = [timer for timer in self.clock.timers if timer.live]
            first.callback()
        self.clock.time = end

    async def close(self) -> None:
        for tab in list(self.tabs):
            tab.close()
        await pump(60)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # the account's lock

    def queue(self, tab: "Tab") -> None:
        if tab is not self.holder and tab not in self._line:
            self._line.append(tab)
        self._grant()

    def leave(self, tab: "Tab") -> None:
        self._line = [each for each in self._line if each is not tab]
        if self.holder is tab:
            self.holder = None
        self._grant()

    def steal(self, tab: "Tab") -> None:
        if self._stealing or tab not in self._line:
            return
        self._stealing = True
        self.clock.call_later(GRACE_MS, self._stolen)
        self._line.remove(tab)
        former, self.holder = self.holder, tab
        if former is not None:
            former.start(former.lose)
        tab.start(lambda: tab.live.gained(stolen=True))

    def _stolen(self) -> None:
        self._stealing = False

    def _grant(self) -> None:
        if self.holder is None and self._line:
            self.holder = tab = self._line.pop(0)
            tab.start(lambda: tab.live.gained(stolen=False))


class Tab:
    def __init__(self, browser: Browser, name: str) -> None:
        self.browser, self.name = browser, name
        self.page = TabPage(self._page_says)
        self.frozen = False
        self.life = 0
        """Which worker of the page this is; what belongs to an earlier one is lost."""
        self._waiting: list[Callable[[], None]] = []
        self._awake = asyncio.Event()
        self._start_worker()

    def _start_worker(self) -> None:
        self._awake.set()
        port = self._port = TabPort(self)
        self.live = LiveTab(
            self.name, page=port, peers=port, lock=port, presence=port, clock=port, open_account=port.open_account
        )
        self.soon(self.life, self.live.start)

    def ask(self, *events: PageEvent) -> None:
        """A person does something on the page."""
        for event in events:
            self.page.ask(event)

    def _page_says(self, text: str) -> None:
        live = self.live
        self.soon(self.life, lambda: live.page_said(text))

    def hears(self, text: str) -> None:
        """From another tab."""
        live = self.live
        self.soon(self.life, lambda: live.heard(text))

    # what can happen to it

    def close(self) -> None:
        """Closed, crashed or killed: without a word."""
        self.browser.tabs.remove(self)
        self._end_worker()
        for watcher, life, gone in self.browser.watches.pop(self.name, []):
            watcher.soon(life, lambda gone=gone: gone(self.name))  # type: ignore[misc]

    def terminate_worker(self) -> None:
        """The page lives on and starts another."""
        self._end_worker()
        self.page.live = False
        self._start_worker()

    def _end_worker(self) -> None:
        self.life += 1
        self.frozen = False
        self._waiting.clear()
        self._awake.set()
        self.browser.leave(self)
        if self._port.runner is not None:
            self.browser.start(self._port.runner.stop())

    def freeze(self) -> None:
        self.frozen = True
        self._awake.clear()

    def thaw(self) -> None:
        self.frozen = False
        waiting, self._waiting = self._waiting, []
        for action in waiting:
            action()
        self._awake.set()

    # how things happen in it: in order, while its worker lives and is awake

    def soon(self, life: int, action: Callable[[], None]) -> None:
        asyncio.get_running_loop().call_soon(self.happens, life, action)

    def happens(self, life: int, action: Callable[[], None]) -> None:
        if life != self.life:
            return
        if self.frozen:
            self._waiting.append(lambda: self.happens(life, action))
        else:
            action()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.soon(self.life, lambda: self.browser.start(work()))

    async def lose(self) -> None:
        """The account's lock was stolen."""
        await self.live.lost()
        self.browser.queue(self)

    async def gate(self, life: int) -> None:
        """Every border of the worker. Raises CancelledError when it is dead."""
        await self._awake.wait()
        if life != self.life:
            raise asyncio.CancelledError


async def pump(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
