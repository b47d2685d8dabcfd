"""Tabs of one account in memory, with a guest who has a device of his own."""

import msgspec

from mls_chat import events, view
from tab_browser import Browser, Tab
from world import Device, World


async def with_guest(browser: Browser) -> tuple[Tab, str, Device]:
    """Ada's first tab, with a group, and Bob who is in it on a device of his own."""
    ada = browser.open_tab("one")
    ada.ask(events.NameEntered(name="Ada"), events.GroupRequested(name="Tea"))
    await browser.settle()
    [tea] = browser.server.groups
    links: list[str] = []
    receive = ada.page.receive

    def look(shown: bytes) -> None:
        if b'"kind":"invite"' in shown:
            links.append(msgspec.json.decode(shown, type=view.InviteView).fragment)
        receive(shown)

    ada.page.receive = look  # type: ignore[assignment,method-assign]
    ada.ask(events.InviteRequested(group_id=tea), events.ChatOpened(group_id=tea))
    await browser.settle()
    world = World()
    world.server, world.now = browser.server, browser.clock.time
    bob = world.device("Bob")
    bob.do(events.LinkOpened(fragment=links[-1]), events.JoinRequested())
    await browser.settle()
    world.run()
    await browser.settle()
    assert [chat.group_id for chat in bob.last(view.ChatsView).chats] == [tea]
    return ada, tea, bob


async def more_tabs(browser: Browser, group_id: str, *names: str) -> list[Tab]:
    tabs = [browser.open_tab(name) for name in names]
    for tab in tabs:
        tab.ask(events.ChatOpened(group_id=group_id))
    await browser.settle()
    return tabs


def text(group_id: str, words: str) -> events.TextEntered:
    return events.TextEntered(group_id=group_id, text=words)


def heard_by(bob: Device, group_id: str) -> list[str]:
    bob.world.run()
    return bob.texts(group_id)
