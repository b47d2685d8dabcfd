"""One account, many tabs: one of them owns the crypto, all are live, and any of them may go at any time."""

import asyncio
import random
import time

import pytest
from playwright.async_api import expect

from browser import Newcomer
from own_tabs import close, crash, freeze_worker, keep_workers, open_tab, owner_among, terminate_worker
from person import Person

pytestmark = pytest.mark.timeout(300)
RESTARTED = "the engine died and is started again"
"""What a page says in the console about a worker that a test has ended."""


async def texts(person: Person, count: int) -> list[str]:
    """The texts of the opened chat from the top, once there are so many and all own ones are stored by the server."""
    await expect(person.messages.locator(".bubble")).to_have_count(count)
    await expect(person.messages.locator(".bubble").filter(has_text="sending")).to_have_count(0)
    return [text.strip() for text in await person.messages.locator(".bubble .text").all_inner_texts()]


async def two_people(newcomer: Newcomer, group: str) -> tuple[Person, Person]:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await keep_workers(alice.context)
    await alice.create_group(group)
    await bob.join(await alice.make_link(), group)
    return alice, bob


async def test_a_second_tab_is_live_at_once(newcomer: Newcomer) -> None:
    alice, bob = await two_people(newcomer, "Tabs")
    second = await open_tab(alice, "Tabs")
    await alice.say("From the first tab")
    await second.say("From the second tab")
    await bob.say("From Bob")
    for person in (alice, second, bob):
        await person.sees("From the first tab", "From the second tab", "From Bob")
    assert await owner_among([second, alice]) is alice


async def test_every_tab_has_its_own_chat_dialogs_and_link(newcomer: Newcomer) -> None:
    alice, bob = await two_people(newcomer, "Shared")
    second = await open_tab(alice, "Shared")
    await second.create_group("Made in the second")
    await second.say("Only here")
    await second.sees("Only here")
    await alice.is_in("Shared")
    await bob.join(await second.make_link(), "Made in the second")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await bob.create_group("Bobs")
    link = await bob.make_link()
    third = await open_tab(alice)
    await third.join(link, "Bobs")
    await second.is_in("Made in the second")
    await alice.is_in("Shared")
    await bob.say("Welcome")
    await third.sees("Welcome")


async def test_a_name_given_in_one_tab_counts_in_all(blank: Newcomer) -> None:
    alice = await blank("Alice")
    page = await alice.context.new_page()
    second = Person("Alice", alice.url, alice.context, page, alice.watcher)
    await page.goto(alice.url)
    await second.start()
    await alice.is_connected()


@pytest.mark.parametrize("go", [close, terminate_worker, crash])
async def test_two_tabs_and_the_owner_goes_while_both_write(newcomer: Newcomer, go: object) -> None:
    first, bob = await two_people(newcomer, "Going")
    first.watcher.forgiven = (RESTARTED,)
    owner = await open_tab(first, "Going")
    second = await open_tab(first, "Going")
    await first.page.close()
    assert await owner_among([second, owner]) is owner
    await second.say("before")
    await bob.say("before from Bob")
    await second.sees("before", "before from Bob")
    begun = time.perf_counter()
    await asyncio.gather(second.say("while it goes"), go(owner))  # type: ignore[operator]
    await second.sees("while it goes")
    print(f"\n{getattr(go, '__name__', '')}: stored {(time.perf_counter() - begun) * 1000:.0f} ms after the owner went")
    await second.say("after")
    await bob.say("after from Bob")
    heard = await texts(bob, 5)
    assert await texts(second, 5) == heard
    assert [text for text in heard if "Bob" not in text] == ["before", "while it goes", "after"]
    if go is terminate_worker:
        await owner.say("from the page whose worker ended")
        await bob.sees("from the page whose worker ended")
        assert await texts(owner, 6) == await texts(bob, 6)


async def test_a_frozen_owner_is_stolen_from(newcomer: Newcomer) -> None:
    alice, bob = await two_people(newcomer, "Frost")
    second = await open_tab(alice, "Frost")
    thawed = freeze_worker(alice, 6_000)
    await alice.say("typed into the frost")
    begun = time.perf_counter()
    await second.say("typed beside it")
    await bob.sees("typed beside it")
    print(f"\nfrozen: at the other person after {(time.perf_counter() - begun) * 1000:.0f} ms")
    assert not thawed.done(), "the account was taken over before the owner thawed"
    await thawed
    for person in (alice, second, bob):
        assert await texts(person, 2) == ["typed beside it", "typed into the frost"]


async def test_five_tabs_and_the_owner_is_closed_again_and_again(newcomer: Newcomer) -> None:
    first, bob = await two_people(newcomer, "Five")
    first.watcher.forgiven = (RESTARTED,)
    tabs = [await open_tab(first, "Five") for _ in range(5)]
    await first.page.close()
    draw, typed, took = random.Random(11), list[str](), list[float]()
    for number, go in enumerate([close, close, crash, close, terminate_worker, close]):
        owner = await owner_among(tabs)
        others = [tab for tab in tabs if tab is not owner]
        writers = draw.sample(others, 3)
        lines = {f"{number} {place} {word}": writer for place, writer in enumerate(writers) for word in ("a", "b")}

        async def write(writer: Person, lines: dict[str, Person] = lines) -> None:
            for line in (line for line, by in lines.items() if by is writer):
                await writer.say(line)

        begun = time.perf_counter()
        await asyncio.gather(*(write(writer) for writer in writers), go(owner), bob.say(f"{number} bob"))
        typed += [*lines, f"{number} bob"]
        await writers[0].sees(*lines)
        took.append((time.perf_counter() - begun) * 1000)
        if go is not terminate_worker:
            tabs = [*others, await open_tab(others[0], "Five")]
    heard = await texts(bob, len(typed))
    assert sorted(heard) == sorted(typed)
    for tab in tabs:
        assert await texts(tab, len(typed)) == heard
        await tab.is_connected()
    for number in range(6):
        for place in range(3):
            mine = [text for text in heard if text.startswith(f"{number} {place} ")]
            assert mine == [f"{number} {place} a", f"{number} {place} b"]
    print(f"\nsix texts stored and shown after the owner went, ms: {', '.join(f'{ms:.0f}' for ms in took)}")


async def test_a_tab_of_an_older_build_is_told_to_reload(newcomer: Newcomer) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Old")
    await alice.say("Kept")
    await alice.sees("Kept")
    await alice.message_box.fill("Half a th")
    newer = '{"format":99,"kind":"ping"}'
    await alice.page.evaluate("(text) => new BroadcastChannel('mls-chat tabs').postMessage(text)", newer)
    await alice.is_told("A newer version of mls-chat is open in another tab. Reload this tab to go on.")
    await expect(alice.page.get_by_role("list", name="Not sent").get_by_role("listitem")).to_have_text(["Half a th"])
    await alice.page.get_by_role("button", name="Reload").click()
    await alice.is_connected()
    await alice.sees("Kept")
