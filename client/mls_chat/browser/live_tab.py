"""One tab of an account: its owner, or a follower that hands its page's events to the owner and shows what that sends.

All tabs wait in line for the account's lock, so the next one owns it as soon as the owner is gone. A follower that
hears nothing from the owner for a while takes the account from it. Nothing is kept here: when a new owner asks it to
(StartedView), the page tells what it has open and asks again for what was not confirmed.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol

import msgspec

from mls_chat.backoff import BackOff
from mls_chat.browser.messages import (
    Asked,
    Beat,
    Hello,
    Message,
    OtherFormat,
    Ping,
    Shown,
    decode_message,
    encode_message,
)
from mls_chat.browser.owner import Account, Owner, Page, Presence
from mls_chat.browser.tab import StartAnewRequested, StoresCleared, TabState, TabView, decode_page_message
from mls_chat.events import VisibilityChanged
from mls_chat.ports import (
    AccountGone,
    Clock,
    ErasureUnfinished,
    Screen,
    StorageFailed,
    StorageFull,
    StorageLost,
    Timer,
)

TICK_MS: Final = 150
HIDDEN_TICK_MS: Final = 2_000
"""How often a follower looks whether the owner lives, and where nobody sees it."""
SILENT_TICKS: Final = 4
"""So many in a row without a word from the owner, and the account is taken from it."""
STEAL_MEMORY_MS: Final = 60_000
MOST_DOUBLINGS: Final = 4
"""Each steal within that time doubles the patience: a busy machine is not a frozen tab."""
RETRY_BASE_MS: Final = 1_000
RETRY_CAP_MS: Final = 30_000
NO_ROOM: Final = (
    "This device has no room left for the browser's data, so your chats can't be opened. "
    "Free some space: it goes on by itself."
)
OUTDATED: Final = "A newer version of mls-chat is open in another tab. Reload this tab to go on."


class Lock(Protocol):
    def queue(self, owner: "LiveTab") -> None: ...

    def steal(self, owner: "LiveTab") -> None: ...

    def release(self) -> None: ...

    def leave(self) -> None: ...


class Peers(Protocol):
    def post(self, text: str) -> None:
        """To all other tabs."""


class Open(Protocol):
    """Opens and starts the account; `anew`: with an empty storage. Raises StorageFailed.

    ErasureUnfinished is raised where the person has signed out, unless the page is `cleared`: what is left is removed
    first then.
    """

    async def __call__(self, screen: Screen, *, anew: bool, cleared: bool) -> Account: ...


class LiveTab:
    def __init__(
        self, tab: str, *, page: Page, peers: Peers, lock: Lock, presence: Presence, clock: Clock, open_account: Open
    ) -> None:
        self._tab, self._page, self._peers = tab, page, peers
        self._lock, self._presence, self._clock, self._open = lock, presence, clock, open_account
        self._turn, self._attempts = asyncio.Lock(), BackOff(RETRY_BASE_MS, RETRY_CAP_MS)
        self._state: TabState = "waiting"
        self._owner: Owner | None = None
        self._anew = False
        """The person wants to begin with an empty storage."""
        self._cleared = asyncio.Event()
        """The page has removed what it had stored itself."""
        self._generation = 0
        """The newest owner's; what an earlier one still says is not listened to."""
        self._visible, self._silent, self._heard_owner = True, 0, True
        self._steals: list[int] = []
        self._timer: Timer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._tell("waiting")
        self._post(Ping())
        self._lock.queue(self)
        self._tick_later()

    # the lock

    async def gained(self, *, stolen: bool) -> None:
        async with self._turn:
            if self._owner is not None or self._state == "outdated":
                return
            self._owner = owner = Owner(self._tab, self._page, self._post, self._presence, stolen=stolen)
            if stolen:
                self._steals.append(self._clock.now())
            anew, self._anew = self._anew, False
            try:
                account = await self._opened(owner, anew=anew)
            except StorageFailed as error:
                self._owner = None
                self._fail(error)
                return
            self._generation = account.generation
            self._tell("owner")
            await owner.begin(account)
            self._start(self._watch(owner, account))

    async def _opened(self, owner: Owner, *, anew: bool) -> Account:
        """Raises StorageFailed."""
        try:
            return await self._open(owner, anew=anew, cleared=False)
        except ErasureUnfinished:
            self._cleared.clear()
            self._tell("erasing")
            await self._cleared.wait()
            return await self._open(owner, anew=False, cleared=True)

    async def lost(self) -> None:
        async with self._turn:
            await self._end()

    async def _end(self) -> None:
        owner, self._owner = self._owner, None
        if owner is not None:
            self._silent, self._heard_owner = 0, True
            await owner.end()
            self._post(Ping())

    async def _watch(self, owner: Owner, account: Account) -> None:
        """The account ends by itself when another tab has opened it, or the storage is taken away."""
        reason = await account.ended()
        async with self._turn:
            if self._owner is not owner:
                return
            await self._end()
            if isinstance(reason, StorageLost):
                self._lock.release()
            else:
                self._fail(reason)

    def _fail(self, reason: StorageFailed) -> None:
        """Another tab may have better luck; without room this one tries again."""
        full = isinstance(reason, StorageFull)
        self._tell("failed", NO_ROOM if full else str(reason), lost=isinstance(reason, AccountGone))
        self._lock.leave()
        if full:
            self._clock.call_later(self._attempts.delay(self._clock.now()), self._try_again)

    def _try_again(self, *, anew: bool = False) -> None:
        """After a failure, unless another tab has opened the account meanwhile."""
        if self._state == "failed":
            self._anew = anew
            self._lock.queue(self)

    # the page

    def page_said(self, text: str) -> None:
        asked = decode_page_message(text)
        if isinstance(asked.event, StartAnewRequested):
            self._try_again(anew=True)
            return
        if isinstance(asked.event, StoresCleared):
            self._cleared.set()
            return
        if isinstance(asked.event, VisibilityChanged):
            self._visible = asked.event.visible
            self._tick_later()
        if asked.generation != self._generation:
            return
        if self._owner is not None:
            self._owner.ask(asked.event, asked.serial, asked.settled)
        elif self._state == "follower":
            to = self._generation
            self._post(
                Asked(tab=self._tab, generation=to, event=asked.event, serial=asked.serial, settled=asked.settled)
            )

    def _tell(self, state: TabState, error: str = "", *, lost: bool = False) -> None:
        self._state = state
        view = TabView(state=state, generation=self._generation, error=error, lost=lost)
        self._page.show(msgspec.json.encode(view))

    # the other tabs

    def heard(self, text: str) -> None:
        if self._state == "outdated":
            return
        try:
            message = decode_message(text)
        except OtherFormat as other:
            if other.newer:
                self._start(self._retire())
            return  # an older tab retires when it hears this one
        if isinstance(message, Beat | Shown):
            self._heard_of_owner(message)
        elif self._owner is not None:
            self._owner.heard(message)

    def _heard_of_owner(self, message: Beat | Shown) -> None:
        if 0 < message.generation < self._generation:
            return
        self._silent, self._heard_owner = 0, True
        if message.generation > self._generation:
            self._generation = message.generation
            if isinstance(message, Beat) and message.stolen:
                self._steals.append(self._clock.now())
            self._start(self._follow(message.generation))
        elif isinstance(message, Shown) and self._is_for_this_page(message):
            self._page.show(bytes(message.view))

    def _is_for_this_page(self, shown: Shown) -> bool:
        addressed = shown.tab in (None, self._tab) and shown.generation == self._generation
        return addressed and self._state == "follower"

    async def _follow(self, generation: int) -> None:
        async with self._turn:
            if generation != self._generation:
                return  # there is a newer owner already
            await self._end()
            self._anew = False
            self._tell("follower")
            self._lock.queue(self)
            self._post(Hello(tab=self._tab))

    async def _retire(self) -> None:
        """Everything that was asked for here is done first; then the newer build may open the account."""
        async with self._turn:
            if self._owner is not None and self._owner.account is not None:
                await _settled_or_ended(self._owner.account)
            await self._end()
            self._tell("outdated", OUTDATED)
            self._lock.leave()

    def _tick_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._clock.call_later(TICK_MS if self._visible else HIDDEN_TICK_MS, self._tick)

    def _tick(self) -> None:
        if self._state == "outdated":
            return
        self._tick_later()
        if self._owner is not None or self._state == "failed":
            return
        if self._heard_owner:
            self._silent, self._heard_owner = 0, False
            return
        self._silent += 1
        self._post(Ping())
        if self._silent >= self._patience():
            self._silent = 0
            self._lock.steal(self)

    def _patience(self) -> int:
        since = self._clock.now() - STEAL_MEMORY_MS
        self._steals = [at for at in self._steals if at > since]
        return SILENT_TICKS << min(len(self._steals), MOST_DOUBLINGS)

    def _post(self, message: Message) -> None:
        self._peers.post(encode_message(message))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _settled_or_ended(account: Account) -> None:
    waits = [asyncio.ensure_future(wait) for wait in (account.settled(), account.ended())]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
