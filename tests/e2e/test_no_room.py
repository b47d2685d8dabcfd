"""F38: without room nothing is lost or half written; the page says so and goes on by itself when there is some."""

from typing import Final

import pytest
from playwright.async_api import CDPSession, expect

from browser_profile import Settler
from mls_chat.runner import NO_ROOM
from person import Person

pytestmark = pytest.mark.timeout(240)
LARGE: Final = "x" * 20_000
MOST: Final = 200


class Room:
    """How much the browser lets the page store."""

    def __init__(self, devtools: CDPSession, origin: str) -> None:
        self._devtools, self._origin = devtools, origin

    async def leave(self, size: int) -> None:
        facts = await self._devtools.send("Storage.getUsageAndQuota", {"origin": self._origin})
        await self._devtools.send(
            "Storage.overrideQuotaForOrigin", {"origin": self._origin, "quotaSize": max(1, facts["usage"] + size)}
        )

    async def free(self) -> None:
        await self._devtools.send("Storage.overrideQuotaForOrigin", {"origin": self._origin})


async def with_room(settle: Settler, size: int) -> tuple[Person, Room]:
    """Ada, who has a chat, in a browser that was just started: one that runs goes by the room that it knew before."""
    profile = await settle("Ada")
    await profile.person.create_group("Tea")
    await profile.person.say("first")
    await profile.person.sees("first")
    await profile.person.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    where = profile.person.page.url
    await profile.close()
    ada = await profile.start_browser()
    room = Room(await ada.context.new_cdp_session(ada.page), ada.url)
    await room.leave(size)
    await ada.page.goto(where)
    return ada, room


async def fill(ada: Person) -> list[str]:
    """Sends until a text can't be stored and is back; what is on the screen then. The room may end in between, with a
    text that is stored and whose way back from the log is not."""
    back = ada.page.get_by_role("alert").filter(has_text="A text of yours could not be stored and is back here.")
    shown = []
    for number in range(MOST):
        text = f"{number} {LARGE}"
        await ada.say(text)
        bubble = ada.messages.get_by_text(text, exact=True)
        await expect(back.or_(bubble).first).to_be_visible()
        if not await bubble.count():
            break
        shown.append(text)
    await ada.is_told(NO_ROOM[:40])
    return shown


async def test_what_could_not_be_stored_comes_back_and_goes_out_when_there_is_room(settle: Settler) -> None:
    ada, room = await with_room(settle, 300_000)
    await ada.is_connected()
    await ada.is_in("Tea")
    shown = await fill(ada)
    await expect(ada.message_box).to_have_value(f"{len(shown)} {LARGE}")
    await ada.sees("first", *shown)
    await room.free()
    await ada.is_told("There is room again: everything goes on.")
    await ada.is_connected()
    await ada.page.get_by_role("button", name="Send").click()
    await ada.say("last")
    expected = ["first", *shown, f"{len(shown)} {LARGE}", "last"]
    await ada.sees(*expected)
    await expect(ada.messages.get_by_text("sending")).to_have_count(0)
    await ada.page.reload()
    await ada.is_in("Tea")
    await ada.sees(*expected)


async def test_without_room_at_the_start_the_page_says_so_and_opens_when_there_is_some(settle: Settler) -> None:
    ada, room = await with_room(settle, -1_000)
    await ada.is_told("This device has no room left for the browser's data, so your chats can't be opened.")
    await room.free()
    await ada.is_connected()
    await ada.is_in("Tea")
    await ada.sees("first")
