"""A new browser becomes a device of an account by a code that it shows: typed, scanned, or opened as a link."""

import pytest
from playwright.async_api import expect

from browser import Blank, Newcomer
from camera import Camera
from linked import add_device, link, open_linking, show_link_code
from person import Person

pytestmark = pytest.mark.timeout(300)


async def with_something_said(newcomer: Newcomer) -> Person:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    await first.say("Before")
    await first.sees("Before")
    return first


async def both_write(first: Person, second: Person) -> None:
    await second.open_chat("Hiking")
    await second.say("From the second device")
    await first.sees("From the second device")
    await first.say("From the first device")
    for person in (first, second):
        await person.sees("From the first device", "From the second device")


@pytest.mark.parametrize(("history", "times"), [("All of it", 1), ("The last 30 days", 1), ("None", 0)])
async def test_a_typed_code_brings_as_much_history_as_was_chosen(
    newcomer: Newcomer, blank: Blank, history: str, times: int
) -> None:
    first = await with_something_said(newcomer)
    second = await blank("Alice")
    await link(first, second, history)
    await both_write(first, second)
    await expect(second.messages.get_by_text("Before", exact=True)).to_have_count(times)
    await first.page.get_by_role("button", name="Account", exact=True).click()
    dialog = first.page.get_by_role("dialog", name="Account")
    await expect(dialog.get_by_role("list", name="Devices").get_by_role("listitem")).to_have_count(2)


async def test_the_code_is_scanned(newcomer: Newcomer, blank: Blank, camera: Camera) -> None:
    first = await with_something_said(newcomer)
    second = await blank("Alice")
    await show_link_code(second)
    await camera.look_at(second.page.get_by_role("img", name="QR code of the link code"))
    dialog = await open_linking(first)
    await dialog.get_by_role("button", name="Scan with the camera").click()
    await add_device(dialog)
    await second.is_connected()
    await both_write(first, second)


async def test_the_code_is_opened_as_a_link(newcomer: Newcomer, blank: Blank) -> None:
    first = await with_something_said(newcomer)
    second = await blank("Alice")
    code = (await show_link_code(second)).replace("-", "")
    first.watcher.secrets.append(code[20:])
    await first.page.goto(f"{first.url}/#link={code}")
    await add_device(first.page.get_by_role("dialog", name="Account"))
    assert "#" not in first.page.url
    await second.is_connected()
    await first.open_chat("Hiking")
    await both_write(first, second)


async def test_a_wrong_code_is_told_and_another_one_can_be_entered(newcomer: Newcomer, blank: Blank) -> None:
    first = await with_something_said(newcomer)
    second = await blank("Alice")
    code = await show_link_code(second)
    dialog = await open_linking(first)
    field = dialog.get_by_role("textbox", name="Link code")
    await field.fill(code[:-1])
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("has 30 characters, this one has 29")
    await field.fill("0" * 30)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("unknown or too old")
    await field.fill(code)
    await dialog.get_by_role("button", name="Continue").click()
    await add_device(dialog)
    await second.is_connected()
