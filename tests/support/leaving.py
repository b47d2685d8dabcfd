"""What a person does to lock an account, to unlock it, and to sign out."""

import re

from playwright.async_api import Locator, Page, expect

from person import Person

CODE = re.compile("^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$")


async def account_dialog(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Account", exact=True).click()
    dialog = person.page.get_by_role("dialog", name="Account")
    await expect(dialog.get_by_role("list", name="Devices").get_by_role("listitem").first).to_be_visible()
    return dialog


async def save_code(person: Person) -> str:
    """Shows the recovery code and confirms it; it must never be seen in a request."""
    dialog = await account_dialog(person)
    await dialog.get_by_role("button", name="Show recovery code").click()
    field = dialog.get_by_role("textbox", name="Your recovery code")
    await expect(field).to_have_value(CODE)
    code = await field.input_value()
    person.watcher.secrets += [code, code.replace("-", "")]
    again = dialog.get_by_role("textbox", name="Enter the code again to confirm")
    await again.fill(code)
    await dialog.get_by_role("button", name="I have saved it").click()
    await expect(again).to_have_count(0)
    await person.page.keyboard.press("Escape")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)
    return code


async def lock(person: Person) -> None:
    dialog = await account_dialog(person)
    await dialog.get_by_role("button", name="Lock now").click()
    await is_locked(person.page)


async def is_locked(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Locked", exact=True)).to_be_visible()


async def enter_code(page: Page, code: str) -> None:
    field = page.get_by_role("textbox", name="Recovery code", exact=True)
    if not await field.is_visible():
        await page.get_by_role("button", name="Use a recovery code").click()
    await field.fill(code)
    await page.get_by_role("button", name="Unlock").click()


async def is_welcomed(page: Page) -> None:
    await expect(page.get_by_role("heading", name="Welcome to mls-chat")).to_be_visible()
