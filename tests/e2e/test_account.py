"""One account on several devices: signing in with the recovery code or a passkey, and the dialog "Account"."""

import re
from typing import Any, Final

import pytest
from playwright.async_api import Locator, expect

from browser import Authenticator, Blank, Newcomer
from person import Person

pytestmark = pytest.mark.timeout(300)
NAMED: Final = "localhost"
"""Passkeys need a host name."""
PARTS: Final = ["authenticatorData", "clientDataJSON", "signature", "userHandle"]
HAND_OVER: Final = """async ({ rpId, userVerification, challenge, salt, parts }) => {
    const numbers = (buffer) => buffer && [...new Uint8Array(buffer)];
    const extensions = { prf: { eval: { first: Uint8Array.from(salt) } } };
    const publicKey = { rpId, userVerification, challenge: Uint8Array.from(challenge), extensions };
    const given = await navigator.credentials.get({ publicKey });
    const response = Object.fromEntries(parts.map((part) => [part, numbers(given.response[part])]));
    const { prf } = given.getClientExtensionResults();
    return { id: given.id, rawId: numbers(given.rawId), response, secret: numbers(prf?.results?.first) };
}"""
BORROW: Final = """navigator.credentials.get = async ({ publicKey }) => {
    const bytes = (numbers) => numbers && Uint8Array.from(numbers).buffer;
    const numbers = (buffer) => [...new Uint8Array(buffer)];
    const { rpId, userVerification, challenge, extensions } = publicKey;
    const salt = numbers(extensions.prf.eval.first);
    const given = await otherBrowser({ rpId, userVerification, challenge: numbers(challenge), salt });
    const response = Object.fromEntries(Object.entries(given.response).map(([part, value]) => [part, bytes(value)]));
    const prf = given.secret ? { results: { first: bytes(given.secret) } } : {};
    const extensionResults = () => ({ prf });
    return { id: given.id, rawId: bytes(given.rawId), type: "public-key", response,
        authenticatorAttachment: "cross-platform", getClientExtensionResults: extensionResults };
};"""


async def borrow_passkeys(person: Person, owner: Person) -> None:
    """From the next page on a browser asks the authenticator of another one, as it would ask a phone: Chromium's does
    not let a passkey's PRF secret be copied."""

    async def ask(_source: object, asked: dict[str, Any]) -> Any:
        return await owner.page.evaluate(HAND_OVER, asked | {"parts": PARTS})

    await person.context.expose_binding("otherBrowser", ask)
    await person.context.add_init_script(BORROW)
    await person.page.reload()


async def open_account(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Account", exact=True).click()
    dialog = person.page.get_by_role("dialog", name="Account")
    await expect(devices_of(dialog).first).to_be_visible()
    return dialog


async def close(person: Person) -> None:
    await person.page.keyboard.press("Escape")
    await expect(person.page.get_by_role("dialog")).to_have_count(0)


def devices_of(dialog: Locator) -> Locator:
    return dialog.get_by_role("list", name="Devices").get_by_role("listitem")


async def recovery_code(person: Person) -> str:
    """As it is shown; it must never be seen in a request."""
    dialog = await open_account(person)
    await dialog.get_by_role("button", name="Show recovery code").click()
    field = dialog.get_by_role("textbox", name="Your recovery code")
    await expect(field).to_have_value(re.compile("^([0-9A-Z]{5}-){5}[0-9A-Z]{5}$"))
    code = await field.input_value()
    await close(person)
    person.watcher.secrets += [code, code.replace("-", "")]
    return code


async def choose_code(person: Person, code: str) -> None:
    person.watcher.secrets += [code, code.replace("-", "")]
    await person.page.get_by_role("button", name="Sign in").click()
    await person.page.get_by_role("button", name="Use a recovery code").click()
    await person.page.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
    await person.page.get_by_role("button", name="Restore").click()


async def choose_passkey(person: Person) -> None:
    await person.page.get_by_role("button", name="Sign in").click()
    await person.page.get_by_role("button", name="Use a passkey").click()


async def open_secrets(dialog: Locator, done: Locator, code: str = "") -> None:
    """Waits until something is done; by a passkey, or the code, where the account has to be opened for that first."""
    passkey = dialog.get_by_role("button", name="Use a passkey")
    await expect(passkey.or_(done).first).to_be_visible()
    if not await passkey.is_visible():
        return
    if not code:
        await passkey.click()
    else:
        await dialog.get_by_role("button", name="Use a recovery code").click()
        await dialog.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
        await dialog.get_by_role("button", name="Continue").click()
    await expect(done).to_be_visible()


async def both_write(first: Person, second: Person, group: str) -> None:
    """The second device is in the group and each of the two reads the other."""
    await second.is_connected()
    await second.open_chat(group)
    await second.say("From the second device")
    await first.sees("From the second device")
    await first.say("From the first device")
    for person in (first, second):
        await person.sees("From the first device", "From the second device")


async def test_a_second_browser_signs_in_with_the_recovery_code(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    await first.say("Before")
    await first.sees("Before")
    code = await recovery_code(first)
    second = await blank("Alice")
    await choose_code(second, code.lower().replace("-", " "))
    await both_write(first, second, "Hiking")
    for person in (first, second):
        await expect(devices_of(await open_account(person))).to_have_count(2)


async def test_a_wrong_recovery_code_is_told_and_can_be_corrected(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    code = await recovery_code(first)
    second = await blank("Alice")
    await choose_code(second, code[:-1])
    await second.is_told("A recovery code has 30 characters, this one has 29.")
    await second.page.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
    await second.page.keyboard.press("Enter")
    await both_write(first, second, "Hiking")


async def test_the_reminder_goes_once_the_code_is_saved(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    reminder = alice.page.get_by_role("complementary", name="Recovery code")
    await expect(reminder).to_have_count(0)
    await alice.create_group("Hiking")
    await reminder.get_by_role("button", name="Save recovery code").click()
    dialog = alice.page.get_by_role("dialog", name="Account")
    shown = dialog.get_by_role("textbox", name="Your recovery code")
    await expect(shown).to_be_focused()
    code = await shown.input_value()
    again = dialog.get_by_role("textbox", name="Enter the code again to confirm")
    await again.fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
    await dialog.get_by_role("button", name="I have saved it").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await again.fill(code)
    await dialog.get_by_role("button", name="I have saved it").click()
    await expect(again).to_have_count(0)
    await close(alice)
    await expect(reminder).to_have_count(0)
    await alice.page.reload()
    await alice.is_in("Hiking")
    await expect(reminder).to_have_count(0)


async def test_a_second_browser_signs_in_with_a_passkey(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice", NAMED)
    await Authenticator.of(first.page)
    await first.create_group("Hiking")
    dialog = await open_account(first)
    await dialog.get_by_role("button", name="Add a passkey").click()
    passkeys = dialog.get_by_role("list", name="Passkeys").get_by_role("listitem")
    await expect(passkeys).to_have_count(1)
    await close(first)
    second = await blank("Alice", NAMED)
    await borrow_passkeys(second, first)
    await choose_passkey(second)
    await both_write(first, second, "Hiking")
    dialog = await open_account(first)
    await expect(passkeys).to_contain_text("last used just now")
    await dialog.get_by_role("button", name="Remove passkey").click()
    await open_secrets(dialog, dialog.get_by_text("No passkey yet"))


async def test_a_passkey_without_prf_is_refused_and_the_recovery_code_named(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice", NAMED)
    await Authenticator.of(alice.page, prf=False)
    dialog = await open_account(alice)
    await dialog.get_by_role("button", name="Add a passkey").click()
    alert = dialog.get_by_role("alert")
    await expect(alert).to_contain_text(re.compile("passkey.*can't open.*recovery code", re.IGNORECASE | re.DOTALL))
    await expect(dialog.get_by_role("list", name="Passkeys")).to_have_count(0)


async def test_a_passkey_that_is_refused_by_its_person_can_be_tried_again(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice", NAMED)
    keys = await Authenticator.of(alice.page)
    await keys.forget_person()
    dialog = await open_account(alice)
    await dialog.get_by_role("button", name="Add a passkey").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("The passkey was not used: cancelled or timed out.")
    await keys.remove()
    await Authenticator.of(alice.page)
    await dialog.get_by_role("button", name="Add a passkey").click()
    await expect(dialog.get_by_role("list", name="Passkeys").get_by_role("listitem")).to_have_count(1)
    await expect(dialog.get_by_role("alert")).to_have_count(0)


async def test_a_passkey_at_an_ip_address_is_told_with_the_way_to_the_page_by_name(blank: Blank) -> None:
    alice = await blank("Alice")
    await Authenticator.of(alice.page)
    await choose_passkey(alice)
    named = alice.url.replace("127.0.0.1", NAMED)
    await expect(alice.page.get_by_role("alert").get_by_role("link", name=named)).to_be_visible()


async def test_devices_are_listed_renamed_and_revoked(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    await first.create_group("Hiking")
    code = await recovery_code(first)
    second = await blank("Alice")
    await choose_code(second, code)
    await both_write(first, second, "Hiking")
    dialog = await open_account(second)
    mine = devices_of(dialog).filter(has_text="this device")
    await mine.get_by_role("textbox", name="Device name").fill("Old laptop")
    await mine.get_by_role("button", name="Save").click()
    await expect(mine).to_contain_text("Old laptop")
    await close(second)
    dialog = await open_account(first)
    other = devices_of(dialog).filter(has_text="Old laptop")
    await expect(devices_of(dialog)).to_have_count(2)
    await other.get_by_role("button", name="Rename Old laptop").click()
    await other.get_by_role("textbox", name="Device name").fill("Lost laptop")
    await other.get_by_role("button", name="Save").click()
    await dialog.get_by_role("button", name="Revoke Lost laptop", exact=True).click()
    revoked = devices_of(dialog).filter(has_text="Lost laptop").get_by_text("revoked")
    await open_secrets(dialog, revoked, code)
    await expect(devices_of(dialog).last).to_contain_text("Lost laptop")
    await expect(second.page.get_by_role("heading", name="This device was signed out by your account")).to_be_visible()
    await close(first)
    await first.say("Without the lost one")
    await first.sees("Without the lost one")
    await second.page.reload()
    await expect(second.page.get_by_role("heading", name="This device was signed out by your account")).to_be_visible()
