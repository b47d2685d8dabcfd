"""Carries out effects over the ports; what comes back is posted as an event."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from mls_chat import effects, events
from mls_chat.ports import (
    Channel,
    ChannelUnreachable,
    Clock,
    FunctionRefused,
    Functions,
    FunctionUnreachable,
    Keeper,
    Screen,
    Storage,
    StorageLost,
    Timer,
)
from mls_chat.view import View, encode_view

Post = Callable[[events.Event], None]


class Performer:
    """`failed` is told what went wrong in work that nobody waits for."""

    def __init__(
        self,
        storage: Storage,
        functions: Functions,
        channel: Channel,
        clock: Clock,
        screen: Screen,
        post: Post,
        failed: Callable[[BaseException], None],
        keeper: Keeper | None = None,
    ) -> None:
        self._storage, self._functions, self._channel, self._keeper = storage, functions, channel, keeper
        self._clock, self._screen = clock, screen
        self._post, self._failed = post, failed
        self._timers: dict[str, Timer] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def show(self, view: View, tab: str | None = None) -> None:
        self._screen.show(encode_view(view), tab)

    async def pause(self, delay_ms: int) -> None:
        over = asyncio.Event()
        timer = self._clock.call_later(delay_ms, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    async def halt(self) -> None:
        """Ends all that is under way: the engine that asked for it is gone."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        running = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._channel.close()

    def carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Show(view=view, tab=tab):
                self.show(view, tab)
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
            case _:
                if self._keeper is not None:
                    self._spawn(self._keep(self._keeper, effect))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._failed(error)

    async def _call(self, call: effects.CallFunction) -> None:
        try:
            body = await self._functions.invoke(call.name, call.body, call.token)
        except FunctionRefused as refused:
            facts = (refused.status, refused.code, refused.message, refused.details)
            self._post(events.FunctionRefused(call.call_id, *facts))
        except FunctionUnreachable:
            self._post(events.FunctionUnreachable(call.call_id))
        else:
            self._post(events.FunctionReturned(call.call_id, body))

    async def _open(self) -> None:
        try:
            await self._channel.open(self)
        except ChannelUnreachable as error:
            self._post(events.ChannelClosed(0, str(error)))
        else:
            self._post(events.ChannelOpened())

    def channel_frame(self, data: bytes) -> None:
        self._post(events.FrameReceived(data))

    def channel_closed(self, code: int, reason: str) -> None:
        self._post(events.ChannelClosed(code, reason))

    def _send(self, data: bytes) -> None:
        try:
            self._channel.send(data)
        except ChannelUnreachable:
            return  # the close that caused it is reported by channel_closed, and everything unsent is sent again then

    async def _read(self, read: effects.ReadRows) -> None:
        found = await self._storage.read(read.table, read.prefix, read.before, read.limit)
        self._post(events.RowsRead(read.read_id, found.rows, found.damaged))

    async def _keep(self, keeper: Keeper, effect: effects.KeepStorage) -> None:
        match effect:
            case effects.LockStorage():
                await keeper.lock(effect.user_id, effect.backup_public_key, effect.storage_key)
            case effects.UnlockStorage(row_key=row_key):
                await keeper.unlock(row_key)
            case effects.EraseStorage():
                await keeper.erase()
            case effects.MarkForErasure():
                await keeper.mark_for_erasure()
                return
            case effects.LabelStorage(short_id=short_id):
                await keeper.label(short_id)
                return
            case effects.NoteActivity(at=at):
                await keeper.note_activity(at)
                return
        raise StorageLost("it has to be opened again")

    def _set_timer(self, name: str, delay_ms: int) -> None:
        if name in self._timers:
            self._timers.pop(name).cancel()
        self._timers[name] = self._clock.call_later(delay_ms, lambda: self._fire(name))

    def _fire(self, name: str) -> None:
        self._timers.pop(name, None)
        self._post(events.TimerFired(name))
