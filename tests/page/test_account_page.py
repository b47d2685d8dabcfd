"""The account on the page: signing in, the dialog, passkeys; with an engine that is played by hand."""

import json
import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from browser import Authenticator
from page_scene import CHAT, CHATS, DEVICES, NEW, RANDOM, READY, Scene, account, device

CODE: Final = "7K2QX-9M4TD-0WHZB-R5C8Y-JN3VE-P6GSA"
CREATE: Final = {
    "rp": {"id": "localhost", "name": "mls-chat"},
    "user": {"id": RANDOM, "name": "Ada", "displayName": "Ada"},
    "challenge": RANDOM,
    "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
    "authenticatorSelection": {"residentKey": "required", "userVerification": "required"},
    "extensions": {"credProps": True},
}
SILENT_AT_FIRST: Final = """() => {
    const create = navigator.credentials.create.bind(navigator.credentials);
    navigator.credentials.create = async (options) => {
        const made = await create(options);
        made.getClientExtensionResults = () => ({ credProps: { rk: true }, prf: { enabled: true } });
        return made;
    };
}"""
"""Many authenticators say of a new passkey only that it can give a secret."""
GET: Final = {"rpId": "localhost", "challenge": RANDOM, "userVerification": "required"}


def sign_in(stage: str, step: str = "", error: str = "") -> dict[str, Any]:
    return {"kind": "sign_in", "stage": stage, "step": step, "error": error}


by_ip_address = pytest.mark.parametrize("scene", ["127.0.0.1"], indirect=True)


@pytest.mark.parametrize("passkey", [False, True])
async def test_a_newcomer_gives_a_name_and_the_page_the_devices(scene: Scene, passkey: bool) -> None:
    await scene.open(NEW)
    await scene.page.get_by_role("checkbox", name="Add a passkey").set_checked(passkey)
    await scene.page.get_by_role("textbox", name="Your name").fill("Ada")
    await scene.page.keyboard.press("Enter")
    assert await scene.asked("name_entered") == {"name": "Ada", "device": "Chromium on Linux", "passkey": passkey}


async def test_signing_in_with_the_recovery_code(scene: Scene) -> None:
    await scene.open(NEW)
    page = scene.page
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("button", name="Use a recovery code").click()
    field = page.get_by_role("textbox", name="Recovery code", exact=True)
    await expect(field).to_be_focused()
    await expect(page.get_by_role("button", name="Restore")).to_be_disabled()
    await page.keyboard.insert_text(f"  {CODE[:18]}\n{CODE[18:]} ")
    await page.keyboard.press("Enter")
    asked = await scene.asked("sign_in_requested")
    assert asked == {"way": "code", "code": f"{CODE[:18]}\n{CODE[18:]}", "device": "Chromium on Linux"}
    await scene.show(sign_in("working", "Opening the account…"))
    await expect(page.get_by_text("Opening the account…")).to_be_visible()
    await expect(page.get_by_role("button", name="Restore")).to_be_disabled()
    await scene.show(sign_in("failed", error="A character of the recovery code is wrong."))
    await expect(page.get_by_role("alert")).to_have_text("A character of the recovery code is wrong.")
    await expect(field).to_have_value(re.compile(CODE[18:]))
    await scene.show(sign_in("working", "Opening the account…"))
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("textbox", name="Your name")).to_be_visible()


async def test_signing_in_with_a_passkey_gives_the_focus_back_when_it_fails(scene: Scene) -> None:
    await scene.open(NEW)
    await scene.page.get_by_role("button", name="Sign in").click()
    button = scene.page.get_by_role("button", name="Use a passkey")
    await expect(button).to_be_focused()
    await scene.page.keyboard.press("Enter")
    assert (await scene.asked("sign_in_requested"))["way"] == "passkey"
    await scene.show(sign_in("working"))
    await expect(button).to_be_disabled()
    await scene.show(sign_in("failed", error="Cancelled."))
    await expect(button).to_be_focused()


async def test_signing_in_is_offered_with_an_invite_link_and_where_an_account_was(scene: Scene) -> None:
    join = {"stage": "ready", "group_name": "Tea", "group_id": "", "error": "", "retry": False}
    await scene.open(NEW, {"kind": "join", **join})
    await expect(scene.page.get_by_role("heading", name="You are invited to Tea")).to_be_visible()
    await expect(scene.page.get_by_role("button", name="Sign in")).to_be_visible()
    await scene.page.evaluate("localStorage.setItem('mls-chat account', 'here')")
    await scene.page.reload()
    await scene.open(NEW)
    await expect(scene.page.get_by_role("heading", name="Your account is no longer in this browser")).to_be_visible()
    await scene.page.get_by_role("button", name="Sign in").click()
    await expect(scene.page.get_by_role("button", name="Use a passkey")).to_be_visible()


async def test_the_account_is_asked_for_while_its_dialog_is_open_and_forgotten_after(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account(code=CODE)
    await expect(dialog.get_by_text("Ada", exact=True)).to_be_visible()
    await scene.page.keyboard.press("Escape")
    await scene.asked("account_closed")
    button = scene.page.get_by_role("button", name="Account", exact=True)
    await expect(button).to_be_focused()
    await button.click()
    await expect(dialog.get_by_text("Opening your account…")).to_be_visible()
    await expect(dialog.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize("chat", [False, True])
async def test_the_account_is_reached_on_a_phone_too(scene: Scene, chat: bool) -> None:
    await scene.page.set_viewport_size({"width": 360, "height": 640})
    await scene.open(READY, CHATS)
    if chat:
        await scene.page.get_by_role("link", name="Tea").click()
        opened = {"group_id": "g", "name": "Tea", "state": "active", "lines": [], "earlier": False, "alert": None}
        await scene.show({"kind": "chat", **opened})
        await expect(scene.page.get_by_role("heading", name="Tea")).to_be_visible()
    dialog = await scene.open_account(code=CODE, code_unsaved=True, wants="To go on, open your account.")
    sizes = await dialog.evaluate("each => [each.scrollWidth, each.clientWidth, innerWidth]")
    assert sizes[0] == sizes[1] < sizes[2]


async def test_the_recovery_code_is_shown_selected_and_confirmed_by_entering_it(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account(code_unsaved=True)
    await dialog.get_by_role("button", name="Show recovery code").click()
    await scene.asked("recovery_code_requested")
    await scene.show(account(code=CODE, code_unsaved=True))
    shown = dialog.get_by_role("textbox", name="Your recovery code")
    await expect(shown).to_have_value(CODE)
    await expect(shown).to_be_focused()
    assert await shown.evaluate("each => each.value.slice(each.selectionStart, each.selectionEnd)") == CODE
    assert not await shown.is_editable()
    await dialog.get_by_role("button", name="Copy", exact=True).click()
    await expect(dialog.get_by_text("Copied", exact=True)).to_be_visible()
    again = dialog.get_by_role("textbox", name="Enter the code again to confirm")
    await again.press("Control+V")
    await dialog.get_by_role("button", name="I have saved it").click()
    assert await scene.asked("recovery_code_confirmed") == {"code": CODE}
    await scene.show(account(code=CODE))
    await expect(again).to_have_count(0)


async def test_what_waits_for_the_accounts_secrets_is_told_with_both_ways(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account()
    await expect(dialog.get_by_role("button", name="Use a passkey")).to_have_count(0)
    sentence = "To revoke a device, open your account."
    await scene.show(account(wants=sentence))
    region = dialog.get_by_role("region", name=sentence)
    await region.get_by_role("button", name="Use a passkey").click()
    assert await scene.asked("secrets_requested") == {"way": "passkey", "code": ""}
    await region.get_by_role("button", name="Use a recovery code").click()
    await region.get_by_role("textbox", name="Recovery code", exact=True).fill(CODE)
    await region.get_by_role("button", name="Continue").click()
    assert await scene.asked("secrets_requested") == {"way": "code", "code": CODE}
    await scene.show(account(wants=sentence, busy="Opening…"))
    await expect(dialog.get_by_text("Opening…")).to_be_visible()
    await expect(region.get_by_role("button", name="Continue")).to_be_disabled()
    await scene.show(account(wants=sentence, error="The code is wrong."))
    await expect(dialog.get_by_role("alert")).to_have_text("The code is wrong.")
    await expect(region.get_by_role("button", name="Continue")).to_be_enabled()


async def test_devices_are_listed_with_the_revoked_ones_at_the_end(scene: Scene) -> None:
    await scene.open(READY)
    items = (await scene.open_account()).get_by_role("list", name="Devices").get_by_role("listitem")
    await expect(items).to_have_text([re.compile("Chrome on Linux"), re.compile("Safari"), re.compile("Old phone")])
    await expect(items.nth(0)).to_contain_text("this device")
    await expect(items.nth(1)).to_contain_text("last used on")
    await expect(items.nth(2)).to_contain_text("revoked")
    await expect(items.nth(2).get_by_role("button")).to_have_count(0)
    await expect(items.nth(0).get_by_role("button")).to_have_count(1)


async def test_devices_are_renamed(scene: Scene) -> None:
    await scene.open(READY)
    items = (await scene.open_account()).get_by_role("list", name="Devices").get_by_role("listitem")
    await items.nth(0).get_by_role("textbox", name="Device name").fill(" Laptop ")
    await items.nth(0).get_by_role("button", name="Save").click()
    assert await scene.asked("device_rename_requested") == {"device_id": "d2", "name": "Laptop"}
    await items.nth(1).get_by_role("button", name="Rename Safari on iPhone").click()
    field = items.nth(1).get_by_role("textbox", name="Device name")
    await expect(field).to_be_focused()
    await field.fill("Phone")
    await field.press("Enter")
    assert await scene.asked("device_rename_requested") == {"device_id": "d3", "name": "Phone"}
    await scene.show(account(devices=[DEVICES[1], device(3, "Phone")]))
    await expect(field).to_have_count(0)
    await expect(items.nth(1)).to_contain_text("Phone")


async def test_a_device_is_revoked_unless_that_is_undone_at_once(scene: Scene) -> None:
    await scene.open(READY)
    await scene.page.clock.install()
    dialog = await scene.open_account()
    revoke = dialog.get_by_role("button", name="Revoke Safari on iPhone", exact=True)
    undo = dialog.get_by_role("button", name="Undo revoking Safari on iPhone")
    await revoke.click()
    await expect(undo).to_be_focused()
    await scene.page.keyboard.press("Enter")
    await expect(revoke).to_be_focused()
    await scene.page.clock.run_for(10_000)
    assert not await scene.has_asked("device_revocation_requested")
    await revoke.click()
    await scene.show(account())
    await expect(undo).to_be_visible()
    await scene.page.clock.run_for(5_000)
    assert await scene.asked("device_revocation_requested") == {"device_id": "d3"}
    await expect(revoke).to_be_disabled()
    await scene.show(account(error="The server is out of reach."))
    await expect(revoke).to_be_enabled()


async def test_a_device_is_revoked_although_the_dialog_is_closed_at_once(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account()
    await dialog.get_by_role("button", name="Revoke Safari on iPhone", exact=True).click()
    await scene.page.keyboard.press("Escape")
    assert await scene.asked("device_revocation_requested") == {"device_id": "d3"}


async def test_passkeys_are_listed_added_and_removed(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account()
    await expect(dialog.get_by_role("list", name="Passkeys").get_by_role("listitem")).to_contain_text("not used yet")
    await dialog.get_by_role("button", name="Remove passkey My key").click()
    assert await scene.asked("passkey_removal_requested") == {"passkey_id": "p"}
    await dialog.get_by_role("button", name="Add a passkey").click()
    assert await scene.asked("passkey_add_requested") == {"name": "Chromium on Linux"}


async def test_the_code_is_to_be_saved_once_there_is_a_chat_and_it_can_wait(scene: Scene) -> None:
    await scene.open(READY | {"code_unsaved": True})
    reminder = scene.page.get_by_role("complementary", name="Recovery code")
    await expect(reminder).to_have_count(0)
    await scene.show(CHATS)
    await reminder.get_by_role("button", name="Save recovery code").click()
    await scene.asked("account_opened")
    await scene.asked("recovery_code_requested")
    await scene.page.keyboard.press("Escape")
    await reminder.get_by_role("button", name="Later").click()
    await expect(reminder).to_have_count(0)
    await scene.show(READY | {"code_unsaved": True})
    await expect(reminder).to_have_count(0)


async def test_the_backup_is_tested_and_what_came_of_it_told(scene: Scene) -> None:
    await scene.open(READY)
    dialog = await scene.open_account()
    await dialog.get_by_role("button", name="Test the backup").click()
    await scene.asked("backup_test_requested")
    await scene.show(account(backup="Your backup can be restored."))
    await expect(dialog.get_by_role("region", name="Backup")).to_contain_text("Your backup can be restored.")


async def test_how_the_history_comes_is_told_until_it_is_there(scene: Scene) -> None:
    await scene.open(READY)
    bar = scene.page.get_by_role("complementary", name="History")
    await expect(bar).to_have_count(0)
    await scene.show({"kind": "history", "stage": "loading", "done": 3, "total": 12, "text": ""})
    assert await bar.get_by_role("progressbar").evaluate("each => [each.value, each.max]") == [3, 12]
    await scene.show({"kind": "history", "stage": "done", "done": 12, "total": 12, "text": "Your history is back."})
    await expect(bar.get_by_text("Your history is back.")).to_be_visible()
    await bar.get_by_role("button", name="Close").click()
    await expect(bar).to_have_count(0)


@pytest.mark.parametrize("width", [1100, 360])
async def test_what_is_told_above_the_chats_leaves_them_in_their_place(scene: Scene, width: int) -> None:
    await scene.page.set_viewport_size({"width": width, "height": 640})
    history = {"kind": "history", "stage": "loading", "done": 3, "total": 12, "text": ""}
    await scene.open(READY | {"code_unsaved": True}, CHATS, history)
    await scene.page.get_by_role("link", name="Tea").click()
    opened = {"group_id": "g", "name": "Tea", "state": "active", "lines": [], "earlier": False, "alert": None}
    await scene.show({"kind": "chat", **opened})
    reminder = scene.page.get_by_role("complementary", name="Recovery code")
    places = [await each.bounding_box() for each in (reminder, scene.page.get_by_role("textbox", name="Message"))]
    above, composer = [place for place in places if place is not None]
    assert above["y"] + above["height"] < 230
    assert composer["y"] + composer["height"] == pytest.approx(640, abs=30)


async def test_a_group_that_this_device_is_entering_is_not_written_to_yet(scene: Scene) -> None:
    entering = {"group_id": "g", "name": "Tea", "state": "entering", "lines": [], "earlier": False, "alert": None}
    await scene.open(READY, {"kind": "chats", "chats": [CHAT | {"state": "entering", "alert": None}]})
    about = re.compile("this device is entering…")
    await expect(scene.page.get_by_role("link", name="Tea")).to_have_accessible_description(about)
    await scene.page.get_by_role("link", name="Tea").click()
    await scene.show({"kind": "chat", **entering})
    await expect(scene.page.get_by_text("You can write here as soon as this device is in.")).to_be_visible()
    await expect(scene.page.get_by_role("textbox", name="Message")).to_have_count(0)


async def test_a_revoked_device_gives_back_what_it_had_not_sent(scene: Scene) -> None:
    unsent = [{"group_name": "Tea", "text": "one"}, {"group_name": "Choir", "text": "two\nlines"}]
    await scene.open(READY | {"stage": "revoked", "unsent": unsent})
    page = scene.page
    await expect(page.get_by_role("heading", name="This device was signed out by your account")).to_be_visible()
    texts = page.get_by_role("list", name="Not sent").get_by_role("listitem")
    await expect(texts).to_have_count(2)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy all").click()
    await expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert await pasted(page) == "Tea:\none\n\nChoir:\ntwo\nlines"
    await texts.nth(1).get_by_role("button", name="Copy text 2").click()
    await expect(texts.nth(1).get_by_text("Copied", exact=True)).to_be_visible()
    assert await pasted(page) == "two\nlines"


async def pasted(page: Page) -> str:
    await page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), { id: 'paste' }))")
    await page.locator("#paste").press("Control+V")
    text = await page.locator("#paste").input_value()
    await page.evaluate("document.querySelector('#paste').remove()")
    return text


@pytest.mark.parametrize("at_once", [True, False])
async def test_a_passkey_gives_the_same_secret_when_it_is_made_and_when_it_is_used(scene: Scene, at_once: bool) -> None:
    await Authenticator.of(scene.page)
    await scene.open(READY)
    if not at_once:
        await scene.page.evaluate(SILENT_AT_FIRST)
    made, used = await scene.passkey("create", CREATE), await scene.passkey("get", GET)
    assert made["prf"] == used["prf"]
    assert len(made["prf"]) == 43
    for answer in (made, used):
        response = json.loads(answer["response"])
        assert answer["event"] == "passkey_answered"
        assert "prf" not in response["clientExtensionResults"]
        assert answer["prf"] not in answer["response"]
    assert json.loads(made["response"])["clientExtensionResults"]["credProps"]["rk"] is True


async def test_a_passkey_without_prf_gives_none(scene: Scene) -> None:
    await Authenticator.of(scene.page, prf=False)
    await scene.open(READY)
    assert [(await scene.passkey("create", CREATE))["prf"], (await scene.passkey("get", GET))["prf"]] == ["", ""]


async def test_a_refused_passkey_is_told(scene: Scene) -> None:
    keys = await Authenticator.of(scene.page)
    await scene.open(READY)
    await scene.passkey("create", CREATE)
    again = await scene.passkey("create", CREATE | {"excludeCredentials": [await only_passkey(keys)]})
    assert again["reason"] == "There is a passkey of your account on this device already."
    await keys.forget_person()
    refused = await scene.passkey("get", GET | {"timeout": 1000})
    assert refused == {
        "event": "passkey_failed",
        "reason": "The passkey was not used: cancelled or timed out. Try again.",
    }


async def only_passkey(keys: Authenticator) -> dict[str, str]:
    [kept] = await keys.passkeys()
    number = kept["credentialId"].replace("+", "-").replace("/", "_").rstrip("=")
    return {"id": number, "type": "public-key"}


@by_ip_address
async def test_an_ip_address_is_told_with_a_way_to_the_page_by_name(scene: Scene) -> None:
    await Authenticator.of(scene.page)
    await scene.open(NEW)
    refused = await scene.passkey("get", GET | {"rpId": "127.0.0.1"})
    assert refused["reason"].startswith("Passkeys need a host name")
    await scene.page.get_by_role("button", name="Sign in").click()
    await scene.show(sign_in("failed", error=refused["reason"]))
    named = scene.page.url.replace("127.0.0.1", "localhost").rstrip("/")
    await expect(scene.page.get_by_role("alert").get_by_role("link", name=named)).to_have_attribute("href", named)
