"""Hands requests and connections on to the services behind the page's origin."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import (
    ClientError,
    ClientSession,
    ClientTimeout,
    ClientWebSocketResponse,
    WebSocketError,
    WSMessage,
    WSMsgType,
    WSServerHandshakeError,
    web,
)

from mls_chat.wire import MAX_BODY_BYTES, MAX_FRAME_BYTES

TIMEOUT: Final = ClientTimeout(total=30, sock_connect=5)
CONNECT_TIMEOUT_S: Final = 10
GOING_AWAY: Final = 1001
SERVICE_RESTART: Final = 1012
NEVER_SENT: Final = {1005, 1006, 1015}
"""Close codes that only say that there was none."""
HOP_BY_HOP: Final = {
    "connection",
    "content-encoding",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
}
NOT_PASSED_UP: Final = HOP_BY_HOP | {"accept-encoding", "cookie", "host", "upgrade"}

Socket = ClientWebSocketResponse | web.WebSocketResponse


def refusal(status: int, code: str, error: str) -> web.Response:
    """An error in the shape that every client of ours reads."""
    return web.json_response({"code": code, "error": error, "details": {}}, status=status)


def unavailable(service: str) -> web.Response:
    return refusal(503, "unavailable", f"The {service} service does not answer; try again in a moment.")


async def pass_request(session: ClientSession, request: web.Request, target: str) -> web.StreamResponse:
    """One request to `target` and its answer, streamed both ways."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        return _too_large()
    headers = {name: value for name, value in request.headers.items() if name.lower() not in NOT_PASSED_UP}
    body = _Body(request)
    try:
        async with session.request(
            request.method,
            target,
            headers=headers,
            data=body.chunks() if request.can_read_body else None,
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as answer:
            passed = {name: value for name, value in answer.headers.items() if name.lower() not in HOP_BY_HOP}
            response = web.StreamResponse(status=answer.status, headers=passed)
            await response.prepare(request)
            async for chunk in answer.content.iter_chunked(64 * 1024):
                await response.write(chunk)
            await response.write_eof()
            return response
    except (ClientError, TimeoutError):
        return _too_large() if body.too_large else unavailable("functions")


class _Body:
    """A request's body on its way up, cut off where it grows too large."""

    def __init__(self, request: web.Request) -> None:
        self._content = request.content
        self._taken = 0

    @property
    def too_large(self) -> bool:
        return self._taken > MAX_BODY_BYTES

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._content.iter_chunked(64 * 1024):
            self._taken += len(chunk)
            if self.too_large:
                raise ValueError("the body is too large")
            yield chunk


def _too_large() -> web.Response:
    return refusal(413, "body_too_large", f"A request body may hold {MAX_BODY_BYTES} bytes.")


async def pass_socket(session: ClientSession, request: web.Request, target: str) -> web.StreamResponse:
    """One WebSocket to `target`, accepted only after the service has; frames, pings and close codes both ways."""
    origin = {"Origin": request.headers["Origin"]} if "Origin" in request.headers else {}
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            upstream = await session.ws_connect(target, headers=origin, autoping=False, autoclose=False, max_msg_size=0)
    except WSServerHandshakeError as error:
        return refusal(error.status, "refused", "The delivery service refused the connection.")
    except (ClientError, TimeoutError):
        return unavailable("delivery")
    client = web.WebSocketResponse(autoping=False, autoclose=False, compress=False, max_msg_size=MAX_FRAME_BYTES + 1)
    try:
        await client.prepare(request)
        await _bridge(client, upstream)
    finally:
        await upstream.close(code=GOING_AWAY)
    return client


async def _bridge(client: web.WebSocketResponse, upstream: ClientWebSocketResponse) -> None:
    """Until one side ends; the other is told with the same code, which ends its direction too."""
    async with asyncio.TaskGroup() as directions:
        directions.create_task(_pump(client, upstream, GOING_AWAY))
        directions.create_task(_pump(upstream, client, SERVICE_RESTART))


async def _pump(source: Socket, sink: Socket, code_if_lost: int) -> None:
    """Frames from `source` to `sink`; a slow sink holds the source back."""
    while True:
        message = await source.receive()
        try:
            if not await _pass(message, sink):
                break
        except (ClientError, ConnectionError):
            return
    if message.type is WSMsgType.CLOSING:
        return  # the other direction is closing this side
    code, reason = code_if_lost, b""
    if message.type is WSMsgType.CLOSE and message.data not in NEVER_SENT and message.data:
        code, reason = int(message.data), (message.extra or "").encode()
    elif isinstance(message.data, WebSocketError):
        code = int(message.data.code)
    await sink.close(code=code, message=reason)
    await source.close(code=code)


async def _pass(message: WSMessage, sink: Socket) -> bool:
    """False when the message ends the connection."""
    match message.type:
        case WSMsgType.BINARY:
            await sink.send_bytes(message.data)
        case WSMsgType.TEXT:
            await sink.send_str(message.data)
        case WSMsgType.PING:
            await sink.ping(message.data)
        case WSMsgType.PONG:
            await sink.pong(message.data)
        case _:
            return False
    return True
