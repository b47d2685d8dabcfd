"""The `websockets` adapter of port Channel, against a real server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable

import pytest
import pytest_asyncio
from websockets.asyncio.server import Server, ServerConnection, serve

from mls_chat.native.channel import WebSocketChannel, delivery_url
from mls_chat.ports import ChannelUnreachable

SOON = 5.0


class Listener:
    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes] = asyncio.Queue()
        self.closes: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    def channel_frame(self, data: bytes) -> None:
        self.frames.put_nowait(data)

    def channel_closed(self, code: int, reason: str) -> None:
        self.closes.put_nowait((code, reason))


async def behave(connection: ServerConnection) -> None:
    """Echoes frames; `close` closes by name, `text` answers with a text frame, `drop` cuts the line."""
    async for data in connection:
        if data == b"close":
            await connection.close(4401, "token expired")
        elif data == b"text":
            await connection.send("words")
        elif data == b"drop":
            connection.transport.abort()
        else:
            await connection.send(data)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with serve(behave, "127.0.0.1", 0) as running:
        yield running


def address(server: Server) -> str:
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/delivery/v1"


@pytest_asyncio.fixture
async def opened(server: Server) -> AsyncIterator[tuple[WebSocketChannel, Listener]]:
    channel, listener = WebSocketChannel(address(server)), Listener()
    await channel.open(listener)
    yield channel, listener
    await channel.close()


Opened = tuple[WebSocketChannel, Listener]


async def soon(coming: Awaitable[object]) -> object:
    return await asyncio.wait_for(coming, SOON)


async def test_frames_arrive_in_order(opened: Opened) -> None:
    channel, listener = opened
    sent = [bytes([n]) * (n + 1) for n in range(50)]
    for data in sent:
        channel.send(data)
    assert [await soon(listener.frames.get()) for _ in sent] == sent


@pytest.mark.parametrize(("word", "code"), [(b"close", 4401), (b"drop", 1006), (b"text", 1003)])
async def test_a_close_is_told_once_with_its_code(opened: Opened, word: bytes, code: int) -> None:
    channel, listener = opened
    channel.send(word)
    told = await soon(listener.closes.get())
    assert isinstance(told, tuple)
    assert told[0] == code
    with pytest.raises(ChannelUnreachable):
        channel.send(b"late")
    await channel.close()
    assert listener.closes.empty()


async def test_our_own_close_is_not_told(opened: Opened) -> None:
    channel, listener = opened
    await channel.close()
    assert listener.closes.empty()
    with pytest.raises(ChannelUnreachable, match="not open"):
        channel.send(b"late")


async def test_opening_again_replaces_the_connection(opened: Opened) -> None:
    channel, first = opened
    second = Listener()
    await channel.open(second)
    channel.send(b"hello")
    assert await soon(second.frames.get()) == b"hello"
    assert first.frames.empty()
    assert first.closes.empty()


async def test_nobody_listening_is_named() -> None:
    with pytest.raises(ChannelUnreachable, match=r"OSError|ConnectionRefusedError"):
        await WebSocketChannel("ws://127.0.0.1:9/delivery/v1").open(Listener())


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8000", "ws://127.0.0.1:8000/delivery/v1"),
        ("https://chat.example/", "wss://chat.example/delivery/v1"),
    ],
)
def test_the_address_follows_from_the_servers(url: str, expected: str) -> None:
    assert delivery_url(url) == expected
