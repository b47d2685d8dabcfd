"""Much was written while a page was away: the newest is shown, whoever reads stays in place, and all is there."""

from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import expect

from browser import Newcomer
from mls_chat.events import TextEntered
from mls_chat.native.app import NativeClient, open_client
from mls_chat.native.screen import Board
from person import Person
from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(240)
MISSED: Final = 200
GAP: Final = "Not everything that came in between is loaded."
TEXTS: Final = "[...log.querySelectorAll('.text')].map((each) => each.textContent)"
PLACE: Final = """(log, text) => {
    const line = [...log.querySelectorAll('[data-id]')].find((each) => each.textContent.includes(text));
    return line.getBoundingClientRect().top - log.getBoundingClientRect().top;
}"""
BELOW_GAP: Final = "(log) => log.querySelector('.gap ~ [data-id]')?.dataset.id"
SCROLL: Final = f"(log, text) => {{ log.scrollTop += ({PLACE})(log, text) - 80; }}"


async def write(writer: NativeClient, group_id: str, texts: list[str]) -> None:
    """Returns when the server has all of them."""
    for text in texts:
        writer.post(TextEntered(group_id=group_id, text=text))

    def stored(board: Board) -> bool | None:
        sent = {line.text for line in board.lines.values() if line.state == "sent"}
        return True if sent.issuperset(texts) else None

    await writer.wait("sending", stored)


async def shown(reader: Person) -> list[str]:
    return [str(text) for text in await reader.messages.evaluate(f"(log) => {TEXTS}")]


async def test_a_page_that_was_away_while_much_was_written(newcomer: Newcomer, stack: Stack, tmp_path: Path) -> None:
    texts = [f"text {number} of many" for number in range(20 + 2 * MISSED)]
    reader = await newcomer("Ben")
    async with open_client(tmp_path / "ann.db", stack.url) as writer:
        await writer.introduce("Ann")
        chat = await writer.create_group("Away")
        await reader.join(await writer.invite(chat.group_id), "Away")
        await writer.open_chat(chat.group_id)
        await write(writer, chat.group_id, texts[:20])
        await reader.sees(texts[19])
        await reader.messages.evaluate(SCROLL, texts[3])
        before = await reader.messages.evaluate(PLACE, texts[3])
        await reader.context.set_offline(True)
        await write(writer, chat.group_id, texts[20 : 20 + MISSED])
        await reader.context.set_offline(False)
        await reader.sees(texts[19 + MISSED])
        assert await reader.messages.evaluate(PLACE, texts[3]) == pytest.approx(before, abs=1)
        gap, earlier = reader.messages.get_by_text(GAP), reader.page.get_by_role("button", name="Earlier messages")
        await expect(gap).to_have_count(1)
        log = await reader.messages.element_handle()
        while await gap.count():
            below = await reader.messages.evaluate(BELOW_GAP)
            await earlier.click()
            await reader.page.wait_for_function(f"([log, below]) => ({BELOW_GAP})(log) !== below", arg=[log, below])
        assert await shown(reader) == texts[: 20 + MISSED]
        await reader.page.get_by_role("button", name="New messages").click()
        await reader.context.set_offline(True)
        await write(writer, chat.group_id, texts[20 + MISSED :])
        await reader.context.set_offline(False)
        await expect(reader.messages.get_by_text(texts[-1], exact=True)).to_be_in_viewport()
        newest = await shown(reader)
        assert newest == texts[-len(newest) :]
        await expect(reader.page.get_by_text("Catching up")).to_have_count(0)
