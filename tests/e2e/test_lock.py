"""A locked account: nothing of it can be read in this browser until a passkey or the recovery code opens it."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from browser import Authenticator, Newcomer
from browser_profile import Settler
from leaving import account_dialog, enter_code, is_locked, lock, save_code
from person import Person
from profile_files import device_keys_in, files_with, text_forms
from stored import stored_beside

pytestmark = pytest.mark.timeout(300)
PRIVATE = ("Alice", "Hiking", "Before the lock")


async def shows_nothing(page: Page) -> None:
    await is_locked(page)
    text = await page.evaluate("document.body.innerText + document.title + location.href")
    for root in await page.locator("mls-app").all():
        text += await root.inner_text()
    assert not [word for word in PRIVATE if word in text]


async def with_chat(newcomer: Newcomer) -> tuple[Person, Person, str]:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    await alice.say("Before the lock")
    await bob.sees("Before the lock")
    return alice, bob, await save_code(alice)


async def test_locking_all_tabs_and_what_came_meanwhile_arrives_once(newcomer: Newcomer) -> None:
    alice, bob, code = await with_chat(newcomer)
    second = await alice.context.new_page()
    await second.goto(alice.url)
    await expect(second.get_by_role("status")).to_have_text("Connected")
    await lock(alice)
    await shows_nothing(alice.page)
    await shows_nothing(second)
    await bob.say("While it was locked")
    await alice.page.reload()
    await shows_nothing(alice.page)
    await enter_code(alice.page, code[:-1])
    await alice.is_told("A recovery code has 30 characters, this one has 29.")
    wrong = code[:-8] + ("0" if code[-8] != "0" else "1") + code[-7:]
    await enter_code(alice.page, wrong)
    await expect(alice.page.get_by_role("alert")).not_to_contain_text("29")
    await is_locked(second)
    await enter_code(alice.page, code)
    await alice.is_connected()
    await alice.open_chat("Hiking")
    await alice.sees("Before the lock", "While it was locked")
    await expect(second.get_by_role("navigation", name="Chats")).to_be_visible()
    await alice.say("After it")
    await bob.sees("Before the lock", "While it was locked", "After it")
    await alice.page.reload()
    await alice.sees("Before the lock", "While it was locked", "After it")


async def test_the_passkey_unlocks(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice", "localhost")
    await Authenticator.of(alice.page)
    await alice.create_group("Hiking")
    dialog = await account_dialog(alice)
    await expect(dialog.get_by_text("Save your recovery code or add a passkey first").first).to_be_visible()
    await dialog.get_by_role("button", name="Add a passkey").click()
    await expect(dialog.get_by_role("list", name="Passkeys").get_by_role("listitem")).to_have_count(1)
    await dialog.get_by_role("button", name="Lock now").click()
    await is_locked(alice.page)
    await alice.page.get_by_role("button", name="Use a passkey").click()
    await alice.is_connected()
    await alice.open_chat("Hiking")
    await alice.say("Back again")
    await alice.sees("Back again")


async def test_it_is_not_locked_while_nothing_could_open_it_again(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    dialog = await account_dialog(alice)
    await dialog.get_by_role("button", name="Lock now").click()
    await alice.is_told("Save your recovery code or add a passkey first")
    choice = dialog.get_by_role("combobox", name="Lock automatically")
    await choice.select_option("After 5 minutes")
    await expect(choice).to_have_value("never")
    await dialog.get_by_role("button", name="Sign out").click()
    await expect(dialog.get_by_role("button", name="Keep on this device, locked")).to_be_disabled()


async def test_a_machine_that_slept_is_locked_when_it_wakes(newcomer: Newcomer) -> None:
    alice, _, code = await with_chat(newcomer)
    dialog = await account_dialog(alice)
    choice = dialog.get_by_role("combobox", name="Lock automatically")
    await choice.select_option("After 5 minutes")
    await expect(choice).to_have_value("5")
    await alice.page.keyboard.press("Escape")
    beside = await alice.context.new_page()
    stored = await stored_beside(beside, alice.url)
    await alice.page.goto("about:blank")
    await stored.run(
        "return using((database) => done(store(database, 'meta', 'readwrite').put(Date.now() - 301_000, 'active_at')));"
    )
    await alice.page.goto(alice.url)
    await shows_nothing(alice.page)
    await enter_code(alice.page, code)
    await alice.is_connected()


async def test_after_locking_neither_text_nor_key_lies_in_the_profile(settle: Settler) -> None:
    profile = await settle("Alice")
    alice = profile.person
    await alice.create_group("Hiking")
    await alice.say("Before the lock")
    await alice.sees("Before the lock")
    await save_code(alice)
    stored = await stored_beside(await alice.context.new_page(), alice.url)
    row_key = await stored.row_key()
    await profile.close()
    keys = device_keys_in(profile.folder)
    assert keys, "the key that wraps the row key lies in the profile while it is open"
    await profile.start()
    await profile.person.is_connected()
    await lock(profile.person)
    dump = await dump_of(profile.person)
    assert set(dump["meta"]) == {"generation", "label", "locked"}
    await profile.close()
    for secret in [row_key, *keys, *(form for word in PRIVATE for form in text_forms(word))]:
        assert files_with(profile.folder, secret) == [], secret
    await profile.start()
    await is_locked(profile.person.page)


async def dump_of(person: Person) -> dict[str, Any]:
    stored = await stored_beside(await person.context.new_page(), person.url)
    return {name: [key for key, _ in rows] for name, rows in (await stored.dump()).items()}
