"""Entry of the engine's worker: the one place where the browser's adapters are put together."""

from typing import Final

import js
from pyodide.ffi import create_proxy

from mls_chat.browser.channel import SocketChannel
from mls_chat.browser.clock import BrowserClock
from mls_chat.browser.functions import FetchFunctions
from mls_chat.browser.keeper import AccountKeeper, erase_account
from mls_chat.browser.live_tab import LiveTab
from mls_chat.browser.lock import AccountLock
from mls_chat.browser.opened_account import OpenedAccount
from mls_chat.browser.peers import Peers
from mls_chat.browser.presence import Presence
from mls_chat.browser.screen import PageScreen
from mls_chat.browser.settings import Settings, decode_settings
from mls_chat.browser.storage import IndexedStorage
from mls_chat.ports import ErasureUnfinished, Screen
from mls_chat.records import LAZY_TABLES
from mls_chat.runner import Runner

FIRST: Final = "mls-chat"


def account_name(slot: int) -> str:
    """Names the database, the lock and the channel between tabs of one of the browser profile's accounts."""
    return f"{FIRST} {slot}" if slot else FIRST


class Worker:
    def __init__(self, tab: str, slot: int, settings: Settings, origin: str) -> None:
        self._name = name = account_name(slot)
        self._functions = FetchFunctions(settings.functions_base(origin), settings.api_key)
        self._delivery_url = settings.delivery_address(origin)
        self._origin, self._clock = origin, BrowserClock()
        self._peers = Peers(f"{name} tabs")
        self._tab = LiveTab(
            tab,
            page=PageScreen(),
            peers=self._peers,
            lock=AccountLock(name),
            presence=Presence(f"{name} tab "),
            clock=self._clock,
            open_account=self._open,
        )
        self._receive = create_proxy(lambda event: self._tab.page_said(str(event.data)))

    def start(self) -> None:
        js.addEventListener("message", self._receive)
        self._peers.listen(self._tab.heard)
        self._tab.start()

    async def _open(self, screen: Screen, *, anew: bool, cleared: bool) -> OpenedAccount:
        """As live_tab.Open."""
        if anew:
            await erase_account(self._name)
        storage = await self._storage(cleared=cleared)
        channel, keeper = SocketChannel(self._delivery_url), AccountKeeper(storage)
        runner = Runner(storage, self._functions, channel, self._clock, screen, origin=self._origin, keeper=keeper)
        account = OpenedAccount(storage, runner)
        await account.start()
        return account

    async def _storage(self, *, cleared: bool) -> IndexedStorage:
        try:
            return await IndexedStorage.open(self._name, LAZY_TABLES)
        except ErasureUnfinished:
            if not cleared:
                raise
            await erase_account(self._name)
            return await IndexedStorage.open(self._name, LAZY_TABLES)


def start(settings: str, tab: str, slot: int) -> Worker:
    """`settings`: the text of settings.json; `tab`: the page's id; `slot`: which of the profile's accounts, 0 for the
    first. The caller keeps what is returned."""
    worker = Worker(tab, slot, decode_settings(settings), str(js.location.origin))
    worker.start()
    return worker
