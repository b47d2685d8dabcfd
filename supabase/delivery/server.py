"""The WebSocket server in front of the service."""

import asyncio
import logging
from http import HTTPStatus
from itertools import count
from typing import Final

from websockets.asyncio.server import Server as WebSocketServer
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.typing import Origin

from delivery.connection import Connection
from delivery.errors import Code
from delivery.journal import Journal
from delivery.log import Log
from delivery.outlet import Outlet
from delivery.service import Service
from delivery.settings import HEALTH_PATH, PATH, Settings
from delivery.tokens import Tokens

TOO_BIG: Final = 1009
CLOSE_SECONDS: Final = 3
FINISH_SECONDS: Final = 1.5
GOODBYE_SECONDS: Final = 0.7
QUEUED_FRAMES: Final = 8


class Server:
    """`start`, then `stop`; in between it survives the database's absence and every frame."""

    def __init__(self, settings: Settings, journal: Journal) -> None:
        self._settings = settings
        self._journal = journal
        self._tokens = Tokens(settings.jwks, settings.issuer)
        self._log = Log(settings.database)
        self._service = Service(settings.database, self._log, settings.limits, journal)
        self._numbers = count(1)
        self._server: WebSocketServer | None = None

    @property
    def port(self) -> int:
        """The port that it listens on, also when it was asked for any."""
        if self._server is None:
            raise RuntimeError("Server.start comes first")
        return int(next(iter(self._server.sockets)).getsockname()[1])

    async def start(self) -> None:
        limits = self._settings.limits
        await self._log.open()
        self._service.start()
        self._server = await serve(
            self._handle,
            self._settings.host,
            self._settings.port,
            origins=[None, *(Origin(origin) for origin in self._settings.origins)],
            compression=None,
            process_request=self._process_request,
            server_header=None,
            ping_interval=limits.ping_every,
            ping_timeout=limits.ping_every,
            close_timeout=CLOSE_SECONDS,
            max_size=limits.frame_bytes,
            max_queue=QUEUED_FRAMES,
            write_limit=limits.congested_bytes,
            logger=_silent_logger(),
            backlog=4096,
        )
        self._journal.event("started", host=self._settings.host, port=self.port)

    async def until_listening(self) -> None:
        """Returns when bells are heard, which needs the database."""
        await self._service.bus.until_listening()

    async def stop(self) -> None:
        """Stores what it has taken, tells all sockets to come back, and is gone within three seconds."""
        if self._server is None:
            return
        self._server.close(close_connections=False)
        await self._service.finish(FINISH_SECONDS)
        self._service.close_all()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self._server.wait_closed()
        except TimeoutError:
            for connection in list(self._server.handlers):
                connection.transport.abort()
        await self._service.stop()
        await self._log.close()
        self._journal.event("stopped")

    async def _process_request(self, connection: ServerConnection, request: Request) -> Response | None:
        if request.path == HEALTH_PATH:
            answers = await self._log.answers()
            status = HTTPStatus.OK if answers else HTTPStatus.SERVICE_UNAVAILABLE
            return connection.respond(status, "ok\n" if answers else "the database does not answer\n")
        if request.path != PATH:
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        return None

    async def _handle(self, websocket: ServerConnection) -> None:
        connection = Connection(Outlet(next(self._numbers), websocket), self._service, self._tokens)
        try:
            async for data in websocket:
                await connection.receive(data)
        except ConnectionClosed:
            if websocket.protocol.close_sent is not None and websocket.protocol.close_sent.code == TOO_BIG:
                self._journal.event("socket_closed", code=Code.FRAME_TOO_LARGE)
        except Exception as error:
            self._journal.error("socket_failed", error)
            raise
        finally:
            connection.end()


def _silent_logger() -> logging.Logger:
    """The library's own words may quote requests; what matters is in the journal."""
    logger = logging.getLogger("delivery.websockets")
    logger.propagate = False
    logger.disabled = True
    return logger
