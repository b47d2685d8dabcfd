"""One queue around the engine: handle events, commit the writes, then carry out the effects."""

import asyncio
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any, Final

from mls_chat import effects, events
from mls_chat.backoff import BackOff
from mls_chat.damage import check_account
from mls_chat.engine import Engine
from mls_chat.locked_engine import LockedEngine
from mls_chat.performer import Performer
from mls_chat.ports import (
    AccountGone,
    Channel,
    Clock,
    Functions,
    Keeper,
    Screen,
    Storage,
    StorageClosed,
    StorageFailed,
    StorageFull,
    StorageLost,
    StorageTooNew,
)
from mls_chat.records import RecordTooNew, RecordUnreadable
from mls_chat.route import Route, asked_by
from mls_chat.view import HandledView, NoticeView, ReturnedView

BATCH: Final = 64
"""Events that share one storage transaction at most."""
BREATH_MS: Final = 50
"""After so long everything else in this thread has a turn: other tabs ask whether the owner lives."""
REBUILD_BASE_MS: Final = 250
ROOM_BASE_MS: Final = 1_000
CAP_MS: Final = 30_000
ENDS: Final = (StorageLost, StorageClosed, StorageTooNew, AccountGone)
"""After these nothing can be stored here any more."""
WITHOUT_ROOM: Final = effects.Show | effects.ReadRows | effects.KeepStorage
LOOKS: Final = events.ChatOpened | events.VisibilityChanged
TABS: Final = events.TabOpened | events.TabGone | events.TabsPresent
NO_ROOM: Final = (
    "This device has no room left for the browser's data. You can read; nothing new is fetched or sent until there is "
    "room again. Free some space: it goes on by itself."
)
ROOM_AGAIN: Final = "There is room again: everything goes on."
NOT_DONE: Final = "That could not be done, also not when tried again. Reload the page, then try once more."


class _RoomFound:
    pass


def _is_kept(event: events.Event) -> bool:
    """Also without room; of all else the engine asks again once there is some."""
    return isinstance(event, TABS | events.RowsRead)


class Runner:
    """`start`, then `post` events; everything else happens by itself until `stop`."""

    def __init__(
        self,
        storage: Storage,
        functions: Functions,
        channel: Channel,
        clock: Clock,
        screen: Screen,
        *,
        origin: str,
        keeper: Keeper | None = None,
    ) -> None:
        self._storage, self._clock, self._origin = storage, clock, origin
        self._performer = Performer(storage, functions, channel, clock, screen, self.post, self._failed, keeper)
        self._queue: asyncio.Queue[events.Event | _RoomFound] = asyncio.Queue()
        self._loop: asyncio.Task[None] | None = None
        self._others: set[asyncio.Task[None]] = set()
        self._engine: Engine | LockedEngine | None = None
        self._route = Route()
        self._full = False
        """No room: what is stored is shown, all else waits."""
        self._rebuilds, self._searches = BackOff(REBUILD_BASE_MS, CAP_MS), BackOff(ROOM_BASE_MS, CAP_MS)
        self.lost: asyncio.Event = asyncio.Event()
        """Set when the runner has stopped by itself; `failure` says why."""
        self.failure: StorageFailed | None = None

    async def start(self) -> None:
        """Raises StorageFailed."""
        self._engine = await self._build()
        self.post(events.Started())
        self._loop = asyncio.create_task(self._run())

    def post(self, event: events.Event) -> None:
        self._queue.put_nowait(event)

    async def settled(self) -> None:
        """Until every event posted so far is handled, its writes durable, its effects begun."""
        await self._queue.join()

    async def stop(self) -> None:
        tasks = [*self._others, *([self._loop] if self._loop else [])]
        running = [task for task in tasks if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._performer.halt()

    def end(self, failure: StorageFailed) -> None:
        """The storage is not ours any more: stop."""
        if self.failure is None:
            self.failure = failure
            self.lost.set()
            self._spawn(self.stop())

    async def _build(self) -> Engine | LockedEngine:
        """From what is stored. Raises StorageTooNew, AccountGone, StorageFailed."""
        loaded = await self._storage.load()
        if loaded.locked is not None:
            return LockedEngine(loaded.locked, self._origin)
        check_account(loaded)
        try:
            return Engine(loaded.rows, self._origin, damaged=loaded.damaged, active_at=loaded.active_at)
        except RecordTooNew as error:
            raise StorageTooNew(f"A newer version of mls-chat has stored data here: {error}.") from error
        except RecordUnreadable as error:
            raise AccountGone(str(error)) from error

    async def _run(self) -> None:
        while self.failure is None:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
            try:
                await self._handle(batch)
            except ENDS as error:
                self.end(error)
            finally:
                for _ in batch:
                    self._queue.task_done()

    async def _handle(self, batch: Sequence[events.Event | _RoomFound]) -> None:
        """Raises one of ENDS."""
        todo = [event for event in batch if not isinstance(event, _RoomFound)]
        if len(todo) < len(batch):
            await self._resume()
        parts = deque([[event] for event in todo] if self._full else [todo] if todo else [])
        tried: list[events.Event] = []
        while parts:
            part = [event for event in parts.popleft() if not self._full or asked_by(event) or _is_kept(event)]
            try:
                await self._step(part)
            except ENDS:
                raise
            except Exception as error:  # whatever went wrong, memory may be ahead of storage: begin again from there
                again, given_up = self._again(part, tried)
                await (self._no_room() if isinstance(error, StorageFull) else self._rebuild(error))
                if given_up:
                    self._notice(NO_ROOM if self._full else NOT_DONE)
                anew = [event for event in again if not any(event is place for place in self._route.events)]
                parts.extendleft([event] for event in reversed([*self._route.events, *anew]))
                tried += again

    async def _step(self, batch: Sequence[events.Event]) -> None:
        assert self._engine is not None
        writes: list[effects.Write] = []
        todo: list[effects.Effect] = []
        breathed = self._clock.now()
        for event in batch:
            step = self._engine.handle(event, self._clock.now())
            writes += step.writes
            todo += step.effects
            if self._clock.now() - breathed >= BREATH_MS:
                await asyncio.sleep(0)
                breathed = self._clock.now()
        if writes:
            await self._commit(batch, writes)
        for event in batch:
            self._route.take(event)
        for effect in todo:
            if self._full and isinstance(effect, effects.MarkForErasure):
                self._performer.carry_out(effects.EraseStorage())  # nobody can be told first: the network waits
            elif not self._full or isinstance(effect, WITHOUT_ROOM):
                self._performer.carry_out(effect)

    async def _commit(self, batch: Sequence[events.Event], writes: list[effects.Write]) -> None:
        try:
            await self._storage.commit(writes)
        except StorageFull:
            asked = asked_by(batch[0])
            if not self._full or asked is None or not isinstance(asked.event, LOOKS):
                raise
            # can be read without room: all that is not stored is that it was

    def _again(
        self, part: Sequence[events.Event], tried: Sequence[events.Event]
    ) -> tuple[list[events.Event], list[events.FromTab]]:
        """What a person did is done again once, each thing alone; everything else follows from what is stored.

        Returns what is to be done again, and what has been given up.
        """
        again: list[events.Event] = []
        given_up: list[events.FromTab] = []
        for event in part:
            asked = asked_by(event)
            if asked is None and not isinstance(event, TABS):
                continue
            if not self._full and not any(event is other for other in tried):
                again.append(event)
            elif asked is not None:
                self._give_up(asked)
                given_up.append(asked)
        return again, given_up

    def _give_up(self, asked: events.FromTab) -> None:
        self._route.forget(asked)
        if isinstance(asked.event, events.TextEntered):
            returned = ReturnedView(group_id=asked.event.group_id, text=asked.event.text)
            self._performer.show(returned, asked.tab)
        if asked.serial:
            self._performer.show(HandledView(serial=asked.serial), asked.tab)

    async def _rebuild(self, error: Exception) -> None:
        what = str(error) if isinstance(error, StorageFailed) else f"{type(error).__name__}: {error}"
        self._notice(f"Something went wrong and is being repaired: {what}")
        await self._performer.halt()
        await self._begin_again(self._rebuilds.delay(self._clock.now()))
        if not self._full:
            self.post(events.Started())

    async def _begin_again(self, delay_ms: int) -> None:
        """A new engine from what is stored, as soon as that can be read."""
        while True:
            await self._performer.pause(delay_ms)
            try:
                self._engine = await self._build()
            except ENDS:
                raise
            except StorageFailed as failed:
                self._notice(str(failed))
                delay_ms = self._rebuilds.delay(self._clock.now())
            else:
                return

    async def _no_room(self) -> None:
        if not self._full:
            self._full = True
            self._notice(NO_ROOM)
            self._spawn(self._search())
        await self._performer.halt()
        await self._begin_again(0)

    async def _search(self) -> None:
        """Until there is room."""
        while True:
            await self._performer.pause(self._searches.delay(self._clock.now()))
            try:
                await self._storage.find_room()
            except StorageFull:
                continue
            except StorageFailed as failed:
                self._notice(str(failed))
                continue
            self._queue.put_nowait(_RoomFound())
            return

    async def _resume(self) -> None:
        """There is room: the engine begins again with nothing dropped."""
        self._full = False
        self._performer.show(NoticeView(level="info", text=ROOM_AGAIN))
        await self._begin_again(0)
        self.post(events.Started())
        for event in self._route.events:
            self.post(event)

    def _notice(self, text: str) -> None:
        self._performer.show(NoticeView(level="error", text=text))

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, ENDS):
            self.end(error)
        else:
            self._notice(f"Something went wrong: {type(error).__name__}: {error}")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._others.add(task)
        task.add_done_callback(self._others.discard)
