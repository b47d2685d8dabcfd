"""The `supabase` adapter of port Functions, against a real HTTP server that answers as told."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from mls_chat.native.functions import SupabaseFunctions, open_functions
from mls_chat.ports import FunctionRefused, FunctionUnreachable


class Server:
    """Answers with what `reply` holds and remembers the last request."""

    def __init__(self) -> None:
        self.reply: tuple[int, bytes, str] = (200, b"{}", "application/json")
        self.path, self.body, self.headers = "", b"", {"": ""}

    async def handle(self, request: web.Request) -> web.Response:
        self.path, self.body = request.path, await request.read()
        self.headers = {name.lower(): value for name, value in request.headers.items()}
        status, body, kind = self.reply
        return web.Response(status=status, body=body, content_type=kind)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest_asyncio.fixture
async def functions(server: Server) -> AsyncIterator[SupabaseFunctions]:
    app = web.Application()
    app.router.add_post("/{path:.*}", server.handle)
    async with TestServer(app) as running:
        adapter = await open_functions(str(running.make_url("")), "public-key")
        yield adapter
        await adapter.close()


async def test_a_reply_is_given_as_it_came(functions: SupabaseFunctions, server: Server) -> None:
    server.reply = (200, b'{"a": [1, 2]}', "application/json")
    assert await functions.invoke("group_create", b'{"group_id":"x"}', None) == b'{"a": [1, 2]}'
    assert (server.path, server.body) == ("/functions/v1/group_create", b'{"group_id":"x"}')
    assert server.headers["content-type"] == "application/json"
    assert server.headers["apikey"] == "public-key"


async def test_the_token_goes_with_its_own_call_only(functions: SupabaseFunctions, server: Server) -> None:
    await functions.invoke("user_groups", b"{}", "a.b.c")
    assert server.headers["authorization"] == "Bearer a.b.c"
    await functions.invoke("invite_info", b"{}", None)
    assert "a.b.c" not in server.headers["authorization"]


async def test_a_refusal_keeps_its_code_and_facts(functions: SupabaseFunctions, server: Server) -> None:
    server.reply = (409, b'{"code":"stale_epoch","error":"Newer.","details":{"epoch":7}}', "application/json")
    with pytest.raises(FunctionRefused) as refused:
        await functions.invoke("send_commit", b"{}", "t")
    error = refused.value
    assert (error.status, error.code, error.message, error.details) == (409, "stale_epoch", "Newer.", {"epoch": 7})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, b"<html>gateway</html>", "text/html"),
        (404, b"", "text/plain"),
        (400, b'{"message": "no code"}', "application/json"),
        (503, b'{"code":"unavailable","error":"Starting."}', "application/json"),
        (302, b"", "text/plain"),
    ],
)
async def test_what_our_server_did_not_say_means_unreachable(
    functions: SupabaseFunctions, server: Server, status: int, body: bytes, kind: str
) -> None:
    server.reply = (status, body, kind)
    with pytest.raises(FunctionUnreachable):
        await functions.invoke("user_groups", b"{}", "t")


async def test_nobody_listening_means_unreachable() -> None:
    adapter = await open_functions("http://127.0.0.1:9", "public-key")
    with pytest.raises(FunctionUnreachable, match="user_groups: ConnectError"):
        await adapter.invoke("user_groups", b"{}", "t")
    await adapter.close()
