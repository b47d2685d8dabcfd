"""Safety codes, drafts and the own name on the page, with an engine that is played by hand."""

from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from camera import Camera
from page_scene import CHATS, READY, Scene, account

DIGITS: Final = [f"{number * 7919 % 100_000:05d}" for number in range(12)]
TEXT: Final = ".".join(("mls-chat-safety-1", "a3" * 32, "5f" * 32))
CHAT: Final = {"kind": "chat", "group_id": "g", "name": "Tea", "state": "active", "lines": [], "earlier": False}
ALERT: Final = {"level": "warning", "text": "Bob uses a new device.", "action": "verify", "user_id": "b"}


def member(user_id: str, name: str, **more: Any) -> dict[str, Any]:
    words = {"short_id": "3F2A", "you": False, "role": "member", "online": True, "last_seen": 0, "devices": 1}
    return {"user_id": user_id, "name": name, **words, "removable": False, "verified": False, **more}


def members(**more: Any) -> dict[str, Any]:
    people = [member("u", "Ada", you=True), member("b", "Bob", **more)]
    return {"kind": "members", "group_id": "g", "members": people, "pending": [], "renamable": False, "code": "12 34"}


def safety(**more: Any) -> dict[str, Any]:
    words = {"digits": DIGITS, "text": TEXT, "verified_at": 0, "devices": 2, "outcome": ""}
    return {"kind": "safety", "user_id": "b", "name": "Bob", **words, **more}


async def open_chat(scene: Scene, alert: dict[str, str] | None = None) -> None:
    await scene.open(READY, CHATS)
    await scene.page.get_by_role("link", name="Tea").click()
    await scene.show({**CHAT, "alert": alert})


async def open_safety(scene: Scene, **more: Any) -> Locator:
    await open_chat(scene)
    await scene.page.get_by_role("button", name="Members", exact=True).click()
    await scene.show(members())
    await scene.page.get_by_role("button", name="Verify Bob").click()
    assert await scene.asked("safety_opened") == {"user_id": "b"}
    await scene.show(safety(**more))
    return scene.page.get_by_role("dialog", name="Safety code")


async def test_a_code_is_compared_marked_and_the_mark_taken_back(scene: Scene) -> None:
    dialog = await open_safety(scene)
    digits = dialog.get_by_role("group", name="Digits of the safety code")
    assert (await digits.inner_text()).split() == DIGITS
    await expect(dialog).to_contain_text("2 devices")
    await dialog.get_by_role("button", name="Mark as verified").click()
    assert await scene.asked("verification_changed") == {"user_id": "b", "verified": True}
    await scene.show(safety(verified_at=1))
    await dialog.get_by_role("button", name="Take the mark back").click()
    assert await scene.asked("verification_changed") == {"user_id": "b", "verified": False}


async def test_the_members_stay_below_the_code_with_their_focus(scene: Scene) -> None:
    await open_safety(scene)
    await scene.page.keyboard.press("Escape")
    await scene.asked("safety_closed")
    below = scene.page.get_by_role("dialog", name="Members")
    await expect(below.get_by_role("button", name="Verify Bob")).to_be_focused()
    assert not await scene.has_asked("members_closed")
    await scene.show(members(verified=True))
    rows = below.get_by_role("list", name="Members").get_by_role("listitem")
    await expect(rows.nth(1).get_by_text("Verified", exact=True)).to_be_visible()
    await expect(rows.nth(0).get_by_role("button")).to_have_count(0)
    await expect(below.get_by_role("region", name="Group code")).to_contain_text("12 34")


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("match", "This is the same code. Bob is verified."),
        ("other", "This is another code: do not trust this connection until you know why."),
        ("unreadable", "This QR code is no safety code."),
    ],
)
async def test_what_a_scan_has_said(scene: Scene, camera: Camera, outcome: str, sentence: str) -> None:
    dialog = await open_safety(scene)
    await camera.look_at(dialog.get_by_role("img", name="QR code of the safety code"))
    await dialog.get_by_role("button", name="Scan with the camera").click()
    assert await scene.asked("safety_scanned") == {"user_id": "b", "text": TEXT}
    await scene.show(safety(outcome=outcome, verified_at=int(outcome == "match")))
    await expect(dialog.get_by_text(sentence)).to_be_visible()
    await expect(dialog.get_by_role("alert")).to_have_count(int(outcome != "match"))


@pytest.mark.parametrize("width", [360, 1100])
async def test_the_code_is_reached_from_an_alert_on_every_screen(scene: Scene, width: int) -> None:
    await scene.page.set_viewport_size({"width": width, "height": 640})
    await open_chat(scene, ALERT)
    await scene.page.get_by_role("button", name="Verify").click()
    assert await scene.asked("safety_opened") == {"user_id": "b"}
    await scene.show(safety())
    dialog = scene.page.get_by_role("dialog", name="Safety code")
    sizes = await dialog.evaluate("each => [each.scrollWidth, each.clientWidth, innerWidth]")
    assert sizes[0] == sizes[1] < sizes[2]
    await scene.page.keyboard.press("Escape")
    await expect(scene.page.get_by_role("button", name="Verify")).to_be_focused()


async def test_an_alert_about_the_own_devices_leads_to_them(scene: Scene) -> None:
    await open_chat(scene, ALERT | {"user_id": "u"})
    await scene.page.get_by_role("button", name="Verify").click()
    await scene.asked("account_opened")
    assert not await scene.has_asked("safety_opened")


async def test_a_long_name_leaves_the_buttons_of_a_chat_on_a_phone(scene: Scene) -> None:
    await scene.page.set_viewport_size({"width": 360, "height": 640})
    await open_chat(scene)
    await scene.show({**CHAT, "name": "Tea with all the neighbours of the house", "alert": ALERT})
    for button in ("Members", "Verify", "Send"):
        box = await scene.page.get_by_role("button", name=button, exact=True).bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 360


async def test_a_draft_is_told_when_typing_stops_and_when_the_chat_is_left(scene: Scene) -> None:
    await scene.page.clock.install()
    await open_chat(scene)
    box = scene.page.get_by_role("textbox", name="Message", exact=True)
    await box.fill("Hal")
    await scene.page.clock.run_for(500)
    assert not await scene.has_asked("draft_changed")
    await scene.page.clock.run_for(600)
    assert await scene.asked("draft_changed") == {"group_id": "g", "text": "Hal"}
    await box.fill("Half")
    await scene.page.go_back()
    assert await scene.asked("draft_changed") == {"group_id": "g", "text": "Half"}


async def test_a_draft_ends_with_its_message(scene: Scene) -> None:
    await open_chat(scene)
    box = scene.page.get_by_role("textbox", name="Message", exact=True)
    await box.fill("At once")
    await box.press("Enter")
    assert await scene.asked("text_entered") == {"group_id": "g", "text": "At once"}
    assert not await scene.has_asked("draft_changed")
    await scene.show({"kind": "draft", "group_id": "g", "text": "From another device"})
    await expect(box).to_have_value("From another device")
    await box.press("Enter")
    assert await scene.asked("draft_changed") == {"group_id": "g", "text": ""}


async def test_a_draft_of_another_device_does_not_disturb_who_types(scene: Scene) -> None:
    await open_chat(scene)
    box = scene.page.get_by_role("textbox", name="Message", exact=True)
    await scene.show({"kind": "draft", "group_id": "g", "text": "One"})
    await expect(box).to_have_value("One")
    await box.fill("Two")
    await scene.show({"kind": "draft", "group_id": "g", "text": "Three"})
    await expect(box).to_have_value("Two")
    assert await scene.asked("draft_changed") == {"group_id": "g", "text": "Two"}


async def test_the_own_name_is_changed(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account()
    form = dialog.get_by_role("textbox", name="Your name")
    await form.fill("Ada L.")
    await form.press("Enter")
    assert await scene.asked("own_name_changed") == {"name": "Ada L."}
    await scene.show(account() | {"name": "Ada L."})
    await expect(dialog.get_by_text("Ada L.", exact=True)).to_be_visible()
    await expect(form).to_have_value("Ada L.")
