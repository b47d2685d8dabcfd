"""F38 to F40: what can befall a browser's storage is told by name, and nobody becomes somebody else without asking."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import expect

from browser import Newcomer
from mls_chat.lines import PROBLEMS
from person import Person
from stored import STORES, Stored, storage_of, stored_beside

pytestmark = pytest.mark.timeout(240)


async def with_chat(newcomer: Newcomer, *texts: str) -> Person:
    ada = await newcomer("Ada")
    await ada.create_group("Tea")
    for text in texts:
        await ada.say(text)
        await ada.sees(text)
    return ada


async def headed(person: Person, heading: str) -> None:
    await expect(person.page.get_by_role("heading", name=heading)).to_be_visible()


async def dump_of(person: Person) -> dict[str, list[Any]]:
    async with storage_of(person) as stored:
        return await stored.dump()


def registered(person: Person) -> int:
    """How many accounts this person's page has asked for."""
    return sum(request.url.endswith("/auth_register") for request in person.watcher.requests)


async def start_anew(person: Person, *buttons: str) -> None:
    for button in buttons:
        await person.page.get_by_role("button", name=button, exact=True).click()
    await headed(person, "Welcome to mls-chat")
    await person.start()
    assert registered(person) == 2
    await expect(person.page.get_by_text("Tea")).to_have_count(0)


async def test_an_evicted_account_is_told_and_starts_anew_only_when_asked(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer)
    async with storage_of(ada) as stored:
        await stored.remove_database()
    await headed(ada, "Your account is no longer in this browser")
    await ada.is_told("The browser removed what mls-chat had stored here")
    await ada.page.reload()
    await headed(ada, "Your account is no longer in this browser")
    assert registered(ada) == 1
    await start_anew(ada, "Start anew")


async def lose_rows(stored: Stored) -> None:
    await stored.make_again(2, ("keys", "meta"))


async def cut_account(stored: Stored) -> None:
    await stored.cut("account", "account")


async def flip_account(stored: Stored) -> None:
    await stored.flip("account", "account")


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lose_rows, "A part of what mls-chat stored in this browser is missing (rows)"),
        (cut_account, "The stored row account/account is cut off"),
        (flip_account, "The stored row account/account was changed or belongs elsewhere"),
        (Stored.remove_key, "The key that opens what mls-chat stored in this browser is missing"),
        (Stored.change_key, "Nothing of what is stored here can be opened: its key is another one"),
    ],
)
async def test_an_account_that_can_not_be_read_is_told_and_kept_until_the_person_decides(
    newcomer: Newcomer, damage: Callable[[Stored], Awaitable[None]], sentence: str
) -> None:
    ada = await with_chat(newcomer, "before")
    async with storage_of(ada) as stored:
        await damage(stored)
        before = await stored.dump()
    await headed(ada, "Your account can't be read")
    await ada.is_told(sentence)
    await ada.page.get_by_role("button", name="Start anew").click()
    await ada.page.get_by_role("button", name="Keep it").click()
    await ada.page.get_by_role("button", name="Reload").click()
    await headed(ada, "Your account can't be read")
    after = await dump_of(ada)
    assert {name: after[name] for name in after if name != "meta"} == {n: before[n] for n in before if n != "meta"}
    assert registered(ada) == 1
    await start_anew(ada, "Start anew", "Delete and start anew")


async def newer_database(stored: Stored) -> None:
    await stored.make_again(99, STORES)


async def newer_record(stored: Stored) -> None:
    [group] = await stored.keys("groups")
    await stored.set_record_version("groups", group, 99)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [(newer_database, "a newer version of mls-chat wrote it, reload the page"), (newer_record, "record version 99")],
)
async def test_what_a_newer_version_stored_is_refused_and_kept(
    newcomer: Newcomer, change: Callable[[Stored], Awaitable[None]], sentence: str
) -> None:
    ada = await with_chat(newcomer, "before")
    async with storage_of(ada) as stored:
        await change(stored)
        before = await stored.dump()
    await headed(ada, "mls-chat could not start")
    await ada.is_told(sentence)
    await expect(ada.page.get_by_role("button", name="Start anew")).to_have_count(0)
    after = await dump_of(ada)
    assert {name: after[name] for name in ("rows", "keys")} == {name: before[name] for name in ("rows", "keys")}


async def test_a_newer_version_in_another_tab_is_not_kept_waiting_and_told(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer, "before")
    other = await ada.context.new_page()
    stored = await stored_beside(other, ada.url)
    await stored.run("(await opened(3, () => {})).close();")
    await headed(ada, "mls-chat could not start")
    await ada.is_told("A newer version of mls-chat was opened in another tab. Reload this one")
    await other.close()


async def test_data_that_is_removed_while_the_page_is_open_is_told(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer, "before")
    devtools = await ada.context.new_cdp_session(ada.page)
    await devtools.send("Storage.clearDataForOrigin", {"origin": ada.url, "storageTypes": "indexeddb"})
    await ada.is_told("What mls-chat had stored in this browser was removed while this page was open")
    await ada.page.get_by_role("button", name="Reload").click()
    await headed(ada, "Your account is no longer in this browser")
    assert registered(ada) == 1


async def test_a_damaged_line_has_a_sentence_in_its_place(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer, "one", "two", "three")
    async with storage_of(ada) as stored:
        lines = await stored.keys("lines")
        await stored.flip("lines", lines[2])
        damaged = await stored.get("lines", lines[2])
    await ada.sees("one", "three")
    await ada.sees(PROBLEMS["damaged"])
    await expect(ada.messages.get_by_text("two", exact=True)).to_have_count(0)
    await ada.say("four")
    await ada.sees("four")
    async with storage_of(ada) as stored:
        assert await stored.get("lines", lines[2]) == damaged


async def test_a_damaged_message_on_its_way_is_told_by_name(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer, "one")
    async with storage_of(ada) as stored:
        [group] = await stored.keys("groups")
        await stored.put("outbox", f"{group}/{77:016d}", bytes(range(80)))
    await ada.is_told("Something stored on this device was damaged and can't be read: a message on its way")
    await ada.say("two")
    await ada.sees("one", "two")
    await ada.page.get_by_role("button", name="Connection & health").click()
    panel = ada.page.get_by_role("dialog", name="Connection & health")
    await panel.get_by_role("button", name="Remove what is damaged").click()
    await expect(panel.get_by_text("What was damaged is removed.")).to_be_visible()
    await expect(panel.get_by_text("Something stored on this device was damaged")).to_have_count(0)
    async with storage_of(ada) as stored:
        assert await stored.keys("outbox") == []


async def test_a_group_whose_state_is_damaged_comes_back_and_the_other_goes_on(newcomer: Newcomer) -> None:
    ada, bob = await with_chat(newcomer, "before"), await newcomer("Bob")
    await bob.join(await ada.make_link(), "Tea")
    async with storage_of(ada) as stored:
        state = [key for key in await stored.keys("mls") if key.startswith("group/")]
    await ada.is_connected()
    await ada.create_group("Other")
    async with storage_of(ada) as stored:
        await stored.flip("mls", state[0])
    await ada.is_connected()
    await ada.is_in("Other")
    await ada.say("not concerned")
    await ada.sees("not concerned")
    await ada.open_chat("Tea")
    await ada.sees("before", "You reconnected with new keys")
    await bob.sees("Ada reconnected with new keys")
    await bob.say("welcome back")
    await ada.sees("before", "welcome back")
    await ada.say("here I am")
    await bob.sees("here I am")


async def test_a_group_whose_record_is_damaged_comes_back_and_the_other_goes_on(newcomer: Newcomer) -> None:
    ada = await with_chat(newcomer, "before")
    async with storage_of(ada) as stored:
        [tea] = await stored.keys("groups")
    await ada.is_connected()
    await ada.create_group("Other")
    await ada.say("not concerned")
    await ada.sees("not concerned")
    async with storage_of(ada) as stored:
        await stored.flip("groups", tea)
    await ada.is_told("Something stored on this device was damaged and can't be read: a group")
    await ada.is_in("Other")
    await ada.sees("not concerned")
    await ada.say("still not")
    await ada.sees("still not")
    await ada.open_chat("Tea")
    await ada.sees("before", "You reconnected with new keys")
    await ada.say("after")
    await ada.sees("before", "after")
