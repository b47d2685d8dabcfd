"""One account, several tabs: one of them owns it."""

import pytest
from playwright.async_api import expect

from browser import Newcomer
from person import Person

pytestmark = pytest.mark.timeout(240)


async def test_a_second_tab_can_take_over_and_give_back(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Tabs")
    await alice.say("From the first tab")
    await alice.sees("From the first tab")
    page = await alice.context.new_page()
    second = Person("Alice", alice.url, alice.context, page, alice.watcher)
    await page.goto(alice.url)
    await page.get_by_role("button", name="Take over").click()
    await second.is_connected()
    await second.open_chat("Tabs")
    await second.sees("From the first tab")
    await second.say("From the second tab")
    await second.sees("From the second tab")
    await expect(alice.page.get_by_role("button", name="Take over")).to_be_visible()
    await alice.page.get_by_role("button", name="Take over").click()
    await alice.is_connected()
    await alice.open_chat("Tabs")
    await alice.sees("From the first tab", "From the second tab")


async def test_closing_the_owner_frees_the_account(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Closed")
    await alice.page.close()
    page = await alice.context.new_page()
    second = Person("Alice", alice.url, alice.context, page, alice.watcher)
    await page.goto(alice.url)
    await second.is_connected()
    await second.open_chat("Closed")
