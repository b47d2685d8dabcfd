"""The whole page with an engine that is played by hand: views are shown, and what the page asks for is written down."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from playwright.async_api import Browser, Locator, Page

from page_front import Front

SCENE: Final = Path(__file__).parents[1] / "page" / "in_browser" / "account.js"
NEW: Final = {"kind": "session", "stage": "new", "name": "", "user_id": "", "code_unsaved": False, "unsent": []}
READY: Final = {**NEW, "stage": "ready", "name": "Ada", "user_id": "u"}
CHAT: Final = {"group_id": "g", "name": "Tea", "last_line": "", "last_time": 0, "unread": 0, "state": "active"}
CHATS: Final = {"kind": "chats", "chats": [CHAT | {"alert": None}]}
RANDOM: Final = "AAECAwQFBgcICQoLDA0ODw"


def device(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"device_id": f"d{number}", "name": name, "this": False, "last_seen": 1, "revoked": False} | more


DEVICES: Final = [
    device(1, "Old phone", revoked=True),
    device(2, "Chrome on Linux", this=True),
    device(3, "Safari on iPhone"),
]


def account(**more: Any) -> dict[str, Any]:
    lists = {"devices": DEVICES, "passkeys": [{"passkey_id": "p", "name": "My key", "last_used": 0}], "loaded": True}
    words = {"code": "", "code_unsaved": False, "wants": "", "busy": "", "error": ""}
    leaving = {"lock_after": "never", "refused": "", "unsent": 0, "reopens": True, "revokes": False}
    return {"kind": "account", "name": "Ada", "user_id": "u", "leaving": leaving, **lists, **words, **more}


class Scene:
    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, *views: dict[str, Any]) -> None:
        await self.page.evaluate(SCENE.read_text())
        await self.page.evaluate("views => scene.open(...views)", views)

    async def show(self, view: dict[str, Any]) -> None:
        await self.page.evaluate("view => scene.show(view)", view)

    async def asked(self, event: str) -> dict[str, Any]:
        """The last thing of this kind that the page asked the engine for."""
        await self.page.wait_for_function("event => scene.last(event)", arg=event)
        found: dict[str, Any] = await self.page.evaluate("event => scene.last(event)", event)
        return {name: value for name, value in found.items() if name != "event"}

    async def has_asked(self, event: str) -> bool:
        return bool(await self.page.evaluate("event => scene.last(event) !== null", event))

    async def open_account(self, **more: Any) -> Locator:
        await self.page.get_by_role("button", name="Account", exact=True).click()
        await self.asked("account_opened")
        await self.show(account(**more))
        return self.page.get_by_role("dialog", name="Account")

    async def passkey(self, purpose: str, options: dict[str, Any], request_id: str = "r") -> dict[str, Any]:
        """What the page answers to the engine's request."""
        await self.page.evaluate("() => { scene.sent.length = 0; }")
        request = {"request_id": request_id, "purpose": purpose, "options": json.dumps(options), "prf_salt": RANDOM}
        await self.show({"kind": "passkey_request", **request})
        answered = "() => scene.last('passkey_answered') ?? scene.last('passkey_failed')"
        found: dict[str, Any] = await (await self.page.wait_for_function(answered)).json_value()
        assert found.pop("request_id") == request_id
        return found


@pytest.fixture(params=["localhost"])
async def scene(chromium: Browser, built: Path, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async def unreachable(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    front = Front(built)
    context = await chromium.new_context(viewport={"width": 900, "height": 700})
    page = await context.new_page()
    address = await front.before(unreachable)
    await page.goto(address.replace("127.0.0.1", request.param))
    yield Scene(page)
    await context.close()
    await front.close()
