"""The page server before an upstream service that tests shape as they like."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from stack.page_server import PageServer

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Front:
    """The page server before one upstream service."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._servers: list[TestServer] = []

    async def before(self, handler: Handler, more: Callable[[web.Application], None] | None = None) -> str:
        """The front's address; `handler` answers everything that is passed up, `more` adds routes to the front."""
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", handler)
        upstream = await self._serve(application)
        return await self.at(str(upstream.make_url("")), str(upstream.make_url("")), more)

    async def at(
        self, functions_url: str, delivery_url: str, more: Callable[[web.Application], None] | None = None
    ) -> str:
        front = await self._serve(PageServer(self._root, functions_url, delivery_url).application(more))
        return str(front.make_url("")).rstrip("/")

    async def _serve(self, application: web.Application) -> TestServer:
        server = TestServer(application)
        await server.start_server()
        self._servers.append(server)
        return server

    async def close(self) -> None:
        for server in reversed(self._servers):
            await server.close()
