"""One queue around the engine: handle events, commit the writes, then carry out the effects."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from mls_chat import effects, events
from mls_chat.engine import Engine
from mls_chat.ports import (
    Channel,
    ChannelUnreachable,
    Clock,
    FunctionRefused,
    Functions,
    FunctionUnreachable,
    Screen,
    Storage,
    StorageFailed,
    StorageLost,
    Timer,
)
from mls_chat.view import HandledView, NoticeView, encode_view

BATCH: Final = 64
"""Events that share one storage transaction at most."""
REBUILD_BASE_MS: Final = 250
REBUILD_CAP_MS: Final = 30_000


class Runner:
    """`start`, then `post` events; everything else happens by itself until `stop`."""

    def __init__(
        self, storage: Storage, functions: Functions, channel: Channel, clock: Clock, screen: Screen, *, origin: str
    ) -> None:
        self._storage, self._functions, self._channel = storage, functions, channel
        self._clock, self._screen, self._origin = clock, screen, origin
        self._queue: asyncio.Queue[events.Event] = asyncio.Queue()
        self._timers: dict[str, Timer] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._engine: Engine | None = None
        self._rebuilds, self._rebuilt_at = 0, 0
        self._tried: set[int] = set()
        """Page events (by id) that are handled for the second time after a rebuild."""
        self.lost: asyncio.Event = asyncio.Event()
        """Set when another owner took the storage over; the runner has stopped by itself."""

    async def start(self) -> None:
        """Raises StorageFailed, RecordUnreadable."""
        self._engine = Engine(await self._storage.load(), self._origin)
        self.post(events.Started())
        self._loop = asyncio.create_task(self._run())

    def post(self, event: events.Event) -> None:
        self._queue.put_nowait(event)

    async def settled(self) -> None:
        """Until every event posted so far is handled, its writes durable, its effects begun."""
        await self._queue.join()

    async def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        running = [
            task for task in (self._loop, *self._tasks) if task is not None and task is not asyncio.current_task()
        ]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._channel.close()

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while not self._queue.empty() and len(batch) < BATCH:
                batch.append(self._queue.get_nowait())
            try:
                for part in self._parts(batch):
                    await self._step_or_rebuild(part)
            except StorageLost:
                self.lost.set()
                self._spawn(self.stop())
                return
            finally:
                for _ in batch:
                    self._queue.task_done()

    def _parts(self, batch: list[events.Event]) -> list[list[events.Event]]:
        """What is tried again goes alone, so that only what is at fault fails twice."""
        parts: list[list[events.Event]] = [[]]
        for event in batch:
            if id(event) in self._tried:
                parts += [[event], []]
            else:
                parts[-1].append(event)
        return [part for part in parts if part]

    async def _step_or_rebuild(self, batch: list[events.Event]) -> None:
        """Raises StorageLost."""
        try:
            await self._step(batch)
            self._tried.difference_update(map(id, batch))
        except StorageLost:
            raise
        except Exception as error:  # whatever went wrong, memory may be ahead of storage: begin again from there
            await self._rebuild(error)
            self._again(batch)

    async def _step(self, batch: list[events.Event]) -> None:
        assert self._engine is not None
        writes: list[effects.Write] = []
        todo: list[effects.Effect] = []
        for event in batch:
            step = self._engine.handle(event, self._clock.now())
            writes += step.writes
            todo += step.effects
        if writes:
            await self._storage.commit(writes)
        for effect in todo:
            self._carry_out(effect)

    async def _rebuild(self, error: Exception) -> None:
        what = str(error) if isinstance(error, StorageFailed) else f"{type(error).__name__}: {error}"
        notice = NoticeView(level="error", text=f"Something went wrong and is being repaired: {what}")
        self._screen.show(encode_view(notice))
        await self._channel.close()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        if self._clock.now() - self._rebuilt_at > 2 * REBUILD_CAP_MS:
            self._rebuilds = 0
        while True:
            await self._pause(min(REBUILD_CAP_MS, REBUILD_BASE_MS * 2**self._rebuilds))
            self._rebuilds = min(self._rebuilds + 1, 16)
            try:
                self._engine = Engine(await self._storage.load(), self._origin)
                break
            except StorageLost:
                raise
            except StorageFailed as failed:
                self._screen.show(encode_view(NoticeView(level="error", text=str(failed))))
        self._rebuilt_at = self._clock.now()
        self.post(events.Started())

    def _again(self, batch: list[events.Event]) -> None:
        """What a person did is done again once; everything else follows from what is stored."""
        for event in batch:
            if not isinstance(event, events.PageEvent | events.FromTab):
                continue
            if id(event) in self._tried:
                self._tried.discard(id(event))
                self._give_up(event)
            else:
                self._tried.add(id(event))
                self.post(event)

    def _give_up(self, event: events.PageEvent | events.FromTab) -> None:
        """Says so, and a tab does not ask for it again."""
        asked = event if isinstance(event, events.FromTab) else events.FromTab("", event)
        text = "That could not be done, also not when tried again. Reload the page, then try once more."
        self._screen.show(encode_view(NoticeView(level="error", text=text)), asked.tab)
        if asked.serial:
            self._screen.show(encode_view(HandledView(serial=asked.serial)), asked.tab)

    async def _pause(self, delay_ms: int) -> None:
        over = asyncio.Event()
        self._clock.call_later(delay_ms, over.set)
        await over.wait()

    def _carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Show(view=view, tab=tab):
                self._screen.show(encode_view(view), tab)
            case effects.CallFunction():
                self._spawn(self._call(effect))
            case effects.SendFrame(data=data):
                self._send(data)
            case effects.OpenChannel():
                self._spawn(self._open())
            case effects.CloseChannel():
                self._spawn(self._channel.close())
            case effects.SetTimer(name=name, delay_ms=delay_ms):
                self._set_timer(name, delay_ms)
            case effects.ReadRows():
                self._spawn(self._read(effect))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            text = f"Something went wrong: {type(task.exception()).__name__}: {task.exception()}"
            self._screen.show(encode_view(NoticeView(level="error", text=text)))

    async def _call(self, call: effects.CallFunction) -> None:
        try:
            body = await self._functions.invoke(call.name, call.body, call.token)
        except FunctionRefused as refused:
            facts = (refused.status, refused.code, refused.message, refused.details)
            self.post(events.FunctionRefused(call.call_id, *facts))
        except FunctionUnreachable:
            self.post(events.FunctionUnreachable(call.call_id))
        else:
            self.post(events.FunctionReturned(call.call_id, body))

    async def _open(self) -> None:
        try:
            await self._channel.open(self)
        except ChannelUnreachable as error:
            self.post(events.ChannelClosed(0, str(error)))
        else:
            self.post(events.ChannelOpened())

    def channel_frame(self, data: bytes) -> None:
        self.post(events.FrameReceived(data))

    def channel_closed(self, code: int, reason: str) -> None:
        self.post(events.ChannelClosed(code, reason))

    def _send(self, data: bytes) -> None:
        try:
            self._channel.send(data)
        except ChannelUnreachable:
            return  # the close that caused it is reported by channel_closed, and everything unsent is sent again then

    async def _read(self, read: effects.ReadRows) -> None:
        rows = await self._storage.read(read.table, read.prefix, read.before, read.limit)
        self.post(events.RowsRead(read.read_id, rows))

    def _set_timer(self, name: str, delay_ms: int) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()
        self._timers[name] = self._clock.call_later(delay_ms, lambda: self._fire(name))

    def _fire(self, name: str) -> None:
        self._timers.pop(name, None)
        self.post(events.TimerFired(name))
