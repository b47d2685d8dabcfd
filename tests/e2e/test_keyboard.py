"""Everything can be done without a pointer."""

import pytest
from playwright.async_api import Locator, Page, expect

from browser import Blank

pytestmark = pytest.mark.timeout(240)
TABS_AT_MOST = 25


async def reach(page: Page, target: Locator) -> None:
    """Presses Tab until the target has the focus."""
    await expect(target).to_be_visible()
    for _ in range(TABS_AT_MOST):
        if await target.evaluate("element => element.matches(':focus')"):
            return
        await page.keyboard.press("Tab")
    raise AssertionError("the keyboard does not reach it")


async def test_a_group_is_made_and_written_to_by_keyboard_alone(blank: Blank) -> None:
    alice = await blank("Alice")
    page = alice.page
    await reach(page, page.get_by_role("textbox", name="Your name"))
    await page.keyboard.type("Alice")
    await page.keyboard.press("Enter")
    await alice.is_connected()
    await reach(page, page.get_by_role("button", name="New group"))
    await page.keyboard.press("Enter")
    await reach(page, page.get_by_role("textbox", name="Group name"))
    await page.keyboard.type("Keys only")
    await page.keyboard.press("Enter")
    await alice.is_in("Keys only")
    await reach(page, alice.message_box)
    await page.keyboard.type("First line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second line")
    await page.keyboard.press("Enter")
    await expect(alice.messages.get_by_text("First line")).to_have_count(1)
    await reach(page, page.get_by_role("button", name="Members"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Members").get_by_role("list", name="Members")).to_contain_text(
        "Alice"
    )
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Members")).to_be_hidden()
    await expect(page.get_by_role("button", name="Members")).to_be_focused()
