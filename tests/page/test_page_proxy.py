"""Functions and the delivery channel, reached through the page's origin."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
from aiohttp import ClientSession, WSMsgType, WSServerHandshakeError, web

from mls_chat.wire import MAX_BODY_BYTES, MAX_FRAME_BYTES
from page_front import Front

NOWHERE = "http://127.0.0.1:9"


async def echo(request: web.Request) -> web.Response:
    """What arrived, as JSON."""
    body = await request.read()
    seen = {"path": request.path_qs, "method": request.method, "size": len(body), "headers": dict(request.headers)}
    return web.json_response(seen, status=418, headers={"X-Facts": "kept"})


async def test_request_is_passed_with_its_headers(front: Front, client: ClientSession) -> None:
    url = await front.before(echo)
    headers = {"apikey": "k", "Authorization": "Bearer t", "Origin": "https://chat.example", "Cookie": "no=1"}
    async with client.post(f"{url}/functions/v1/send_message", data=b"{}" * 1000, headers=headers) as response:
        assert response.status == 418
        assert response.headers["X-Facts"] == "kept"
        seen = await response.json()
    assert (seen["method"], seen["path"], seen["size"]) == ("POST", "/functions/v1/send_message", 2000)
    passed = {name.lower(): value for name, value in seen["headers"].items()}
    assert (passed["apikey"], passed["authorization"]) == ("k", "Bearer t")
    assert passed["origin"] == "https://chat.example"
    assert "cookie" not in passed


async def test_preflight_is_passed(front: Front, client: ClientSession) -> None:
    url = await front.before(echo)
    async with client.options(f"{url}/functions/v1/invite_info") as response:
        assert (await response.json())["method"] == "OPTIONS"


@pytest.mark.parametrize("path", ["/functions/v1/", "/functions/v1/a/b", "/functions/v1/UPPER", "/functions/v2/x"])
async def test_other_paths_reach_no_service(front: Front, client: ClientSession, path: str) -> None:
    url = await front.before(echo)
    async with client.post(url + path) as response:
        assert (response.status, (await response.json())["code"]) == (404, "not_found")


async def test_too_large_body_is_refused(front: Front, client: ClientSession) -> None:
    url = await front.before(echo)
    async with client.post(f"{url}/functions/v1/x", data=BytesIO(b"x" * (MAX_BODY_BYTES + 1))) as response:
        assert (response.status, (await response.json())["code"]) == (413, "body_too_large")


async def test_too_large_stream_is_refused(front: Front, client: ClientSession) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 64 * 1024

    url = await front.before(echo)
    async with client.post(f"{url}/functions/v1/x", data=endless()) as response:
        assert (response.status, (await response.json())["code"]) == (413, "body_too_large")


async def test_functions_down(front: Front, client: ClientSession) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    async with client.post(f"{url}/functions/v1/x", data=b"{}") as response:
        assert (response.status, (await response.json())["code"]) == (503, "unavailable")


class Delivery:
    """An upstream that echoes binary frames and records how it was closed."""

    def __init__(self) -> None:
        self.origin: str | None = None
        self.closed: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self.close_with: int | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.origin = request.headers.get("Origin")
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        async for message in socket:
            if self.close_with is not None:
                await socket.close(code=self.close_with, message=b"as told")
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
        self.closed.set_result(socket.close_code)
        return socket


async def test_frames_go_both_ways_with_the_origin(front: Front, client: ClientSession) -> None:
    upstream = Delivery()
    url = await front.before(upstream.answer)
    async with client.ws_connect(f"{url}/delivery/v1", origin="https://chat.example", max_msg_size=0) as socket:
        for frame in (b"", b"\x00\xff", b"x" * MAX_FRAME_BYTES):
            await socket.send_bytes(frame)
            assert await socket.receive_bytes() == frame
    assert upstream.origin == "https://chat.example"


async def test_many_frames_keep_their_order(front: Front, client: ClientSession) -> None:
    url = await front.before(Delivery().answer)
    frames = [number.to_bytes(4, "big") * 256 for number in range(2000)]
    async with client.ws_connect(f"{url}/delivery/v1") as socket:

        async def send() -> None:
            for frame in frames:
                await socket.send_bytes(frame)

        sending = asyncio.create_task(send())
        assert [await socket.receive_bytes() for _ in frames] == frames
        await sending


@pytest.mark.parametrize("code", [1000, 1008, 4401])
async def test_close_code_of_the_service_arrives(front: Front, client: ClientSession, code: int) -> None:
    upstream = Delivery()
    upstream.close_with = code
    url = await front.before(upstream.answer)
    async with client.ws_connect(f"{url}/delivery/v1") as socket:
        await socket.send_bytes(b"end")
        message = await socket.receive()
    assert (message.type, message.data, message.extra) == (WSMsgType.CLOSE, code, "as told")


@pytest.mark.parametrize("code", [1000, 4000])
async def test_close_code_of_the_client_arrives(front: Front, client: ClientSession, code: int) -> None:
    upstream = Delivery()
    url = await front.before(upstream.answer)
    async with client.ws_connect(f"{url}/delivery/v1") as socket:
        await socket.send_bytes(b"x")
        await socket.receive_bytes()
        await socket.close(code=code)
    assert await upstream.closed == code


async def test_lost_client_is_told_upstream(front: Front) -> None:
    upstream = Delivery()
    url = await front.before(upstream.answer)
    async with ClientSession() as session:
        socket = await session.ws_connect(f"{url}/delivery/v1")
        await socket.send_bytes(b"x")
        await socket.receive_bytes()
        socket.get_extra_info("socket").shutdown(2)
        assert await upstream.closed == 1001


async def test_lost_service_reads_as_a_restart(front: Front, client: ClientSession) -> None:
    async def vanish(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        assert request.transport is not None
        request.transport.abort()
        return socket

    url = await front.before(vanish)
    async with client.ws_connect(f"{url}/delivery/v1") as socket:
        message = await socket.receive()
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1012)


async def test_too_large_frame_ends_the_connection(front: Front, client: ClientSession) -> None:
    upstream = Delivery()
    url = await front.before(upstream.answer)
    async with client.ws_connect(f"{url}/delivery/v1") as socket:
        await socket.send_bytes(b"x" * (MAX_FRAME_BYTES + 1))
        message = await socket.receive()
    assert (message.type, message.data) == (WSMsgType.CLOSE, 1009)
    assert await upstream.closed in (1009, 1001)  # whether the client had hung up by then


async def test_refused_handshake_is_passed_on(front: Front, client: ClientSession) -> None:
    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=403)

    url = await front.before(refuse)
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(f"{url}/delivery/v1")
    assert refused.value.status == 403


async def test_delivery_down(front: Front, client: ClientSession) -> None:
    url = await front.at(NOWHERE, NOWHERE)
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect(f"{url}/delivery/v1")
    assert refused.value.status == 503


async def test_delivery_speaks_websocket_only(front: Front, client: ClientSession) -> None:
    url = await front.before(Delivery().answer)
    async with client.get(f"{url}/delivery/v1") as response:
        assert (response.status, (await response.json())["code"]) == (426, "upgrade_required")
