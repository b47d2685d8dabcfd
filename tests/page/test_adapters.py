"""The browser's adapters in a real Chromium: every `async def` of in_browser/*_checks.py is a test."""

import ast
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import WSMsgType, web
from playwright.async_api import Browser, Page

from page_front import Front
from stack.page_cache import ROOT
from stack.ports import free_ports

CHECKS: Final = Path(__file__).parent / "in_browser"
HELPERS: Final = {"opened", "fails", "raw", "put_raw", "result", "held_until", "lock", "databases", "meta_of"} | {
    "imported",
    "made",
    "laid_out",
    "device_key_laid_out",
    "found_in",
}
GOLDEN: Final = CHECKS.parents[1] / "golden"
RUN: Final = """([task]) => new Promise((resolve) => {
    globalThis.lab.onmessage = ({ data }) => resolve(data.error);
    globalThis.lab.postMessage(task);
})"""
START: Final = """([settings]) => {
    globalThis.lab = new Worker("/lab/worker.js", { type: "module", name: JSON.stringify(settings) });
}"""
pytestmark = pytest.mark.timeout(240)


def all_checks() -> Iterator[tuple[str, str]]:
    for path in sorted(CHECKS.glob("*_checks.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef) and node.name not in HELPERS:
                yield path.stem, node.name


def golden() -> dict[str, Any]:
    """What the browser has stored, by each format of its database and version of the records (tests/golden)."""
    sets = {folder.name: folder for folder in GOLDEN.iterdir() if (folder / "browser.json").exists()}
    return {
        "format_1": {
            version: {
                "browser": json.loads((folder / "browser.json").read_text()),
                "rows": json.loads((folder / "story.json").read_text())["rows"],
            }
            for version, folder in sets.items()
        },
        "format_2": json.loads((GOLDEN / "browser" / "2.json").read_text()),
    }


async def upstream(request: web.Request) -> web.StreamResponse:
    """Functions and a delivery channel that do what a check asks for."""
    match request.path.rsplit("/", 1)[1]:
        case "echo":
            names = ("authorization", "apikey", "content-type")
            seen = {name: request.headers.get(name) for name in names}
            return web.json_response({"body": await request.text(), **seen})
        case "refuse":
            return web.json_response({"code": "stale_epoch", "error": "too late", "details": {"epoch": 7}}, status=409)
        case "html":
            return web.Response(text="<h1>Bad gateway</h1>", status=400)
        case "busy":
            return web.json_response({"code": "unavailable", "error": "wait"}, status=503)
        case "v1":
            return await _delivery(request)
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _delivery(request: web.Request) -> web.StreamResponse:
    socket = web.WebSocketResponse(max_msg_size=0)
    await socket.prepare(request)
    async for message in socket:
        if message.type is WSMsgType.BINARY and message.data.startswith(b"close "):
            await socket.close(code=int(message.data[6:]), message=b"as told")
        elif message.type is WSMsgType.BINARY:
            await socket.send_bytes(message.data)
    return socket


def lab_routes(application: web.Application) -> None:
    application.router.add_static("/lab/pyodide", (ROOT / "node_modules" / "pyodide").resolve())
    application.router.add_static("/lab", CHECKS)


@pytest_asyncio.fixture(scope="module")
async def lab(chromium: Browser, built: Path) -> AsyncIterator[Page]:
    """A worker of the page's origin with the built packages, ready to run checks."""
    front = Front(built)
    url = await front.before(upstream, lab_routes)
    context = await chromium.new_context(bypass_csp=True)  # the test starts its own worker script
    page = await context.new_page()
    await page.goto(f"{url}/settings.json")
    [stdlib], [lock] = built.glob("assets/*/stdlib.zip"), built.glob("assets/*/lock.json")
    settings = {
        "stdlib": f"/{stdlib.relative_to(built)}",
        "lock": f"/{lock.relative_to(built)}",
        "modules": {path.name: path.read_text() for path in CHECKS.glob("*.py")},
    }
    await page.evaluate(START, [settings])
    yield page
    await context.close()
    await front.close()


@pytest.mark.parametrize(("module", "check"), list(all_checks()))
async def test_check(lab: Page, module: str, check: str) -> None:
    origin = lab.url.removesuffix("/settings.json")
    delivery = f"{origin.replace('http', 'ws', 1)}/delivery/v1"
    facts: dict[str, Any] = {
        "name": f"{module} {check}",
        "delivery": delivery,
        "nobody": f"ws://127.0.0.1:{free_ports(1)[0]}/",
    }
    if module == "golden_checks":
        facts |= golden()
    task = {"module": module, "check": check, "facts": facts}
    assert await lab.evaluate(RUN, [task]) == ""
