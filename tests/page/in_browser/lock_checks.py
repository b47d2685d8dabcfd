"""Checks of the account's lock, of who is there, and of the channel between tabs, over the browser's own."""

import asyncio
from typing import Any

import js
from pyodide.ffi import create_proxy

from mls_chat.browser.interop import js_object
from mls_chat.browser.lock import AccountLock
from mls_chat.browser.peers import Peers
from mls_chat.browser.presence import Presence


class Tab:
    """An owner that writes down what happens to it; `hung` never finishes losing the account."""

    def __init__(self, name: str, facts: dict[str, Any], log: list[str], *, hung: bool = False) -> None:
        self.name, self.hung, self._log = name, hung, log
        self.changed = asyncio.Event()
        self.lock = AccountLock(str(facts["name"]))

    def queue(self) -> None:
        self.lock.queue(self)

    def steal(self) -> None:
        self.lock.steal(self)

    async def gained(self, *, stolen: bool) -> None:
        self._note("stole" if stolen else "gained")

    async def lost(self) -> None:
        self._note("lost")
        if self.hung:
            await asyncio.get_running_loop().create_future()

    def _note(self, what: str) -> None:
        self._log.append(f"{self.name} {what}")
        self.changed.set()

    async def change(self) -> None:
        await asyncio.wait_for(self.changed.wait(), 5)
        self.changed.clear()


async def only_one_owns(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two = Tab("one", facts, log), Tab("two", facts, log)
    one.queue()
    await one.change()
    two.queue()
    two.queue()
    held = await js.navigator.locks.query()
    assert [each.name for each in held.held if each.name == facts["name"]] == [facts["name"]]
    assert log == ["one gained"]


async def next_in_line_owns_when_the_owner_lets_go(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two, three = (Tab(name, facts, log) for name in ("one", "two", "three"))
    for tab in (one, two, three):
        tab.queue()
    await one.change()
    one.lock.release()
    await two.change()
    two.lock.leave()
    await three.change()
    three.lock.leave()
    await one.change()
    assert log == ["one gained", "two gained", "three gained", "one gained"], log


async def who_left_the_line_gets_nothing(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two, three = (Tab(name, facts, log) for name in ("one", "two", "three"))
    for tab in (one, two, three):
        tab.queue()
    await one.change()
    two.lock.leave()
    two.steal()
    one.lock.leave()
    await three.change()
    assert log == ["one gained", "three gained"], log
    two.queue()
    three.lock.leave()
    await two.change()


async def owner_that_hangs_is_stolen_from(facts: dict[str, Any]) -> None:
    log: list[str] = []
    hung, two = Tab("hung", facts, log, hung=True), Tab("two", facts, log)
    hung.queue()
    await hung.change()
    two.queue()
    two.steal()
    await two.change()
    await hung.change()
    assert sorted(log) == ["hung gained", "hung lost", "two stole"], log


async def only_one_steals(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two, three = (Tab(name, facts, log) for name in ("one", "two", "three"))
    one.queue()
    await one.change()
    for tab in (two, three):
        tab.queue()
    for tab in (two, three, two):
        tab.steal()
    await one.change()
    await two.change()
    two.lock.leave()
    await three.change()
    assert log.count("one lost") == 1
    assert [each for each in log if each != "one lost"] == ["one gained", "two stole", "three gained"], log


async def stolen_from_waits_in_line_again(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two = Tab("one", facts, log), Tab("two", facts, log)
    one.queue()
    await one.change()
    two.queue()
    two.steal()
    await two.change()
    await one.change()
    two.lock.leave()
    await one.change()
    assert sorted(log) == ["one gained", "one gained", "one lost", "two stole"], log


async def stealing_what_one_has_changes_nothing(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two = Tab("one", facts, log), Tab("two", facts, log)
    one.queue()
    await one.change()
    one.steal()
    two.queue()
    one.lock.leave()
    await two.change()
    assert log == ["one gained", "two gained"], log


async def held_until(name: str) -> asyncio.Future[None]:
    """Holds the lock as a page does; setting the result is its end."""
    held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def grant(_: Any) -> Any:
        held.set_result(None)
        return end

    js.navigator.locks.request(name, js_object(), create_proxy(grant))
    await held
    return end


async def tabs_are_counted_and_missed(facts: dict[str, Any]) -> None:
    prefix = f"{facts['name']} tab "
    presence, gone = Presence(prefix), asyncio.Queue[str]()
    one, two = await held_until(f"{prefix}one"), await held_until(f"{prefix}two")
    assert await presence.tabs() == {"one", "two"}
    for tab in ("one", "one", "two"):
        presence.watch(tab, gone.put_nowait)
    one.set_result(None)
    assert await asyncio.wait_for(gone.get(), 5) == "one"
    assert await presence.tabs() == {"two"}
    presence.forget()
    two.set_result(None)
    three = await held_until(f"{prefix}two")
    presence.watch("two", gone.put_nowait)
    three.set_result(None)
    assert await asyncio.wait_for(gone.get(), 5) == "two"
    assert gone.empty()


async def all_other_tabs_hear_in_order(facts: dict[str, Any]) -> None:
    name = str(facts["name"])
    one, two, three = Peers(name), Peers(name), Peers(name)
    heard: dict[str, list[str]] = {"one": [], "two": [], "three": []}
    done = asyncio.Event()

    def listen(who: str, text: str) -> None:
        heard[who].append(text)
        if len(heard["two"]) == len(heard["three"]) == 100:
            done.set()

    one.listen(lambda text: listen("one", text))
    two.listen(lambda text: listen("two", text))
    three.listen(lambda text: listen("three", text))
    for number in range(100):
        one.post(f"{number}")
    await asyncio.wait_for(done.wait(), 5)
    assert heard == {"one": [], "two": [str(n) for n in range(100)], "three": [str(n) for n in range(100)]}
