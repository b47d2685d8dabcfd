"""Much at once in an opened chat: the newest page is shown, the rest is reached from there, and progress is told."""

from typing import Final

import pytest

from mls_chat import effects, events, view
from mls_chat.opened_chat import PAGE_LINES
from mls_chat.records import GroupRecord, LineRecord
from world import Device, World, meet

MANY: Final = 250


def opened_and_away(bob: Device, group_id: str) -> None:
    """The chat stays opened; nothing comes before `back`."""
    bob.do(events.ChatOpened(group_id=group_id))
    bob.drop()
    bob.shown.clear()


def back(bob: Device) -> None:
    bob.do(events.Woken())
    assert bob.connected


def say_many(ada: Device, group_id: str, count: int = MANY, first: int = 0) -> list[str]:
    texts = [f"{number}" for number in range(first, first + count)]
    for text in texts:
        ada.say(group_id, text)
    return texts


def page(bob: Device, group_id: str) -> tuple[list[str], bool]:
    """The texts on the screen, put together as the page does it, and whether there are earlier ones."""
    lines: dict[str, view.LineView] = {}
    earlier = False
    for shown in bob.shown:
        if isinstance(shown, view.ChatView):
            lines, earlier = {}, shown.earlier
        if isinstance(shown, view.EarlierView):
            earlier = shown.earlier
        if isinstance(shown, view.ChatView | view.LinesView | view.EarlierView) and shown.group_id == group_id:
            lines |= {line.id: line for line in shown.lines}
    ordered = sorted(lines.values(), key=lambda line: line.order)
    return [line.text for line in ordered if line.line == "text"], earlier


def read_all(bob: Device, group_id: str) -> list[str]:
    """By asking for earlier lines until there are none."""
    while page(bob, group_id)[1]:
        before = len(page(bob, group_id)[0])
        bob.do(events.EarlierRequested(group_id=group_id))
        texts, earlier = page(bob, group_id)
        assert len(texts) > before or not earlier
    return page(bob, group_id)[0]


def test_much_at_once_is_one_page_and_the_rest_is_reached_from_there() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    first = say_many(ada, group_id, 5)
    opened_and_away(bob, group_id)
    texts = first + say_many(ada, group_id, first=5)
    back(bob)
    assert not any(isinstance(shown, view.LinesView) for shown in bob.shown)
    [chat] = [shown for shown in bob.shown if isinstance(shown, view.ChatView)]
    assert [line.text for line in chat.lines] == texts[-PAGE_LINES:]
    assert chat.earlier
    assert read_all(bob, group_id) == texts
    ada.say(group_id, "and on")
    assert [line.text for line in bob.last(view.LinesView).lines] == ["and on"]


def test_a_page_and_no_more_is_added_to_what_is_shown() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.do(events.ChatOpened(group_id=group_id))
    opened_and_away(bob, group_id)
    texts = say_many(ada, group_id, PAGE_LINES)
    back(bob)
    assert [line.text for line in bob.last(view.LinesView).lines] == texts
    assert not any(isinstance(shown, view.ChatView) for shown in bob.shown)


def test_much_that_comes_while_the_chat_is_opened() -> None:
    """The page was read before, and arrives after."""
    world = World()
    ada, bob, group_id = meet(world)
    first = say_many(ada, group_id, 5)
    bob.do(events.ChatOpened(group_id=None))
    step = bob.engine.handle(events.ChatOpened(group_id=group_id), world.now)
    [read] = [effect for effect in step.effects if isinstance(effect, effects.ReadRows)]
    bob.read(read)
    early = bob.queue.popleft()
    bob.drop()
    texts = first + say_many(ada, group_id, first=5)
    back(bob)
    bob.do(early)
    assert page(bob, group_id) == (texts[-PAGE_LINES:], True)
    assert read_all(bob, group_id) == texts


@pytest.mark.parametrize("known", [0, 200])
def test_earlier_lines_that_were_asked_for_before_much_came(known: int) -> None:
    """Their answer is of lines that do not join what is shown now: those before the new page are read instead."""
    world = World()
    ada, bob, group_id = meet(world)
    texts = say_many(ada, group_id, known)
    opened_and_away(bob, group_id)
    texts += say_many(ada, group_id, first=known)
    step = bob.engine.handle(events.FromTab("", events.EarlierRequested(group_id=group_id)), world.now)
    [read] = [effect for effect in step.effects if isinstance(effect, effects.ReadRows)]
    back(bob)
    bob.read(read)
    bob.world.run()
    shown, earlier = page(bob, group_id)
    assert (shown, earlier) == (texts[-2 * PAGE_LINES :], True)
    assert read_all(bob, group_id) == texts


def test_earlier_lines_that_are_asked_for_again_after_much_came() -> None:
    """Both answers come: the first is of lines that do not join."""
    world = World()
    ada, bob, group_id = meet(world)
    texts = say_many(ada, group_id, 200)
    opened_and_away(bob, group_id)
    texts += say_many(ada, group_id, first=200)
    asked = events.FromTab("", events.EarlierRequested(group_id=group_id))
    first = bob.engine.handle(asked, world.now).effects
    back(bob)
    second = bob.engine.handle(asked, world.now).effects
    for effect in (*first, *second):
        if isinstance(effect, effects.ReadRows):
            bob.read(effect)
    world.run()
    assert page(bob, group_id)[0] == texts[-2 * PAGE_LINES :]
    assert read_all(bob, group_id) == texts


def test_an_answer_that_comes_twice_is_used_once() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    texts = say_many(ada, group_id)
    bob.do(events.ChatOpened(group_id=group_id))
    asked = events.EarlierRequested(group_id=group_id)
    bob.do(asked, asked)
    assert page(bob, group_id)[0] == texts[-2 * PAGE_LINES :]


def test_a_line_above_what_is_loaded_that_changes_leaves_no_gap() -> None:
    """While the keys are lost one line counts all that comes; other lines push it out of the page."""
    world = World()
    ada, bob, group_id = meet(world)
    texts = say_many(ada, group_id)
    bob.do(events.ChatOpened(group_id=group_id))
    group = bob.engine._context.journal.find(GroupRecord, group_id)
    assert group is not None
    bob.engine._parts.chats.add_line(group, next(line for line in bob.records(LineRecord) if line.text == texts[3]))
    bob.do(events.EarlierRequested(group_id=group_id))
    assert page(bob, group_id)[0] == texts[-2 * PAGE_LINES :]


def alerts(bob: Device) -> list[str]:
    shown = [each.alert for each in bob.shown if isinstance(each, view.ChatView | view.ChatAlertView)]
    return [alert.text if alert else "" for alert in shown]


def by_pull(bob: Device) -> None:
    """There is no channel: pages of 200 are pulled."""
    bob.on_wire = False
    bob.world.advance(20_000)


def test_progress_is_told_while_the_chat_is_more_than_a_page_behind() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    opened_and_away(bob, group_id)
    say_many(ada, group_id, 3 * 200)
    by_pull(bob)
    assert alerts(bob) == [
        "Catching up: 400 messages to go.",
        "Catching up: 200 messages to go.",
        "",
    ]
    assert [chat.alert for chat in bob.last(view.ChatsView).chats] == [None]


def test_a_few_messages_to_go_are_not_worth_a_word() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    opened_and_away(bob, group_id)
    say_many(ada, group_id, 200 + PAGE_LINES)
    by_pull(bob)
    assert set(alerts(bob)) == {""}


def test_what_is_wrong_is_told_rather_than_progress() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    opened_and_away(bob, group_id)
    say_many(ada, group_id, 400)
    group = bob.engine._context.journal.find(GroupRecord, group_id)
    assert group is not None
    group.alert = "split"
    by_pull(bob)
    assert not any("Catching up" in text for text in alerts(bob))
