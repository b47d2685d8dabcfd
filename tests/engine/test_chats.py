"""The chat list and the opened chat: pages, unread, lines that come while a page is read."""

import pytest

from mls_chat import effects, events, view
from world import Device, World, meet


def chat(device: Device, group_id: str) -> view.ChatView:
    device.do(events.ChatOpened(group_id=group_id))
    return device.last(view.ChatView)


def test_pages_of_a_long_history() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for number in range(150):
        ada.say(group_id, f"{number}")
    bob.start()
    shown = chat(bob, group_id)
    assert [line.text for line in shown.lines] == [f"{n}" for n in range(90, 150)]
    assert shown.earlier
    pages: list[view.EarlierView] = []
    while not pages or pages[-1].earlier:
        bob.do(events.EarlierRequested(group_id=group_id))
        pages.append(bob.last(view.EarlierView))
    texts = [[line.text for line in page.lines if line.line == "text"] for page in pages]
    assert texts == [[f"{n}" for n in range(30, 90)], [f"{n}" for n in range(30)]]


def test_earlier_of_a_chat_that_is_not_open_does_nothing() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    ada.do(events.ChatOpened(group_id=None), events.EarlierRequested(group_id=group_id))
    ada.do(events.EarlierRequested(group_id="nothing"))
    assert not any(isinstance(shown, view.EarlierView) for shown in ada.shown)


def test_new_lines_are_shown_one_by_one() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    chat(bob, group_id)
    ada.say(group_id, "hello")
    lines = bob.last(view.LinesView)
    assert [(line.text, line.sender, line.own, line.state) for line in lines.lines] == [("hello", "Ada", False, "")]


def test_an_own_line_keeps_its_id_from_sending_to_sent() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    chat(ada, group_id)
    ada.say(group_id, "hello")
    shown = [v.lines[0] for v in ada.shown if isinstance(v, view.LinesView) and v.lines[0].text == "hello"]
    assert [line.state for line in shown] == ["sending", "sent"]
    assert len({line.id for line in shown}) == 1
    assert shown[0].order > shown[-1].order


@pytest.mark.parametrize("twice", [False, True])
def test_a_line_that_comes_while_the_page_is_read_is_not_lost(twice: bool) -> None:
    """The page was read before the line was stored and arrives after it."""
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "before")
    bob.do(events.ChatOpened(group_id=None))
    early = events.RowsRead(f"open:{group_id}", [])
    bob.queue.append(events.ChatOpened(group_id=group_id))
    step = bob.engine.handle(bob.queue.popleft(), world.now)
    (read,) = [effect for effect in step.effects if isinstance(effect, effects.ReadRows)]
    bob.read(read)
    early = bob.queue.popleft()  # type: ignore[assignment]
    if twice:
        bob.do(early)
    ada.say(group_id, "meanwhile")
    bob.do(early)
    assert [line.text for line in bob.last(view.ChatView).lines if line.line == "text"] == ["before", "meanwhile"]


def test_unread_counts_only_what_others_wrote_in_closed_chats() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for device in (ada, bob):
        device.do(events.ChatOpened(group_id=None))
    ada.say(group_id, "one")
    bob.say(group_id, "two")
    assert ada.last(view.ChatsView).chats[0].unread == 1
    bob.start()
    assert bob.last(view.ChatsView).chats[0].unread == 1
    chat(bob, group_id)
    assert bob.last(view.ChatsView).chats[0].unread == 0
    bob.start()
    assert bob.last(view.ChatsView).chats[0].unread == 0


def test_the_list_has_the_latest_first_with_its_last_line() -> None:
    world = World()
    ada = world.device("Ada")
    tea = ada.create_group("Tea")
    world.advance(1_000)
    coffee = ada.create_group("Coffee")
    assert [chat.name for chat in ada.last(view.ChatsView).chats] == ["Coffee", "Tea"]
    world.advance(1_000)
    ada.say(tea, "x" * 500)
    summary = ada.last(view.ChatsView).chats[0]
    assert (summary.group_id, len(summary.last_line), summary.last_time) == (tea, 120, world.now)
    assert ada.last(view.ChatsView).chats[1].group_id == coffee


def test_opening_what_does_not_exist_closes_the_chat() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    chat(ada, group_id)
    ada.do(events.ChatOpened(group_id="nothing"))
    bob.say(group_id, "hello")
    assert ada.last(view.ChatsView).chats[0].unread == 1


def test_names_that_arrive_later_are_shown_again() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    cleo = world.device("Cleo")
    fragment = ada.invite(group_id)
    chat(bob, group_id)
    cleo.join(fragment)
    joined = [v for v in bob.shown if isinstance(v, view.ChatView | view.LinesView)]
    texts = [[line.text for line in v.lines] for v in joined]
    short = cleo.account["user_id"][:8]
    assert any(f"{short} joined, let in by Ada" in page for page in texts)
    assert "Cleo joined, let in by Ada" in texts[-1]


def test_an_opened_chat_follows_its_groups_name() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for device in (ada, bob):
        chat(device, group_id)
    ada.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    for device in (ada, bob):
        shown = device.last(view.ChatView)
        assert (shown.name, shown.lines[-1].text) == ("Coffee", "Ada renamed the group to “Coffee”")
        assert device.last(view.ChatsView).chats[0].name == "Coffee"
