"""Carries out what the hub decides: writes frames, reads pages, stores batches, hears bells."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

from delivery.acks import Acks
from delivery.batch import Entry, Writer
from delivery.bus import (
    Bell,
    Bus,
    DevicesRung,
    GroupInfoRung,
    InviteRung,
    MembersBell,
    MessagesBell,
    RevokedBell,
    WelcomeRung,
)
from delivery.effects import Close, Device, Effect, Read, Tell
from delivery.errors import CloseCode, Code, RefusedError, sentence
from delivery.hub import Hub
from delivery.journal import Journal
from delivery.log import Log, Standing, Verdict
from delivery.outlet import Outlet
from delivery.settings import Limits
from mls_chat.wire import ServerFrame, encode
from mls_chat.wire.frames import Error, Send, Sent, Subscribed
from mls_chat.wire.records import StoredMessage

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 3.0


class Service:
    """One replica: its sockets by number, the hub that decides for them, and the database behind."""

    def __init__(self, dsn: str, log: Log, limits: Limits, journal: Journal) -> None:
        self.limits = limits
        self.journal = journal
        self.hub = Hub(limits.deliver_bytes)
        self._log = log
        self._outlets: dict[int, Outlet] = {}
        self._writer = Writer(
            log.append, self._batch_begins, self._batch_ends, journal, limits.batch_messages, limits.batch_bytes
        )
        self.bus = Bus(dsn, self._heard, self._restored, journal)
        self._acks = Acks(log.ack)
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopping = False

    def start(self) -> None:
        for work in (self._writer.run(), self.bus.run(), self._presence(), self._write_acks()):
            self.spawn(work)

    async def finish(self, seconds: float) -> None:
        """No more frames are taken; what was taken is stored and answered, if the database does it in time."""
        self.stopping = True
        try:
            async with asyncio.timeout(seconds):
                await self._writer.finish()
                await self._acks.flush()
        except Exception as error:  # whatever it is, the sockets must still be told
            self.journal.error("stopped_unfinished", error)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    # Sockets

    def admit(self, outlet: Outlet) -> None:
        self._outlets[outlet.number] = outlet

    def forget(self, number: int) -> None:
        self._outlets.pop(number, None)
        self.hub.disconnect(number)

    def hears(self, number: int) -> bool:
        """False for a socket that is being closed: its frames count no more."""
        return not self.stopping and number in self._outlets

    def close(self, numbers: Iterable[int], close_code: CloseCode, code: str, message: str | None = None) -> None:
        """Says why, then ends the sockets; they are told nothing after that."""
        numbers = tuple(numbers)
        self.tell(numbers, Error(code, message or sentence(code)))
        for number in numbers:
            outlet = self._outlets.get(number)
            self.forget(number)
            if outlet is not None:
                self.spawn(outlet.close(close_code, code))

    def close_all(self) -> None:
        self.close(tuple(self._outlets), CloseCode.RESTART, Code.CHANNEL_CLOSED)

    def tell(self, numbers: Iterable[int], frame: ServerFrame) -> None:
        outlets = [outlet for number in numbers if (outlet := self._outlets.get(number)) is not None]
        if not outlets:
            return
        Outlet.write(outlets, encode(frame))
        for outlet in outlets:
            if not outlet.congested and outlet.buffered > self.limits.congested_bytes:
                outlet.congested = True
                self.hub.congested(outlet.number)
                self.spawn(self._wait_drained(outlet))
            if outlet.buffered > self.limits.buffer_bytes and not isinstance(frame, Error):
                self._give_up_slow(outlet)

    def apply(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case Tell(sockets, frame):
                    self.tell(sockets, frame)
                case Read():
                    self.spawn(self._read(effect))
                case Close(sockets, close_code, code):
                    self.close(sockets, close_code, code)

    # What frames ask for

    async def subscribe(self, number: int, device: Device, groups: Mapping[str, int]) -> None:
        """Raises RefusedError for a device that is not live, UnavailableError."""
        self.hub.checking()
        try:
            standings = await self._log.check(device, groups)
            effects: list[Effect] = []
            heads: dict[str, int] = {}
            for group_id, since_seq in groups.items():
                try:
                    standing = _standing(standings, group_id, since_seq)
                except RefusedError as error:
                    self.tell((number,), Error(error.code, error.message, group_id))
                    continue
                heads[group_id] = standing.head_seq if standing.left_seq is None else standing.left_seq
                cursor = max(since_seq, standing.joined_seq)
                effects += self.hub.subscribe(number, group_id, cursor, standing.head_seq)
            self.tell((number,), Subscribed(heads))
            self.apply(effects)
        finally:
            self.hub.checked()

    async def send(self, outlet: Outlet, device: Device, send: Send) -> None:
        """Answered by `sent` or `error` once it is stored or refused."""
        await outlet.fewer_unanswered(self.limits.unanswered_sends)
        outlet.unanswered += 1
        self._writer.put(Entry(outlet, device, send))

    def ack(self, number: int, device: Device, group_id: str, server_seq: int) -> None:
        if not self.hub.is_subscribed(number, group_id):
            raise RefusedError(Code.NOT_SUBSCRIBED, group_id=group_id)
        self._acks.note(device, group_id, server_seq)

    def signal(self, number: int, group_id: str, mls_bytes: bytes) -> None:
        """Without bells a removal may be unknown here, and a signal has no place in the log that would show it."""
        if not self.bus.listening:
            raise RefusedError(Code.UNAVAILABLE, group_id=group_id)
        self.apply(self.hub.signal(number, group_id, mls_bytes))

    # Batches

    def _batch_begins(self, entries: Sequence[Entry]) -> None:
        self.hub.batch_begins(entry.send.group_id for entry in entries)

    def _batch_ends(self, entries: Sequence[Entry], verdicts: Sequence[Verdict]) -> None:
        stored: defaultdict[str, list[StoredMessage]] = defaultdict(list)
        for entry, verdict in zip(entries, verdicts, strict=True):
            entry.outlet.answered()
            self.tell((entry.outlet.number,), _answer(entry.send, verdict))
            if verdict.server_seq is not None and verdict.server_time is not None and not verdict.repeated:
                stored[entry.send.group_id].append(_stored(entry, verdict.server_seq, verdict.server_time))
        for messages in stored.values():
            messages.sort(key=lambda message: message.server_seq)
        self.apply(self.hub.batch_ends(stored))

    # Bells

    def _heard(self, bell: Bell) -> None:
        match bell:
            case MessagesBell(group_id, head_seq):
                self.apply(self.hub.rang(group_id, head_seq))
            case MembersBell(group_id, removed):
                self.apply(self.hub.members_left(group_id, removed))
            case WelcomeRung(device_id, request_id, group_id):
                self.apply(self.hub.welcome(device_id, request_id, group_id))
            case InviteRung(group_id):
                self.apply(self.hub.invite(group_id))
            case GroupInfoRung(group_id):
                self.apply(self.hub.group_info(group_id))
            case DevicesRung(user_id, group_ids):
                self.apply(self.hub.devices_changed(user_id, group_ids))
            case RevokedBell(device_id):
                self.apply(self.hub.revoked([device_id]))

    async def _restored(self) -> None:
        """Looks up what bells would have told."""
        for group_id, head_seq in (await self._log.heads(self.hub.groups())).items():
            self.apply(self.hub.rang(group_id, head_seq))
        await self._sweep()

    # Background

    async def _read(self, read: Read) -> None:
        """Asks until there is an answer: a subscription must never be left behind."""
        pause = FIRST_PAUSE
        while True:
            try:
                page = await self._log.read(read, self.limits.page_messages, self.limits.deliver_bytes)
                break
            except Exception as error:
                self.journal.error("read_failed", error)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        self.apply(self.hub.page(read, page))

    async def _wait_drained(self, outlet: Outlet) -> None:
        try:
            async with asyncio.timeout(self.limits.slow_patience):
                await outlet.drained()
        except TimeoutError:
            self._give_up_slow(outlet)
            return
        outlet.congested = False
        self.apply(self.hub.drained(outlet.number))

    def _give_up_slow(self, outlet: Outlet) -> None:
        if self._outlets.get(outlet.number) is outlet:
            self.journal.event("socket_closed", code=Code.SLOW_READER, buffered=outlet.buffered)
            self.close((outlet.number,), CloseCode.SLOW_READER, Code.SLOW_READER)

    async def _presence(self) -> None:
        while True:
            await asyncio.sleep(self.limits.presence_every)
            await self._tolerate("presence_failed", self._sweep())

    async def _sweep(self) -> None:
        """Connected devices are marked as seen; those that are live no more are out."""
        devices = self.hub.devices()
        if devices:
            live = await self._log.seen(devices)
            self.apply(self.hub.revoked(device_id for device_id in devices if device_id not in live))

    async def _write_acks(self) -> None:
        while True:
            await asyncio.sleep(self.limits.ack_every)
            await self._tolerate("acks_failed", self._acks.flush())

    async def _tolerate(self, event: str, work: Coroutine[Any, Any, None]) -> None:
        """What fails now is tried again at the next turn."""
        try:
            await work
        except Exception as error:
            self.journal.error(event, error)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.journal.error("task_failed", error)


def _standing(standings: Mapping[str, Standing], group_id: str, since_seq: int) -> Standing:
    standing = standings.get(group_id)
    if standing is None or (standing.left_seq is not None and since_seq >= standing.left_seq):
        raise RefusedError(Code.NOT_A_MEMBER)
    if since_seq > standing.head_seq:
        raise RefusedError(Code.BAD_REQUEST, f"groups: since_seq is beyond the newest message, {standing.head_seq}.")
    return standing


def _answer(send: Send, verdict: Verdict) -> ServerFrame:
    if verdict.server_seq is not None and verdict.server_time is not None:
        return Sent(send.group_id, send.client_seq, send.message_id, verdict.server_seq, verdict.server_time)
    code = verdict.error_code or Code.INTERNAL
    return Error(code, sentence(code), send.group_id, send.message_id, send.client_seq, verdict.error_epoch)


def _stored(entry: Entry, server_seq: int, server_time: int) -> StoredMessage:
    return StoredMessage(
        server_seq=server_seq,
        server_time=server_time,
        msg_kind=entry.send.msg_kind,
        epoch=entry.send.epoch,
        user_id=entry.device.user_id,
        device_id=entry.device.device_id,
        message_id=entry.send.message_id,
        mls_bytes=entry.send.mls_bytes,
    )
