"""The page's origin: its files, where the services are, and the way to them.

python -m stack.page_server ROOT PORT FUNCTIONS_URL DELIVERY_URL
"""

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

from aiohttp import ClientSession, DummyCookieJar, web

from stack.page_headers import ALWAYS_ASK, FOREVER, HEADERS
from stack.page_proxy import pass_request, pass_socket, refusal

FUNCTIONS: Final = "/functions/v1"
DELIVERY: Final = "/delivery/v1"
SETTINGS: Final = {"functions_url": FUNCTIONS, "delivery_url": DELIVERY, "api_key": "mls-chat-local"}
SHUTDOWN_S: Final = 1.0
TYPES: Final = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".whl": "application/zip",
    ".zip": "application/zip",
}


class PageServer:
    """Serves the build in `root`; hands on what belongs to the services."""

    def __init__(self, root: Path, functions_url: str, delivery_url: str) -> None:
        self._root = root.resolve()
        self._functions_url = functions_url.rstrip("/")
        self._delivery_url = delivery_url.rstrip("/")
        self._session: ClientSession | None = None

    def application(self, more_routes: Callable[[web.Application], None] | None = None) -> web.Application:
        """`more_routes` come before the page's own answer to unknown addresses."""
        application = web.Application(handler_args={"access_log": None})
        application.cleanup_ctx.append(self._connected)
        application.on_response_prepare.append(_add_headers)
        application.router.add_route("*", FUNCTIONS + "/{name:[a-z_]+}", self._function)
        application.router.add_get(DELIVERY, self._delivery)
        application.router.add_get("/settings.json", self._settings)
        application.router.add_get("/", self._index)
        application.router.add_get("/{name:sw\\.js}", self._unhashed)
        application.router.add_get("/assets/{path:.+}", self._asset)
        if more_routes is not None:
            more_routes(application)
        application.router.add_route("*", "/{path:.*}", self._unknown)
        return application

    async def _connected(self, _: web.Application) -> AsyncIterator[None]:
        async with ClientSession(cookie_jar=DummyCookieJar(), auto_decompress=False) as self._session:
            yield

    async def _function(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        query = f"?{request.query_string}" if request.query_string else ""
        target = f"{self._functions_url}{FUNCTIONS}/{request.match_info['name']}{query}"
        return await pass_request(self._session, request, target)

    async def _delivery(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return refusal(426, "upgrade_required", "This address speaks WebSocket only.")
        return await pass_socket(self._session, request, f"{self._delivery_url}{DELIVERY}")

    async def _settings(self, _: web.Request) -> web.Response:
        return web.json_response(SETTINGS, headers={"Cache-Control": ALWAYS_ASK})

    async def _index(self, _: web.Request) -> web.StreamResponse:
        return self._file("index.html", ALWAYS_ASK)

    async def _unhashed(self, request: web.Request) -> web.StreamResponse:
        return self._file(request.match_info["name"], ALWAYS_ASK)

    async def _asset(self, request: web.Request) -> web.StreamResponse:
        return self._file(f"assets/{request.match_info['path']}", FOREVER)

    async def _unknown(self, _: web.Request) -> web.Response:
        return refusal(404, "not_found", "There is nothing at this address.")

    def _file(self, name: str, caching: str) -> web.StreamResponse:
        """The file, or its brotli stream where the client takes one."""
        path = (self._root / name).resolve()
        if not path.is_relative_to(self._root) or path.suffix not in TYPES or not path.is_file():
            return refusal(404, "not_found", "There is no such file in this build of the page.")
        kind = TYPES[path.suffix]
        return web.FileResponse(
            path, headers={"Cache-Control": caching, "Content-Type": kind, "Vary": "Accept-Encoding"}
        )


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    response.headers.popall("Server", None)


def main() -> None:
    root, port, functions_url, delivery_url = sys.argv[1:]
    server = PageServer(Path(root), functions_url, delivery_url)
    web.run_app(
        server.application(), host="127.0.0.1", port=int(port), print=None, access_log=None, shutdown_timeout=SHUTDOWN_S
    )


if __name__ == "__main__":
    main()
