"""One socket from its first frame to its end: who it is, until when, and what its frames ask for."""

import asyncio
import time

from delivery.effects import Device
from delivery.errors import CloseCode, Code, RefusedError, UnavailableError, sentence
from delivery.frames import check_bounds, parse
from delivery.outlet import Outlet
from delivery.rates import Bucket
from delivery.service import Service
from delivery.tokens import Identity, Tokens
from mls_chat.wire import ClientFrame
from mls_chat.wire.frames import Ack, Auth, Error, Ping, Pong, Send, SendSignal, Subscribe

STRIKES = (Code.FRAME_INVALID, Code.UNAUTHENTICATED, Code.TOKEN_INVALID, Code.TOKEN_EXPIRED)


class Connection:
    """`receive` takes the frames in their order; `end` must be called when the socket is gone."""

    def __init__(self, outlet: Outlet, service: Service, tokens: Tokens) -> None:
        self._outlet, self._service, self._tokens = outlet, service, tokens
        self._limits = service.limits
        self._device: Device | None = None
        self._subscribed = False
        self._strikes = 0
        self._signals = Bucket(self._limits.signals_per_second, self._limits.signal_burst)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(self._limits.subscribe_within, self._close_unauthenticated)
        service.admit(outlet)

    def end(self) -> None:
        self._timer.cancel()
        self._service.forget(self._outlet.number)

    async def receive(self, data: bytes | str) -> None:
        """Answers every frame's fault by an `error`; too many of them, or a dead device, end the socket."""
        if not self._service.hears(self._outlet.number):
            return
        frame: ClientFrame | None = None
        try:
            frame = parse(data)
            check_bounds(frame)
            await self._take(frame)
        except RefusedError as error:
            self._refuse(frame, error)
        except UnavailableError:
            self._refuse(frame, RefusedError(Code.UNAVAILABLE))

    async def _take(self, frame: ClientFrame) -> None:
        number = self._outlet.number
        match frame:
            case Ping(timestamp):
                self._service.tell((number,), Pong(timestamp))
            case Subscribe(auth, groups):
                await self._subscribe(auth, groups)
            case _ if self._device is None or not self._subscribed:
                raise RefusedError(Code.UNAUTHENTICATED)
            case Send():
                await self._service.send(self._outlet, self._device, frame)
            case Ack(group_id, server_seq):
                self._service.ack(number, self._device, group_id, server_seq)
            case SendSignal(group_id, mls_bytes):
                self._signal(group_id, mls_bytes)
            case Auth(auth):
                self._identify(self._tokens.check(auth))

    async def _subscribe(self, auth: str, groups: dict[str, int]) -> None:
        identity = self._tokens.check(auth)
        if self._device is None:
            self._device = identity.device
            self._service.hub.connect(self._outlet.number, identity.device)
        if self._device != identity.device:
            raise RefusedError(Code.TOKEN_INVALID, "The token is another device's.")
        await self._service.subscribe(self._outlet.number, identity.device, groups)
        self._subscribed = True
        self._identify(identity)

    def _identify(self, identity: Identity) -> None:
        if identity.device != self._device:
            raise RefusedError(Code.TOKEN_INVALID, "The token is another device's.")
        self._timer.cancel()
        if self._service.hears(self._outlet.number):
            self._timer = self._loop.call_later(max(0.0, identity.expires_at - time.time()), self._token_expired)

    def _signal(self, group_id: str, mls_bytes: bytes) -> None:
        if len(mls_bytes) > self._limits.signal_bytes:
            most = self._limits.signal_bytes
            raise RefusedError(Code.FRAME_TOO_LARGE, f"mls_bytes: a signal has at most {most} bytes.", group_id)
        if not self._signals.take(self._loop.time()):
            raise RefusedError(Code.RATE_LIMITED, group_id=group_id)
        self._service.signal(self._outlet.number, group_id, mls_bytes)

    def _refuse(self, frame: ClientFrame | None, error: RefusedError) -> None:
        answer = Error(error.code, error.message, error.group_id)
        if isinstance(frame, Send):
            answer.group_id, answer.message_id, answer.client_seq = frame.group_id, frame.message_id, frame.client_seq
        if error.code in (Code.DEVICE_REVOKED, "device_unknown"):
            self._close(CloseCode.REVOKED, error.code, error.message)
            return
        self._service.tell((self._outlet.number,), answer)
        self._strikes += error.code in STRIKES
        if self._strikes >= self._limits.strikes:
            invalid = error.code == Code.FRAME_INVALID
            self._close(CloseCode.INVALID_FRAMES if invalid else CloseCode.UNAUTHENTICATED, error.code, error.message)

    def _token_expired(self) -> None:
        self._service.tell((self._outlet.number,), Error(Code.TOKEN_EXPIRED, sentence(Code.TOKEN_EXPIRED)))
        self._timer = self._loop.call_later(
            self._limits.token_grace, self._close, CloseCode.UNAUTHENTICATED, Code.TOKEN_EXPIRED
        )

    def _close_unauthenticated(self) -> None:
        self._close(CloseCode.UNAUTHENTICATED, Code.UNAUTHENTICATED)

    def _close(self, close_code: CloseCode, code: str, message: str | None = None) -> None:
        self._service.journal.event("socket_closed", code=code)
        self._service.close((self._outlet.number,), close_code, code, message)
