"""F51: whoever signs out and erases leaves nothing in the browser, in no store and in no file."""

import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from browser import Blank, Newcomer
from browser_profile import Settler
from leaving import account_dialog, is_welcomed, lock, save_code
from person import Person
from profile_files import device_keys_in, files_with, text_forms
from stored import stored_beside

pytestmark = pytest.mark.timeout(300)
STORES: Final = """async () => ({
    databases: (await indexedDB.databases()).map(({ name }) => name).sort(),
    local: { ...localStorage },
    session: { ...sessionStorage },
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
FIRST_VISIT: Final = {
    "databases": ["mls-chat", "mls-chat key"],
    "local": {},
    "session": {},
    "caches": [],
    "workers": 0,
}


async def stores(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate(STORES)
    return found


async def sign_out(person: Person, *buttons: str) -> None:
    dialog = await account_dialog(person)
    for button in ("Sign out", *buttons):
        await dialog.get_by_role("button", name=button, exact=True).click()


async def test_signing_out_asks_and_keeps_the_account_locked(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Hiking")
    await save_code(alice)
    dialog = await account_dialog(alice)
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    await expect(dialog.get_by_text("this device stays in your account's list")).to_be_visible()
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(dialog.get_by_role("button", name="Sign out", exact=True)).to_be_focused()
    await dialog.get_by_role("button", name="Sign out", exact=True).click()
    await dialog.get_by_role("button", name="Keep on this device, locked").click()
    await expect(alice.page.get_by_role("heading", name="Locked", exact=True)).to_be_visible()


async def test_erasing_leaves_nothing_in_any_store_and_in_no_file(settle: Settler) -> None:
    profile = await settle("Alice Liddell")
    alice = profile.person
    assert (await stores(alice.page))["local"] == {"mls-chat account": "here"}
    await alice.create_group("Wonderland walks")
    await alice.say("Meet me at the rabbit hole")
    await alice.sees("Meet me at the rabbit hole")
    await alice.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    stored = await stored_beside(await alice.context.new_page(), alice.url)
    row_key, account = await stored.row_key(), await stored.get("account", "account")
    await profile.close()
    secrets = [row_key, account[13:45], *device_keys_in(profile.folder)]
    assert len(secrets) == 3
    assert all(files_with(profile.folder, secret) for secret in secrets[1:])
    await profile.start()
    await profile.person.is_connected()
    await save_code(profile.person)
    await sign_out(profile.person, "Erase everything here")
    await is_welcomed(profile.person.page)
    assert await stores(profile.person.page) == FIRST_VISIT
    await profile.person.page.reload()
    await is_welcomed(profile.person.page)
    await profile.close()
    words = ("Alice Liddell", "Wonderland walks", "Meet me at the rabbit hole")
    for secret in [*secrets, *(form for word in words for form in text_forms(word))]:
        assert files_with(profile.folder, secret) == [], secret
    await profile.start()
    await is_welcomed(profile.person.page)


async def test_all_tabs_go_and_the_others_see_that_the_device_has_left(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    second = await alice.context.new_page()
    await second.goto(alice.url)
    await expect(second.get_by_role("status")).to_have_text("Connected")
    await sign_out(alice, "Erase everything here")
    for_ever = alice.page.get_by_role("dialog").get_by_text("it is gone for ever")
    await expect(for_ever).to_be_visible()
    await alice.page.get_by_role("button", name="Erase my account for ever").click()
    for page in (alice.page, second):
        await is_welcomed(page)
    assert await stores(second) == FIRST_VISIT
    await bob.page.get_by_role("button", name="Members").click()
    members = bob.page.get_by_role("dialog", name=re.compile("Members"))
    await expect(members.get_by_role("listitem")).to_have_count(1)
    alice.name = "Alex"
    await alice.start()
    await alice.create_group("Anew")


async def test_a_browser_that_goes_down_in_the_middle_goes_on_erasing(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Hiking")
    stored = await stored_beside(await alice.context.new_page(), alice.url)
    await alice.page.goto("about:blank")
    await stored.run(
        "return using((database) => done(store(database, 'meta', 'readwrite').put(true, 'erasing')));"
    )  # as a crash leaves it
    await alice.page.goto(alice.url)
    await is_welcomed(alice.page)
    assert await stores(alice.page) == FIRST_VISIT


async def test_a_locked_account_is_erased_without_opening_it(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await save_code(alice)
    await lock(alice)
    await alice.page.get_by_role("button", name="Sign out and erase").click()
    await alice.page.get_by_role("button", name="Cancel").click()
    await expect(alice.page.get_by_role("button", name="Sign out and erase")).to_be_focused()
    await alice.page.get_by_role("button", name="Sign out and erase").click()
    await alice.page.get_by_role("button", name="Erase everything here").click()
    await is_welcomed(alice.page)
    assert await stores(alice.page) == FIRST_VISIT


async def test_a_revoked_device_is_erased_and_starts_anew(newcomer: Newcomer, blank: Blank) -> None:
    first = await newcomer("Alice")
    code = await save_code(first)
    second = await blank("Alice")
    second.watcher.secrets += [code]
    await second.page.get_by_role("button", name="Sign in").click()
    await second.page.get_by_role("button", name="Use a recovery code").click()
    await second.page.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
    await second.page.get_by_role("button", name="Restore").click()
    await second.is_connected()
    dialog = await account_dialog(first)
    rows = dialog.get_by_role("list", name="Devices").get_by_role("listitem")
    await expect(rows).to_have_count(2)
    await rows.last.get_by_role("button", name=re.compile("^Revoke")).click()
    await first.page.keyboard.press("Escape")
    await account_dialog(first)
    way = dialog.get_by_role("button", name="Use a recovery code")
    await expect(way).to_be_visible()
    await way.click()
    await dialog.get_by_role("textbox", name="Recovery code", exact=True).fill(code)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(second.page.get_by_role("heading", name="This device was signed out by your account")).to_be_visible()
    await second.page.get_by_role("button", name="Erase and start anew").click()
    await second.page.get_by_role("button", name="Erase and start anew").click()
    await is_welcomed(second.page)
    assert await stores(second.page) == FIRST_VISIT
