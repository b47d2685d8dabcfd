"""Entry of the engine's worker: the one place where the browser's adapters are put together."""

from typing import Final

import js
from pyodide.ffi import create_proxy

from mls_chat.browser.channel import SocketChannel
from mls_chat.browser.clock import BrowserClock
from mls_chat.browser.database import delete_database
from mls_chat.browser.functions import FetchFunctions
from mls_chat.browser.live_tab import LiveTab
from mls_chat.browser.lock import AccountLock
from mls_chat.browser.opened_account import OpenedAccount
from mls_chat.browser.peers import Peers
from mls_chat.browser.presence import Presence
from mls_chat.browser.screen import PageScreen
from mls_chat.browser.settings import Settings, decode_settings
from mls_chat.browser.storage import IndexedStorage
from mls_chat.ports import Screen
from mls_chat.records import LAZY_TABLES
from mls_chat.runner import Runner

ACCOUNT: Final = "mls-chat"
"""Names the database, the lock and the channel between tabs: one account a browser profile."""


class Worker:
    def __init__(self, tab: str, settings: Settings, origin: str) -> None:
        self._functions = FetchFunctions(settings.functions_base(origin), settings.api_key)
        self._delivery_url = settings.delivery_address(origin)
        self._origin, self._clock = origin, BrowserClock()
        self._peers = Peers(f"{ACCOUNT} tabs")
        self._tab = LiveTab(
            tab,
            page=PageScreen(),
            peers=self._peers,
            lock=AccountLock(ACCOUNT),
            presence=Presence(f"{ACCOUNT} tab "),
            clock=self._clock,
            open_account=self._open,
        )
        self._receive = create_proxy(lambda event: self._tab.page_said(str(event.data)))

    def start(self) -> None:
        js.addEventListener("message", self._receive)
        self._peers.listen(self._tab.heard)
        self._tab.start()

    async def _open(self, screen: Screen, *, anew: bool) -> OpenedAccount:
        """`anew`: with an empty storage. Raises StorageFailed."""
        if anew:
            await delete_database(ACCOUNT)
        storage = await IndexedStorage.open(ACCOUNT, LAZY_TABLES)
        channel = SocketChannel(self._delivery_url)
        runner = Runner(storage, self._functions, channel, self._clock, screen, origin=self._origin)
        account = OpenedAccount(storage, runner)
        await account.start()
        return account


def start(settings: str, tab: str) -> Worker:
    """`settings`: the text of settings.json; `tab`: the page's id. The caller keeps what is returned."""
    worker = Worker(tab, decode_settings(settings), str(js.location.origin))
    worker.start()
    return worker
