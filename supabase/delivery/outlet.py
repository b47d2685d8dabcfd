"""The way out of one socket: written at once, watched for readers that do not keep up."""

import asyncio

from websockets.asyncio.server import ServerConnection, broadcast

from delivery.errors import CloseCode


class Outlet:
    """A socket that can be told things until it is given up."""

    def __init__(self, number: int, websocket: ServerConnection) -> None:
        self.number = number
        self._websocket = websocket
        self.congested = False
        self.unanswered = 0
        """Sends that wait for their verdict."""
        self._answered = asyncio.Event()

    @property
    def buffered(self) -> int:
        """Bytes written that the peer has not taken."""
        return self._websocket.transport.get_write_buffer_size()

    def answered(self) -> None:
        self.unanswered -= 1
        self._answered.set()

    async def fewer_unanswered(self, than: int) -> None:
        """Waits, and with it the peer, while too many sends are under way."""
        while self.unanswered >= than:
            self._answered.clear()
            await self._answered.wait()

    async def drained(self) -> None:
        """Returns when the peer has taken most of what was written, or has gone."""
        await asyncio.sleep(0)  # the transport writes at the end of the loop's turn
        await self._websocket.drain()

    async def close(self, close_code: CloseCode, reason: str) -> None:
        await self._websocket.close(close_code, reason)

    def abort(self) -> None:
        self._websocket.transport.abort()

    @staticmethod
    def write(outlets: "list[Outlet]", data: bytes) -> None:
        """The same frame to all; a socket that is closing is passed over."""
        broadcast([outlet._websocket for outlet in outlets], data)
