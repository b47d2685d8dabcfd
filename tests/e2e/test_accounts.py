"""F56: several accounts in one browser profile stay apart, and a person goes from one to the other."""

import re

import pytest
from playwright.async_api import expect

from browser import Newcomer
from leaving import account_dialog, enter_code, is_locked, is_welcomed, save_code
from person import Person
from stored import Stored, stored_beside

pytestmark = pytest.mark.timeout(300)


async def use_another(person: Person) -> None:
    dialog = await account_dialog(person)
    await dialog.get_by_role("button", name="Use another account").click()
    await is_welcomed(person.page)


async def go_to(person: Person, state: str) -> None:
    """The only other account in the list."""
    accounts = person.page.get_by_role("list", name="Accounts").get_by_role("button")
    await expect(accounts).to_have_count(1)
    await expect(accounts).to_have_accessible_name(re.compile(f"^Account [\\w-]{{8}} {state}$"))
    await accounts.click()


async def test_two_accounts_stay_apart(newcomer: Newcomer) -> None:
    person, bob = await newcomer("Alice"), await newcomer("Bob")
    await person.create_group("Hiking")
    await bob.join(await person.make_link(), "Hiking")
    code = await save_code(person)
    await use_another(person)
    person.name = "Work"
    await person.start()
    await person.create_group("Office")
    await person.say("A matter of the office")
    await person.sees("A matter of the office")
    await bob.say("For Alice alone")
    await expect(person.page.get_by_text("Hiking")).to_have_count(0)
    await expect(person.page).to_have_title("mls-chat")
    kept = await person.page.evaluate("({ ...localStorage })")
    assert set(kept) == {"mls-chat account", "mls-chat 1 account", "mls-chat slots"}
    assert kept["mls-chat slots"] == '{"slots":[0,1],"active":1}'
    await save_code(person)
    dialog = await account_dialog(person)
    await dialog.get_by_role("button", name="Lock now").click()
    await is_locked(person.page)
    await go_to(person, "open")
    await person.is_connected()
    await expect(person.page.get_by_text("Office")).to_have_count(0)
    await person.open_chat("Hiking")
    await person.sees("For Alice alone")
    dialog = await account_dialog(person)
    await dialog.get_by_role("button", name="Lock now").click()
    await is_locked(person.page)
    await go_to(person, "locked")
    await is_locked(person.page)
    await enter_code(person.page, code)  # of the other account
    await person.is_told("That opens another account than the one that is locked here.")


async def test_the_stores_of_two_accounts_share_nothing(newcomer: Newcomer) -> None:
    person = await newcomer("Alice")
    await person.create_group("Hiking")
    await use_another(person)
    await person.start()
    await person.create_group("Office")
    page = await person.context.new_page()
    first = await stored_beside(page, person.url)
    other = Stored(page, "mls-chat 1")
    one, two = await first.dump(), await other.dump()
    assert {tuple(key) for key, _ in one["rows"]} & {tuple(key) for key, _ in two["rows"]} == {
        ("account", "account"),
        ("secrets", "secrets"),
    }
    assert await first.row_key() != await other.row_key()


async def test_erasing_one_account_leaves_the_other(newcomer: Newcomer) -> None:
    person = await newcomer("Alice")
    await person.create_group("Hiking")
    await use_another(person)
    await person.start()
    await person.create_group("Office")
    dialog = await account_dialog(person)
    for button in ("Sign out", "Erase everything here", "Erase my account for ever"):
        await dialog.get_by_role("button", name=button, exact=True).click()
    await is_welcomed(person.page)
    await go_to(person, "open")
    await person.is_connected()
    await person.open_chat("Hiking")
    assert "mls-chat 1 account" not in await person.page.evaluate("({ ...localStorage })")


async def test_a_start_that_was_not_made_leaves_no_account(newcomer: Newcomer) -> None:
    person = await newcomer("Alice")
    await use_another(person)
    await person.page.reload()
    await is_welcomed(person.page)
    await go_to(person, "open")
    await person.is_connected()
    assert (await person.page.evaluate("({ ...localStorage })"))["mls-chat slots"] == '{"slots":[0],"active":0}'


async def test_a_tab_stays_with_its_account(newcomer: Newcomer) -> None:
    person = await newcomer("Alice")
    await person.create_group("Hiking")
    second = await person.context.new_page()
    await second.goto(person.url)
    await expect(second.get_by_role("status")).to_have_text("Connected")
    await use_another(person)
    await person.start()
    await second.reload()
    await expect(second.get_by_role("navigation", name="Chats").get_by_role("link", name="Hiking")).to_be_visible()
    await person.page.reload()
    await person.is_connected()
    await expect(person.page.get_by_text("Hiking")).to_have_count(0)
