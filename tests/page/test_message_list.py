"""The list of a chat's lines in a real browser: where the reader stays, whatever comes and however much."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page

from page_front import Front

SCENE: Final = Path(__file__).parent / "in_browser" / "message_list.js"
GAP: Final = "Not everything that came in between is loaded."


async def unreachable(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=503)


class Scene:
    def __init__(self, page: Page) -> None:
        self._page = page

    async def run(self, script: str) -> Any:
        """`s` is the scene."""
        return await self._page.evaluate(f"async () => {{ const s = scene; return {script}; }}")

    async def numbers(self) -> list[int]:
        return [int(number) for number in await self.run("s.numbers")]

    async def place(self, number: int) -> float:
        return float(await self.run(f"s.place({number})"))


@pytest.fixture
async def scene(chromium: Browser, built: Path) -> AsyncIterator[Scene]:
    front = Front(built)
    context = await chromium.new_context(viewport={"width": 900, "height": 700})
    page = await context.new_page()
    await page.goto(await front.before(unreachable))
    await page.evaluate(SCENE.read_text())
    yield Scene(page)
    await context.close()
    await front.close()


async def test_a_reader_at_the_end_stays_there(scene: Scene) -> None:
    await scene.run("s.open(40)")
    for count in (1, 60, 1000, 3):
        await scene.run(f"s.come({count})")
        assert await scene.run("s.atEnd")
    numbers = await scene.numbers()
    assert numbers == list(range(1104 - len(numbers), 1104))
    assert len(numbers) == 63


async def test_a_reader_further_up_is_not_thrown_around(scene: Scene) -> None:
    await scene.run("s.open(50)")
    await scene.run("s.scrollTo(10)")
    before = await scene.place(10)
    for count in (1, 60, 61, 1000, 2, 500):
        await scene.run(f"s.come({count})")
        assert await scene.place(10) == pytest.approx(before, abs=1)
    assert (await scene.numbers())[:111] == list(range(111))
    assert GAP in await scene.run("s.words")
    assert "New messages" in await scene.run("s.words")
    await scene.run("s.press('New messages')")
    assert await scene.run("s.atEnd")


async def test_a_gap_is_filled_from_its_end_until_it_is_closed(scene: Scene) -> None:
    await scene.run("s.open(50)")
    await scene.run("s.scrollTo(10)")
    before = await scene.place(10)
    await scene.run("s.come(300)")
    assert await scene.numbers() == [*range(50), *range(290, 350)]
    while GAP in await scene.run("s.words"):
        assert await scene.run("s.press('Earlier messages')")
        assert await scene.place(10) == pytest.approx(before, abs=1)
    assert await scene.numbers() == list(range(350))


async def test_above_what_is_kept_the_log_goes_on(scene: Scene) -> None:
    """What the engine reads first is here already."""
    await scene.run("s.open(1000)")
    for _ in range(3):
        await scene.run("s.press('Earlier messages')")
    await scene.run("s.scrollTo(800)")
    await scene.run("s.come(100)")
    while GAP in await scene.run("s.words"):
        await scene.run("s.press('Earlier messages')")
    top = (await scene.numbers())[0]
    assert top == 1000 - 4 * 60
    await scene.run("s.scrollTo(760)")
    assert await scene.run("s.press('Earlier messages')")
    numbers = await scene.numbers()
    assert numbers[0] < top
    assert numbers == list(range(numbers[0], 1100))


async def test_earlier_lines_go_above_what_is_read(scene: Scene) -> None:
    await scene.run("s.open(500)")
    await scene.run("s.scrollTo(445)")
    before = await scene.place(445)
    await scene.run("s.press('Earlier messages')")
    assert await scene.place(445) == pytest.approx(before, abs=1)
    assert (await scene.numbers())[0] == 380


async def test_at_the_top_earlier_lines_are_asked_for_once(scene: Scene) -> None:
    await scene.run("s.open(500)")
    await scene.run("void (s.held = true)")
    await scene.run("s.scrollTo(440, 0)")
    await scene.run("void (s.view.scrollTop = 0)")
    await scene.run("s.settled()")
    await scene.run("void (s.view.scrollTop = 1)")
    await scene.run("s.settled()")
    await scene.run("void (s.view.scrollTop = 0)")
    await scene.run("s.settled()")
    assert await scene.run("s.asked") == 1
    await scene.run("s.answer()")
    assert (await scene.numbers())[0] == 380


async def test_only_the_newest_lines_are_drawn_and_the_others_when_they_are_wanted(scene: Scene) -> None:
    await scene.run("s.open(60)")
    for _ in range(20):
        await scene.run("s.come(50)")
    assert await scene.numbers() == list(range(1060 - 180, 1060))
    await scene.run("s.press('Earlier messages')")
    assert await scene.numbers() == list(range(1060 - 240, 1060))
    assert await scene.run("s.asked") == 0
    await scene.run("s.scrollTo(830)")
    await scene.run("s.come(1)")
    assert await scene.numbers() == list(range(1060 - 240, 1061))
    await scene.run("s.press('New messages')")
    await scene.run("s.come(1)")
    assert await scene.numbers() == list(range(1062 - 180, 1062))


async def test_an_own_message_leads_to_the_end(scene: Scene) -> None:
    await scene.run("s.open(50)")
    await scene.run("s.scrollTo(10)")
    await scene.run("s.come(300)")
    await scene.run("s.come(1, true)")
    assert await scene.run("s.atEnd")
    assert await scene.numbers() == list(range(290, 351))


async def test_many_lines_at_once_draw_only_those_that_are_new(scene: Scene) -> None:
    await scene.run("s.open(50)")
    await scene.run("void s.view.querySelectorAll('[data-id]').forEach((each) => each.drawnBefore = true)")
    await scene.run("s.come(10)")
    drawn = await scene.run("[...s.view.querySelectorAll('[data-id]')].map((each) => each.drawnBefore === true)")
    assert drawn == [True] * 50 + [False] * 10


async def test_all_of_a_long_chat_can_be_drawn(scene: Scene) -> None:
    """Also by pressing alone, without scrolling."""
    await scene.run("s.open(700)")
    while await scene.run("s.press('Earlier messages')"):
        pass
    assert await scene.numbers() == list(range(700))
