"""Group commit: one statement stores whatever arrived while the former one ran."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from delivery.effects import Device
from delivery.errors import Code, DeliveryError, UnavailableError
from delivery.journal import Journal
from delivery.log import Verdict
from delivery.outlet import Outlet
from mls_chat.wire.frames import Send


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One message on its way into the log, and the socket that waits for the answer."""

    outlet: Outlet
    device: Device
    send: Send


Append = Callable[[Sequence[tuple[Device, Send]]], Awaitable[list[Verdict]]]
Begins = Callable[[Sequence[Entry]], None]
Ends = Callable[[Sequence[Entry], Sequence[Verdict]], None]


class Writer:
    """Calls `begins` before and `ends` after each batch; `ends` gets one verdict an entry, also after a failure."""

    def __init__(
        self, append: Append, begins: Begins, ends: Ends, journal: Journal, most_messages: int, most_bytes: int
    ) -> None:
        self._append, self._begins, self._ends, self._journal = append, begins, ends, journal
        self._most_messages, self._most_bytes = most_messages, most_bytes
        self._queue: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def put(self, entry: Entry) -> None:
        self._queue.append(entry)
        self._wake.set()
        self._idle.clear()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            entries = self._take()
            self._begins(entries)
            self._ends(entries, await self._store(entries))
            if not self._queue:
                self._wake.clear()
                self._idle.set()

    async def finish(self) -> None:
        """Returns when everything that was put is answered."""
        await self._idle.wait()

    def _take(self) -> list[Entry]:
        entries = [self._queue.popleft()]
        size = len(entries[0].send.mls_bytes)
        while self._queue and len(entries) < self._most_messages:
            size += len(self._queue[0].send.mls_bytes)
            if size > self._most_bytes:
                break
            entries.append(self._queue.popleft())
        return entries

    async def _store(self, entries: Sequence[Entry]) -> list[Verdict]:
        try:
            return await self._append([(entry.device, entry.send) for entry in entries])
        except UnavailableError as error:
            self._journal.error("batch_failed", error, messages=len(entries))
            return [_failed(Code.UNAVAILABLE)] * len(entries)
        except (
            Exception
        ) as error:  # a batch that the database chokes on must end neither the service nor its neighbours
            self._journal.error("batch_failed", error, messages=len(entries))
            if len(entries) == 1 or isinstance(error, DeliveryError):
                return [_failed(Code.INTERNAL)] * len(entries)
        return [verdict for entry in entries for verdict in await self._store([entry])]


def _failed(code: Code) -> Verdict:
    return Verdict(None, None, False, code, None)
