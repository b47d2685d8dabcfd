"""What the worker of a tab in memory has around it: each border waits while the tab is frozen, and ends with it."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from desk import Hand
from mls_chat.browser.live_tab import LiveTab
from mls_chat.browser.opened_account import OpenedAccount
from mls_chat.effects import Write
from mls_chat.identity import CIPHER_SUITE
from mls_chat.ports import ChannelListener, ErasureUnfinished, Loaded, Locked, Screen, StorageClosed, StorageLost
from mls_chat.row_key import seal_row_key, short_id_of
from mls_chat.runner import Runner
from mls_chat.wire import frames
from mls_rs_python import Crypto

if TYPE_CHECKING:
    from tab_browser import Tab

ORIGIN: Final = "http://chat.test"


class TabPort:
    """Page, peers, lock, presence, clock and functions of one worker."""

    def __init__(self, tab: "Tab") -> None:
        self._tab, self._life, self._browser = tab, tab.life, tab.browser
        self.runner: Runner | None = None

    @property
    def _lives(self) -> bool:
        return self._life == self._tab.life

    def show(self, view: bytes) -> None:
        page = self._tab.page
        self._tab.soon(self._life, lambda: page.receive(view))

    def post(self, text: str) -> None:
        if self._lives:
            for other in self._browser.tabs:
                if other is not self._tab:
                    other.hears(text)

    def queue(self, owner: LiveTab) -> None:
        if self._lives:
            self._browser.queue(self._tab)

    def steal(self, owner: LiveTab) -> None:
        if self._lives:
            self._browser.steal(self._tab)

    def release(self) -> None:
        if self._lives:
            self._browser.leave(self._tab)
            self._browser.queue(self._tab)

    def leave(self) -> None:
        if self._lives:
            self._browser.leave(self._tab)

    async def tabs(self) -> frozenset[str]:
        await self._tab.gate(self._life)
        return frozenset(tab.name for tab in self._browser.tabs)

    def watch(self, tab: str, gone: Callable[[str], None]) -> None:
        if self._lives:
            self._browser.watches.setdefault(tab, []).append((self._tab, self._life, gone))

    def forget(self) -> None:
        for tab, watches in self._browser.watches.items():
            self._browser.watches[tab] = [each for each in watches if each[0] is not self._tab]

    def now(self) -> int:
        return self._browser.clock.now()

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Hand:
        return self._browser.clock.call_later(delay_ms, lambda: self._tab.happens(self._life, callback))

    async def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        await self._tab.gate(self._life)
        reply = self._browser.server.invoke(name, body, token)
        await self._tab.gate(self._life)
        return reply

    async def open_account(self, screen: Screen, *, anew: bool, cleared: bool) -> OpenedAccount:
        """Raises what the test has put into `Browser.broken`."""
        await self._browser.may_open.wait()
        await self._tab.gate(self._life)
        if anew:
            self._browser.disk.rows.clear()
        if self._browser.broken:
            raise self._browser.broken.pop(0)
        if self._browser.erasing:
            if not cleared:
                raise ErasureUnfinished("signed out")
            self._browser.disk.rows.clear()
            self._browser.erasing, self._browser.locked = False, None
        self._browser.owners.append(self._tab.name)
        storage, line = FencedDisk(self._tab), ServerLine(self._tab)
        self.runner = Runner(storage, self, line, self, screen, origin=ORIGIN, keeper=storage)
        account = OpenedAccount(storage, self.runner)
        await account.start()
        return account


class FencedDisk:
    """The browser's disk as one owner has it open; its keeper too."""

    def __init__(self, tab: "Tab") -> None:
        self._tab, self._life, self._browser = tab, tab.life, tab.browser
        self._browser.generation += 1
        self.generation = self._browser.generation
        self.closed: Callable[[StorageClosed], None] = lambda _: None

    async def load(self) -> Loaded:
        await self._tab.gate(self._life)
        if self._browser.locked is not None:
            return Loaded([], [], self._browser.locked)
        return await self._browser.disk.load()

    async def commit(self, writes: Sequence[Write]) -> None:
        await self._check()
        await self._browser.disk.commit(writes)
        await self._tab.gate(self._life)

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        await self._tab.gate(self._life)
        return await self._browser.disk.read(table, prefix, before, limit)

    async def find_room(self) -> None:
        await self._browser.disk.find_room()

    def close(self) -> None:
        pass

    async def _check(self) -> None:
        await self._tab.gate(self._life)
        if self.generation != self._browser.generation:
            raise StorageLost("another tab has the account open")

    async def _end(self) -> None:
        await self._check()
        self._browser.generation += 1

    async def lock(self, user_id: str, backup_public_key: bytes, storage_key: bytes) -> None:
        await self._end()
        row_key = os.urandom(32)
        sealed = seal_row_key(Crypto(CIPHER_SUITE), backup_public_key, storage_key, user_id, row_key)
        self._browser.locked = Locked(short_id_of(user_id), sealed)

    async def unlock(self, row_key: bytes) -> None:
        await self._end()
        self._browser.locked = None

    async def mark_for_erasure(self) -> None:
        await self._check()
        self._browser.erasing = True

    async def erase(self) -> None:
        await self._end()
        self._browser.erasing = True

    async def label(self, short_id: str) -> None:
        pass

    async def note_activity(self, at: int) -> None:
        pass


class ServerLine:
    """The delivery channel to the fake server."""

    def __init__(self, tab: "Tab") -> None:
        self._tab, self._life, self._server = tab, tab.life, tab.browser.server
        self._push: Callable[[frames.ServerFrame], None] | None = None

    @property
    def _is_up(self) -> bool:
        device = self._tab.browser.device_id
        return device in self._server.sockets and self._server.sockets[device][0] is self._push

    async def open(self, listener: ChannelListener) -> None:
        await self._tab.gate(self._life)

        def push(frame: frames.ServerFrame) -> None:
            self._tab.soon(self._life, lambda: listener.channel_frame(frames.encode(frame)))

        self._push = push
        self._server.connect(self._tab.browser.device_id, push)

    def send(self, data: bytes) -> None:
        if self._life == self._tab.life and self._is_up:
            self._server.receive(self._tab.browser.device_id, frames.decode_client(data))

    async def close(self) -> None:
        if self._push is not None and self._is_up:
            self._server.disconnect(self._tab.browser.device_id)
