"""Port `Channel` over `websockets`, binary frames only."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from mls_chat.ports import ChannelListener, ChannelUnreachable

CONNECT_TIMEOUT_S: Final = 10.0
MAX_FRAME_BYTES: Final = 64 * 1024 * 1024
"""The server answers with pages of the log, so its frames are larger than ours."""
UNSUPPORTED_DATA: Final = 1003
LOST: Final = 1006


def delivery_url(url: str) -> str:
    """The address of the delivery channel of the project at `url`."""
    parts = urlsplit(url)
    return parts._replace(scheme={"http": "ws", "https": "wss"}[parts.scheme], path="/delivery/v1").geturl()


class WebSocketChannel:
    def __init__(self, url: str) -> None:
        self._url = url
        self._link: _Link | None = None

    async def open(self, listener: ChannelListener) -> None:
        await self.close()
        try:
            connection = await connect(
                self._url, open_timeout=CONNECT_TIMEOUT_S, compression=None, max_size=MAX_FRAME_BYTES
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ChannelUnreachable(f"{type(error).__name__}: {error}") from error
        self._link = _Link(connection, listener)

    def send(self, data: bytes) -> None:
        if self._link is None:
            raise ChannelUnreachable("the channel is not open")
        self._link.send(data)

    async def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            await link.end()


class _Link:
    """One open connection: a task that reads, and one that writes what is queued."""

    def __init__(self, connection: ClientConnection, listener: ChannelListener) -> None:
        self._connection, self._listener = connection, listener
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._told = False
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]

    def send(self, data: bytes) -> None:
        if self._told:
            raise ChannelUnreachable("the connection is closed")
        self._queue.put_nowait(data)

    async def end(self) -> None:
        """Closes without telling the listener."""
        self._told = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._connection.close()

    async def _read(self) -> None:
        try:
            while True:
                data = await self._connection.recv()
                if isinstance(data, bytes):
                    self._listener.channel_frame(data)
                else:
                    await self._connection.close(UNSUPPORTED_DATA, "text frame")
        except ConnectionClosed as closed:
            self._tell(closed)

    async def _write(self) -> None:
        try:
            while True:
                await self._connection.send(await self._queue.get())
        except ConnectionClosed as closed:
            self._tell(closed)

    def _tell(self, closed: ConnectionClosed) -> None:
        if not self._told:
            self._told = True
            last = closed.rcvd or closed.sent
            self._listener.channel_closed(last.code if last else LOST, last.reason if last else "")
