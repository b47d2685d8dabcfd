"""Port `Channel` over the browser's WebSocket, binary frames only."""

import asyncio
from typing import Any, Final

import js
from pyodide.ffi import JsException, to_js

from mls_chat.browser.interop import Listeners
from mls_chat.ports import ChannelListener, ChannelUnreachable

CONNECT_TIMEOUT_S: Final = 10.0
_OPEN: Final = 1
_NORMAL: Final = 1000
_UNSUPPORTED_DATA: Final = 3000


class _Connection:
    """One WebSocket from connecting to closed."""

    def __init__(self, url: str, listener: ChannelListener) -> None:
        self._listener = listener
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._socket = js.WebSocket.new(url)
        self._socket.binaryType = "arraybuffer"
        self._listeners = Listeners(
            self._socket, open=self._open, message=self._message, error=self._failed, close=self._close
        )

    async def opened(self) -> None:
        try:
            await asyncio.wait_for(self._opened, CONNECT_TIMEOUT_S)
        except TimeoutError as error:
            raise ChannelUnreachable(f"no connection within {CONNECT_TIMEOUT_S:.0f} s") from error

    def send(self, data: bytes) -> None:
        if self._socket.readyState != _OPEN:
            raise ChannelUnreachable("the connection is closing")
        self._socket.send(to_js(data))

    def end(self) -> None:
        """Closes without telling the listener."""
        self._listeners.close()
        self._socket.close(_NORMAL)

    def _open(self, _: Any) -> None:
        if not self._opened.done():
            self._opened.set_result(None)

    def _message(self, event: Any) -> None:
        if isinstance(event.data, str):
            self._socket.close(_UNSUPPORTED_DATA, "text frame")
            return
        self._listener.channel_frame(bytes(event.data.to_bytes()))

    def _failed(self, _: Any) -> None:
        """A connection that a policy forbids ends here, without a `close`."""
        if not self._opened.done():
            self._opened.set_exception(ChannelUnreachable("the connection was refused"))

    def _close(self, event: Any) -> None:
        code, reason = int(event.code), str(event.reason)
        self._listeners.close()
        if not self._opened.done():
            self._opened.set_exception(ChannelUnreachable(f"closed with {code} before it was open"))
        elif not self._opened.cancelled() and self._opened.exception() is None:
            self._listener.channel_closed(code, reason)


class SocketChannel:
    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: _Connection | None = None

    async def open(self, listener: ChannelListener) -> None:
        await self.close()
        try:
            connection = _Connection(self._url, listener)
        except JsException as error:
            raise ChannelUnreachable(f"{error.name}: {error.message}") from error
        self._connection = connection
        try:
            await connection.opened()
        except BaseException:
            connection.end()
            if self._connection is connection:
                self._connection = None
            raise

    def send(self, data: bytes) -> None:
        if self._connection is None:
            raise ChannelUnreachable("the channel is not open")
        self._connection.send(data)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.end()
