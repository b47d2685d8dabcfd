"""Checks of the account's lock over the browser's own Web Locks and BroadcastChannel."""

import asyncio
from typing import Any

import js

from mls_chat.browser.lock import AccountLock


class Tab:
    """An owner that writes down what happens to it; `hung` never answers."""

    def __init__(self, name: str, facts: dict[str, Any], log: list[str], *, hung: bool = False) -> None:
        self.name, self.hung, self._log = name, hung, log
        self.changed = asyncio.Event()
        self.lock = AccountLock(str(facts["name"]), self)

    async def gained(self) -> None:
        self._note("gained")

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
    one.lock.queue()
    await one.change()
    two.lock.queue()
    held = await js.navigator.locks.query()
    assert [each.name for each in held.held if each.name == facts["name"]] == [facts["name"]]
    assert log == ["one gained"]


async def taking_over_comes_after_the_owner_stopped(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two = Tab("one", facts, log), Tab("two", facts, log)
    one.lock.queue()
    await one.change()
    two.lock.queue()
    await two.lock.take_over()
    await two.change()
    assert log == ["one gained", "one lost", "two gained"], log


async def taking_over_goes_back_and_forth(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, two = Tab("one", facts, log), Tab("two", facts, log)
    one.lock.queue()
    await one.change()
    two.lock.queue()
    for _ in range(3):
        for tab in (two, one):
            tab.changed.clear()
            await tab.lock.take_over()
            await tab.change()
    expected = ["one gained"] + ["one lost", "two gained", "two lost", "one gained"] * 3
    assert log == expected, log


async def asker_comes_before_those_who_wait(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one, waiting, asker = (Tab(name, facts, log) for name in ("one", "waiting", "asker"))
    one.lock.queue()
    await one.change()
    waiting.lock.queue()
    asker.lock.queue()
    await asker.lock.take_over()
    await asker.change()
    assert log == ["one gained", "one lost", "asker gained"], log


async def owner_that_hangs_is_stolen_from(facts: dict[str, Any]) -> None:
    log: list[str] = []
    hung, two = Tab("hung", facts, log, hung=True), Tab("two", facts, log)
    hung.lock.queue()
    await hung.change()
    two.lock.queue()
    await two.lock.take_over(patience_s=0.2)
    await two.change()
    assert log == ["hung gained", "hung lost", "two gained"], log


async def taking_over_what_one_has_changes_nothing(facts: dict[str, Any]) -> None:
    log: list[str] = []
    one = Tab("one", facts, log)
    one.lock.queue()
    await one.change()
    await one.lock.take_over()
    assert log == ["one gained"]
