"""The tab that has the account open: the events of all tabs go in, views go out to the tabs that they are for."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from mls_chat.browser.messages import Asked, Beat, Hello, Message, Ping, Shown
from mls_chat.events import Event, FromTab, PageEvent, TabGone, TabOpened, TabsPresent
from mls_chat.ports import StorageFailed


class Account(Protocol):
    """The opened account: a runner over the storage. `generation` rises with each opening, in whatever tab."""

    @property
    def generation(self) -> int: ...

    def post(self, event: Event) -> None: ...

    async def ended(self) -> StorageFailed:
        """Why it stopped by itself."""

    async def settled(self) -> None:
        """Until everything that was posted is done."""

    async def close(self) -> None: ...


class Page(Protocol):
    def show(self, view: bytes) -> None:
        """JSON text to this tab's own page."""


class Presence(Protocol):
    async def tabs(self) -> frozenset[str]: ...

    def watch(self, tab: str, gone: Callable[[str], None]) -> None: ...

    def forget(self) -> None: ...


class Owner:
    """From `gained` to lost. Is the runner's Screen."""

    def __init__(
        self, tab: str, page: Page, post: Callable[[Message], None], presence: Presence, *, stolen: bool
    ) -> None:
        self._tab, self._page, self._post, self._presence = tab, page, post, presence
        self._stolen = stolen
        self._followers: set[str] = set()
        self.account: Account | None = None
        self.beat()

    @property
    def generation(self) -> int:
        return self.account.generation if self.account else 0

    def beat(self) -> None:
        self._post(Beat(generation=self.generation, stolen=self._stolen))

    async def begin(self, account: Account) -> None:
        """The account is open: followers may come."""
        self.account = account
        account.post(TabsPresent(await self._presence.tabs()))
        account.post(TabOpened(self._tab))
        self.beat()

    async def end(self) -> None:
        account, self.account = self.account, None
        self._presence.forget()
        if account is not None:
            await account.close()

    def show(self, view: bytes, tab: str | None = None) -> None:
        if tab in (None, self._tab):
            self._page.show(view)
        if tab in self._followers or (tab is None and self._followers):
            self._post(Shown(generation=self.generation, tab=tab, view=msgspec.Raw(view)))

    def ask(self, event: PageEvent, serial: int, settled: int) -> None:
        """Of the own page. What comes before the account is open is asked again then."""
        if self.account is not None:
            self.account.post(FromTab(self._tab, event, serial, settled))

    def heard(self, message: Message) -> None:
        match message:
            case Ping():
                self.beat()
            case Hello(tab=tab):
                self._join(tab)
            case Asked(tab=tab, generation=generation) if generation == self.generation and self.account is not None:
                self.account.post(FromTab(tab, message.event, message.serial, message.settled))

    def _join(self, tab: str) -> None:
        if self.account is not None:
            self._followers.add(tab)
            self._presence.watch(tab, self._gone)
            self.account.post(TabOpened(tab))

    def _gone(self, tab: str) -> None:
        self._followers.discard(tab)
        if self.account is not None:
            self.account.post(TabGone(tab))
