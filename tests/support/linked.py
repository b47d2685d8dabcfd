"""Two browsers of one person, the second one linked by the first."""

from playwright.async_api import Locator, expect

from person import Person


async def show_link_code(person: Person) -> str:
    """On the new device; the secret in the code must never be seen in a request."""
    await person.page.get_by_role("button", name="Use another device").click()
    field = person.page.get_by_role("textbox", name="Link code")
    await expect(field).to_be_visible()
    code = await field.input_value()
    person.watcher.secrets.append(code.replace("-", "")[20:])
    return code


async def open_linking(person: Person) -> Locator:
    """On a device of the account: where the code is entered."""
    await person.page.get_by_role("button", name="Account", exact=True).click()
    dialog = person.page.get_by_role("dialog", name="Account")
    await dialog.get_by_role("button", name="Link a device").click()
    await expect(dialog.get_by_role("textbox", name="Link code")).to_be_focused()
    return dialog


async def add_device(dialog: Locator, history: str = "All of it") -> None:
    """Says yes, and closes the dialog when it is done."""
    await expect(dialog.get_by_text("to your account? Only if you see this code on your own device.")).to_be_visible()
    await dialog.get_by_role("radiogroup", name="History").get_by_role("radio", name=history).check()
    await dialog.get_by_role("button", name="Add the device").click()
    await expect(dialog.get_by_text("is now one of your devices.")).to_be_visible()
    await dialog.get_by_role("button", name="Done").click()
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)


async def link(first: Person, second: Person, history: str = "All of it") -> None:
    """`second` has no account yet."""
    code = await show_link_code(second)
    dialog = await open_linking(first)
    await dialog.get_by_role("textbox", name="Link code").fill(code)
    await dialog.get_by_role("button", name="Continue").click()
    await add_device(dialog, history)
    await second.is_connected()
