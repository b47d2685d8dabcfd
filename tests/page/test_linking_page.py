"""Linking on the page, from both sides, with an engine that is played by hand."""

from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from camera import Camera
from page_scene import CHATS, NEW, READY, Scene, account

CODE: Final = "7K2QX-9M4TD-0WHZB-R5C8Y-JN3VE-P6GSA"
LINK: Final = f"#link={CODE.replace('-', '')}"
WANTS: Final = "Adding a device needs your account to be opened."
REFUSED: Final = """name => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("told by the test", name));
}"""


def linking(stage: str, **more: str) -> dict[str, Any]:
    return {"kind": "linking", "stage": stage, "code": "", "device_name": "", "error": ""} | more


async def open_form(scene: Scene) -> Locator:
    await scene.open(READY, CHATS)
    return await opened_form(scene)


async def sign_in_and_open_form(scene: Scene) -> Locator:
    """In the page that has been a newcomer's."""
    await scene.show(READY)
    return await opened_form(scene)


async def opened_form(scene: Scene) -> Locator:
    dialog = await scene.open_account()
    await dialog.get_by_role("button", name="Link a device").click()
    return dialog


async def test_a_new_device_shows_its_code_until_it_is_left(scene: Scene) -> None:
    await scene.open(NEW)
    page = scene.page
    await page.get_by_role("button", name="Use another device").click()
    assert await scene.asked("link_code_requested") == {"device": "Chromium on Linux"}
    await scene.show(linking("waiting", code=CODE))
    field = page.get_by_role("textbox", name="Link code")
    await expect(field).to_have_value(CODE)
    assert not await field.is_editable()
    await expect(page.get_by_role("img", name="QR code of the link code")).to_be_visible()
    await scene.show(linking("failed", error="This code is unknown or too old."))
    await expect(page.get_by_role("alert")).to_have_text("This code is unknown or too old.")
    again = page.get_by_role("button", name="Make a new code")
    await expect(again).to_be_focused()
    await again.click()
    await scene.show(linking("waiting", code=CODE))
    await page.get_by_role("button", name="Back").click()
    await scene.asked("linking_closed")
    await expect(page.get_by_role("textbox", name="Your name")).to_be_visible()


async def test_what_a_new_device_draws_can_be_scanned(scene: Scene, camera: Camera) -> None:
    await scene.open(NEW)
    await scene.page.get_by_role("button", name="Use another device").click()
    await scene.show(linking("waiting", code=CODE))
    await camera.look_at(scene.page.get_by_role("img", name="QR code of the link code"))
    origin = await scene.page.evaluate("location.origin")
    dialog = await sign_in_and_open_form(scene)
    await dialog.get_by_role("button", name="Scan with the camera").click()
    assert await scene.asked("link_code_entered") == {"code": f"{origin}/{LINK}"}
    await expect(dialog.get_by_role("button", name="Scan with the camera")).to_be_visible()


async def test_a_code_is_entered_confirmed_and_the_device_added(scene: Scene) -> None:
    dialog = await open_form(scene)
    field = dialog.get_by_role("textbox", name="Link code")
    await expect(field).to_be_focused()
    await scene.page.keyboard.insert_text(CODE.lower())
    await scene.page.keyboard.press("Enter")
    assert await scene.asked("link_code_entered") == {"code": CODE.lower()}
    await scene.show(linking("failed", error="Such a code has 30 characters."))
    await expect(dialog.get_by_role("alert")).to_have_text("Such a code has 30 characters.")
    await expect(field).to_have_value(CODE.lower())
    await scene.show(linking("looking"))
    await expect(dialog.get_by_text("Looking for the device…")).to_be_visible()
    await scene.show(linking("confirm", device_name="Firefox on Android"))
    await expect(dialog.get_by_text("Add Firefox on Android to your account?")).to_be_visible()
    history = dialog.get_by_role("radiogroup", name="History")
    await expect(history.get_by_role("radio", name="All of it")).to_be_focused()
    await scene.page.keyboard.press("ArrowDown")
    await expect(history.get_by_role("radio", name="The last 30 days")).to_be_checked()
    await dialog.get_by_role("button", name="Add the device").click()
    assert await scene.asked("link_confirmed") == {"history": "month"}
    await scene.show(account(wants=WANTS))
    await expect(dialog.get_by_role("button", name="Use a passkey")).to_be_focused()
    await expect(dialog.get_by_role("button", name="Add the device")).to_be_disabled()
    await scene.show(account())
    await scene.show(linking("adding", device_name="Firefox on Android"))
    await expect(dialog.get_by_text("Adding Firefox on Android…")).to_be_visible()
    await scene.show(linking("done", device_name="Firefox on Android"))
    await expect(dialog.get_by_text("Firefox on Android is now one of your devices.")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Done")).to_be_focused()
    await scene.page.keyboard.press("Enter")
    await scene.asked("linking_closed")
    await expect(dialog.get_by_role("button", name="Link a device")).to_be_focused()


async def test_a_device_that_is_not_wanted_is_let_go(scene: Scene) -> None:
    dialog = await open_form(scene)
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog.get_by_role("button", name="Link a device")).to_be_focused()
    assert not await scene.has_asked("linking_closed")
    await scene.show(linking("confirm", device_name="Whose is this?"))
    await dialog.get_by_role("button", name="Cancel").click()
    await scene.asked("linking_closed")
    await expect(dialog.get_by_role("button", name="Link a device")).to_be_visible()


async def test_closing_the_dialog_ends_the_linking(scene: Scene) -> None:
    dialog = await open_form(scene)
    await scene.show(linking("confirm", device_name="Phone"))
    await scene.page.keyboard.press("Escape")
    await scene.asked("linking_closed")
    await scene.open_account()
    await expect(dialog.get_by_role("radiogroup")).to_have_count(0)


async def test_an_opened_link_asks_and_leaves_the_address(scene: Scene) -> None:
    page = scene.page
    await page.evaluate("hash => location.hash = hash", LINK)
    await scene.open(READY, CHATS)
    assert await scene.asked("link_code_entered") == {"code": CODE.replace("-", "")}
    await scene.asked("account_opened")
    await scene.show(account())
    await scene.show(linking("confirm", device_name="Phone"))
    await expect(page.get_by_text("Add Phone to your account?")).to_be_visible()
    assert page.url.endswith(LINK)
    await page.keyboard.press("Escape")
    await scene.asked("linking_closed")
    assert "#" not in page.url


async def test_a_link_is_explained_where_nobody_is_signed_in(scene: Scene) -> None:
    page = scene.page
    await page.evaluate("hash => location.hash = hash", LINK)
    await scene.open(NEW)
    await expect(page.get_by_role("heading", name="This link is for another browser")).to_be_visible()
    await page.get_by_role("button", name="Go on without the link").click()
    await expect(page.get_by_role("textbox", name="Your name")).to_be_visible()
    assert "#" not in page.url
    assert not await scene.has_asked("link_code_entered")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("NotAllowedError", "The camera is not allowed here."),
        ("NotFoundError", "There is no camera here."),
        ("NotReadableError", "The camera can't be started"),
    ],
)
async def test_why_there_is_no_picture(scene: Scene, name: str, sentence: str) -> None:
    dialog = await open_form(scene)
    await scene.page.evaluate(REFUSED, name)
    await dialog.get_by_role("button", name="Scan with the camera").click()
    await expect(dialog.get_by_role("alert")).to_contain_text(sentence)
    await expect(dialog.get_by_role("button", name="Scan with the camera")).to_be_focused()


async def test_the_camera_is_let_go_with_the_dialog(scene: Scene, camera: Camera) -> None:
    await scene.open(NEW)
    await scene.page.get_by_role("button", name="Use another device").click()
    await scene.show(linking("waiting", code=CODE))
    await camera.look_at(scene.page.get_by_role("img", name="QR code of the link code"))
    await scene.page.evaluate("""() => {
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => globalThis.opened = await open(wish);
        HTMLCanvasElement.prototype.getContext = () => ({ drawImage() {}, getImageData: () => new ImageData(8, 8) });
    }""")
    dialog = await sign_in_and_open_form(scene)
    await dialog.get_by_role("button", name="Scan with the camera").click()
    await expect(dialog.get_by_text("Hold the code in front of the camera.")).to_be_visible()
    states = "globalThis.opened.getTracks().map((track) => track.readyState)"
    assert await scene.page.evaluate(states) == ["live"]
    await scene.page.keyboard.press("Escape")
    await scene.page.wait_for_function(f"{states}[0] === 'ended'")
