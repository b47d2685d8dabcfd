"""Locking and signing out on the page, with an engine that is played by hand."""

from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from page_scene import CHATS, NEW, READY, Scene

LOCKED: Final = {**NEW, "stage": "locked", "user_id": "abcdefgh"}


def leaving(**more: Any) -> dict[str, Any]:
    return {"lock_after": "never", "refused": "", "unsent": 0, "reopens": True, "revokes": False} | more


async def dialog_of(scene: Scene, **more: Any) -> Locator:
    await scene.open(READY, CHATS)
    return await scene.open_account(leaving=leaving(**more))


async def test_the_lock_screen_shows_the_beginning_of_the_account_and_how_it_goes(scene: Scene) -> None:
    await scene.open(LOCKED)
    page = scene.page
    await expect(page.get_by_text("Account abcdefgh")).to_be_visible()
    await expect(page.get_by_role("button", name="Use a passkey")).to_be_focused()
    await page.get_by_role("button", name="Use a recovery code").click()
    await page.keyboard.insert_text("7K2QX")
    await page.keyboard.press("Enter")
    assert await scene.asked("unlock_requested") == {"way": "code", "code": "7K2QX"}
    await scene.show({"kind": "sign_in", "stage": "working", "step": "Opening your account", "error": ""})
    await expect(page.get_by_text("Opening your account")).to_be_visible()
    await scene.show({"kind": "sign_in", "stage": "failed", "step": "", "error": "The recovery code is wrong."})
    await expect(page.get_by_role("alert")).to_have_text("The recovery code is wrong.")
    await expect(page.get_by_role("list", name="Accounts")).to_have_count(0)


async def test_the_engine_says_after_which_time_it_locks(scene: Scene) -> None:
    dialog = await dialog_of(scene)
    choice = dialog.get_by_role("combobox", name="Lock automatically")
    await choice.select_option("After 30 minutes")
    assert await scene.asked("lock_after_changed") == {"after": "30"}
    await expect(choice).to_have_value("never")


async def test_locking_is_asked_for(scene: Scene) -> None:
    dialog = await dialog_of(scene)
    await dialog.get_by_role("button", name="Lock now").click()
    await scene.asked("lock_requested")


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"unsent": 1}, "1 message was not sent yet and is lost."),
        ({"unsent": 7}, "7 messages were not sent yet and are lost."),
        ({"revokes": True}, "this device also leaves your account"),
        ({}, "this device stays in your account's list"),
        ({"reopens": False}, "nothing else could open your account again"),
    ],
)
async def test_what_is_lost_is_said_before(scene: Scene, facts: dict[str, Any], sentence: str) -> None:
    dialog = await dialog_of(scene, **facts)
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    await expect(dialog.get_by_role("button", name="Keep on this device, locked")).to_be_focused()
    await expect(dialog.get_by_text(sentence)).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    assert not await scene.has_asked("erase_requested")


async def test_erasing_an_account_that_can_be_opened_again_is_asked_once(scene: Scene) -> None:
    dialog = await dialog_of(scene)
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    await dialog.get_by_role("button", name="Erase everything here").click()
    await scene.asked("erase_requested")
    await scene.show({**NEW, "stage": "erasing"})
    await expect(scene.page.get_by_role("heading", name="Signing out")).to_be_visible()


async def test_erasing_an_account_for_ever_is_asked_twice(scene: Scene) -> None:
    dialog = await dialog_of(scene, reopens=False, refused="Save your recovery code first.")
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    await expect(dialog.get_by_role("button", name="Keep on this device, locked")).to_be_disabled()
    await dialog.get_by_role("button", name="Erase everything here").click()
    await expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert not await scene.has_asked("erase_requested")
    await dialog.get_by_role("button", name="Erase my account for ever").click()
    await scene.asked("erase_requested")


async def test_a_revoked_device_is_erased_after_a_question(scene: Scene) -> None:
    await scene.open({**READY, "stage": "revoked"})
    await scene.page.get_by_role("button", name="Erase and start anew").click()
    await expect(scene.page.get_by_role("button", name="Cancel")).to_be_visible()
    assert not await scene.has_asked("erase_requested")
    await scene.page.get_by_role("button", name="Erase and start anew").click()
    await scene.asked("erase_requested")


@pytest.mark.parametrize("width", [360, 1100])
async def test_nothing_is_cut_off(scene: Scene, width: int) -> None:
    await scene.page.set_viewport_size({"width": width, "height": 740})
    await scene.open(LOCKED)
    wide = "document.documentElement.scrollWidth <= innerWidth"
    assert await scene.page.evaluate(wide)
    await scene.show(READY)
    dialog = await scene.open_account(leaving=leaving(refused="Save your recovery code first.", unsent=3))
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    inner = await dialog.evaluate("dialog => dialog.scrollWidth <= dialog.clientWidth")
    assert inner
