"""What stands in a composer outlives its page, and follows its person to another device."""

import pytest
from playwright.async_api import expect

from browser import Blank, Newcomer
from linked import link

pytestmark = pytest.mark.timeout(300)


async def test_a_draft_is_there_after_a_reload_and_gone_once_it_is_sent(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Tea")
    await alice.create_group("Hiking")
    await alice.message_box.fill("Half a sent")
    await alice.open_chat("Tea")
    await expect(alice.message_box).to_have_value("")
    await alice.page.reload()
    await alice.is_in("Tea")
    await alice.open_chat("Hiking")
    await expect(alice.message_box).to_have_value("Half a sent")
    await alice.say("Half a sentence")
    await alice.sees("Half a sentence")
    await alice.page.reload()
    await alice.sees("Half a sentence")
    await expect(alice.message_box).to_have_value("")


async def test_a_draft_appears_on_the_other_device_and_goes_with_the_message(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    second = await blank("Alice")
    await link(first, second)
    await second.open_chat("Hiking")
    await first.message_box.fill("To be finished elsewhere")
    await expect(second.message_box).to_have_value("To be finished elsewhere")
    await second.page.get_by_role("button", name="Send").click()
    await first.sees("To be finished elsewhere")
    await expect(first.message_box).to_have_value("")


async def test_whoever_types_is_not_disturbed(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    second = await blank("Alice")
    await link(first, second)
    await second.open_chat("Hiking")
    await first.message_box.fill("One thing")
    await second.message_box.press_sequentially("Another thing, typed slowly", delay=150)
    await expect(second.message_box).to_have_value("Another thing, typed slowly")
    await expect(first.message_box).to_have_value("Another thing, typed slowly")
