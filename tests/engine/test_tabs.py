"""Several tabs of one account: each has its own chat, link and panel, and what it asks for is done once."""

import pytest

from mls_chat import effects, events, view
from mls_chat.events import PageEvent
from mls_chat.records import GroupRecord, OutboxRecord, TabRecord
from mls_chat.view import View
from world import Device, Moment, World, meet


def shown_on(device: Device, tab: str, since: int = 0) -> list[View]:
    """What a tab was shown, on its own or with all others, in the steps from `since` on."""
    found = [e for step in device.steps[since:] for e in step.effects if isinstance(e, effects.Show)]
    return [each.view for each in found if each.tab in (None, tab)]


def ask(device: Device, tab: str, *asked: PageEvent, serial: int = 0, settled: int = 0) -> list[View]:
    """What the tab is shown in answer."""
    since = len(device.steps)
    device.do(*(events.FromTab(tab, event, serial, settled) for event in asked))
    return shown_on(device, tab, since)


def kinds(views: list[View]) -> list[str]:
    return [type(each).__name__ for each in views]


def texts(views: list[View]) -> list[str]:
    found = [each for each in views if isinstance(each, view.ChatView | view.LinesView)]
    return [line.text for each in found for line in each.lines if line.line == "text"]


def test_a_new_tab_is_shown_what_all_see_and_says_what_it_has_open() -> None:
    ada = World().device("Ada")
    ada.create_group("Tea")
    since = len(ada.steps)
    ada.do(events.TabOpened("two"))
    assert kinds(shown_on(ada, "two", since)) == ["StartedView", "SessionView", "ConnectionView", "ChatsView"]
    assert shown_on(ada, "one", since) == []


def test_a_new_tab_without_an_account() -> None:
    device = Device(World())
    since = len(device.steps)
    device.do(events.TabOpened("two"))
    assert kinds(shown_on(device, "two", since)) == ["StartedView", "SessionView", "ConnectionView"]


def test_each_tab_has_its_own_chat() -> None:
    world = World()
    ada, bob, tea = meet(world)
    coffee = bob.create_group("Coffee")
    ask(bob, "one", events.ChatOpened(group_id=tea))
    ask(bob, "two", events.ChatOpened(group_id=coffee))
    since = len(bob.steps)
    ada.say(tea, "hello")
    assert texts(shown_on(bob, "one", since)) == ["hello"]
    assert texts(shown_on(bob, "two", since)) == []
    since = len(bob.steps)
    ask(bob, "two", events.TextEntered(group_id=coffee, text="alone"))
    assert texts(shown_on(bob, "two", since)) == ["alone", "alone"]  # on its way, then in its place
    assert texts(shown_on(bob, "one", since)) == []


def test_two_tabs_with_the_same_chat_see_the_same() -> None:
    world = World()
    ada, bob, tea = meet(world)
    for tab in ("one", "two"):
        ask(bob, tab, events.ChatOpened(group_id=tea))
    since = len(bob.steps)
    ask(bob, "two", events.TextEntered(group_id=tea, text="from two"))
    ada.say(tea, "from ada")
    assert texts(shown_on(bob, "one", since)) == texts(shown_on(bob, "two", since)) == ["from two"] * 2 + ["from ada"]


def test_a_chat_counts_as_read_only_where_somebody_sees_it() -> None:
    world = World()
    ada, bob, tea = meet(world)
    bob.do(events.ChatOpened(group_id=None))
    for tab in ("one", "two"):
        ask(bob, tab, events.ChatOpened(group_id=tea))
    ask(bob, "one", events.VisibilityChanged(visible=False))
    ada.say(tea, "seen in two")
    assert bob.last(view.ChatsView).chats[0].unread == 0
    ask(bob, "two", events.VisibilityChanged(visible=False))
    ada.say(tea, "seen by nobody")
    assert bob.last(view.ChatsView).chats[0].unread == 1
    assert "seen by nobody" in texts(shown_on(bob, "one"))
    ask(bob, "one", events.VisibilityChanged(visible=True))
    assert bob.last(view.ChatsView).chats[0].unread == 0


def test_a_chat_opened_in_a_tab_that_nobody_sees_stays_unread() -> None:
    world = World()
    ada, bob, tea = meet(world)
    bob.do(events.ChatOpened(group_id=None))
    ada.say(tea, "one")
    ask(bob, "one", events.VisibilityChanged(visible=False), events.ChatOpened(group_id=tea))
    assert bob.last(view.ChatsView).chats[0].unread == 1


def test_a_tab_that_is_gone_reads_nothing_any_more() -> None:
    world = World()
    ada, bob, tea = meet(world)
    bob.do(events.ChatOpened(group_id=None))
    ask(bob, "one", events.ChatOpened(group_id=tea), events.MembersOpened(group_id=tea))
    bob.do(events.TabGone("one"))
    ada.say(tea, "hello")
    assert bob.last(view.ChatsView).chats[0].unread == 1
    world.advance(15_000)
    asked = world.server.calls.count("group_members_list")
    world.advance(60_000)
    assert world.server.calls.count("group_members_list") == asked


def test_earlier_lines_asked_for_before_the_newest_are_there() -> None:
    world = World()
    ada, bob, tea = meet(world)
    for number in range(100):
        ada.say(tea, f"{number}")
    bob.start()
    views = ask(bob, "one", events.ChatOpened(group_id=tea), events.EarlierRequested(group_id=tea))
    assert kinds([each for each in views if isinstance(each, view.ChatView | view.EarlierView)]) == [
        "ChatView",
        "EarlierView",
    ]


def test_a_link_is_shown_where_it_was_opened() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    ask(bob, "one", events.ChatOpened(group_id=None))
    since = len(bob.steps)
    ask(bob, "two", events.LinkOpened(fragment=fragment), events.JoinRequested())
    stages = [each.stage for each in shown_on(bob, "two", since) if isinstance(each, view.JoinView)]
    assert (stages[0], stages[-1]) == ("loading", "joined")
    assert "ChatView" in kinds(shown_on(bob, "two", since))
    assert not {"JoinView", "ChatView"} & set(kinds(shown_on(bob, "one", since)))


def test_a_link_in_two_tabs_lets_both_in() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    for tab in ("one", "two"):
        ask(bob, tab, events.LinkOpened(fragment=fragment))
    ask(bob, "two", events.JoinRequested())
    for tab in ("one", "two"):
        last = [each for each in shown_on(bob, tab) if isinstance(each, view.JoinView)][-1]
        assert last.stage == "joined"
    assert len(bob.records(GroupRecord)) == 1


def test_closing_a_link_in_one_tab_leaves_the_other_as_it_is() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    for tab in ("one", "two"):
        ask(bob, tab, events.LinkOpened(fragment=fragment))
    assert kinds(ask(bob, "one", events.LinkClosed())) == ["JoinView"]
    views = ask(bob, "two", events.JoinRequested())
    assert [each.stage for each in views if isinstance(each, view.JoinView)][-1] == "joined"


def test_answers_go_to_the_tab_that_asked() -> None:
    world = World()
    ada = world.device("Ada")
    tea = ada.create_group("Tea")
    since = len(ada.steps)
    ask(ada, "two", events.InviteRequested(group_id=tea))
    ask(ada, "two", events.MembersOpened(group_id=tea))
    ask(ada, "two", events.TextEntered(group_id=tea, text=" "))
    found = kinds(shown_on(ada, "two", since))
    assert {"InviteView", "MembersView", "NoticeView"} <= set(found)
    assert not {"InviteView", "MembersView", "NoticeView"} & set(kinds(shown_on(ada, "one", since)))


def test_members_are_shown_where_they_are_opened() -> None:
    world = World()
    _ada, bob, tea = meet(world)
    coffee = bob.create_group("Coffee")
    ask(bob, "one", events.MembersOpened(group_id=tea))
    ask(bob, "two", events.MembersOpened(group_id=coffee))
    since = len(bob.steps)
    world.advance(15_000)
    for tab, group_id in (("one", tea), ("two", coffee)):
        panels = [each for each in shown_on(bob, tab, since) if isinstance(each, view.MembersView)]
        assert {panel.group_id for panel in panels} == {group_id}


# what a tab asks for again


def test_what_was_asked_twice_is_done_once() -> None:
    world = World()
    ada, bob, tea = meet(world)
    text = events.TextEntered(group_id=tea, text="once")
    for _ in range(3):
        assert view.HandledView(serial=7) in ask(ada, "one", text, serial=7)
    assert ada.texts(tea) == bob.texts(tea) == ["once"]


@pytest.mark.parametrize("moment", ["before the writes", "after the writes"])
def test_what_the_owner_did_not_confirm_is_asked_again_of_the_next(moment: Moment) -> None:
    """The owner goes down in the very step; the next one comes up from storage."""
    world = World()
    ada, bob, tea = meet(world)
    hello, coffee = events.TextEntered(group_id=tea, text="hello"), events.GroupRequested(name="Coffee")
    asked: list[PageEvent] = [hello, coffee, hello]
    for serial, event in enumerate(asked, start=1):
        ada.crash_at = (len(ada.steps), moment)
        ask(ada, "one", event, serial=serial, settled=serial - 1)
        assert view.HandledView(serial=serial) not in ada.shown
        ada.crash_at = None
        ask(ada, "one", event, serial=serial, settled=serial - 1)
        assert view.HandledView(serial=serial) in ada.shown
    assert bob.texts(tea) == ada.texts(tea) == ["hello", "hello"]
    assert sorted(group.name for group in ada.records(GroupRecord)) == ["Coffee", "Tea"]


def test_the_same_serial_of_another_tab_is_another_thing() -> None:
    world = World()
    ada, bob, tea = meet(world)
    for tab in ("one", "two"):
        ask(ada, tab, events.TextEntered(group_id=tea, text=f"from {tab}"), serial=1)
    assert bob.texts(tea) == ["from one", "from two"]


def test_the_order_of_repetition_does_not_matter() -> None:
    world = World()
    ada, bob, tea = meet(world)
    for serial in (2, 1, 2, 3, 1):
        ask(ada, "one", events.TextEntered(group_id=tea, text=f"{serial}"), serial=serial)
        ada.start()
    assert bob.texts(tea) == ["2", "1", "3"]


def test_serials_are_remembered_until_the_tab_has_heard_of_them() -> None:
    world = World()
    ada, _bob, tea = meet(world)
    for serial in (1, 2, 3):
        ask(ada, "one", events.TextEntered(group_id=tea, text="x"), serial=serial)
    assert ada.records(TabRecord)[0].handled == [1, 2, 3]
    ask(ada, "one", events.TextEntered(group_id=tea, text="x"), serial=4, settled=2)
    assert ada.records(TabRecord)[0].handled == [3, 4]
    ask(ada, "one", events.TextEntered(group_id=tea, text=" "), serial=5, settled=4)
    assert ada.records(TabRecord)[0].handled == [3, 4]  # nothing was stored, nothing need be remembered


def test_serials_are_stored_in_the_step_that_they_are_of() -> None:
    world = World()
    ada, _bob, tea = meet(world)
    since = len(ada.steps)
    ask(ada, "one", events.TextEntered(group_id=tea, text="x"), serial=1)
    tables = [{write.table for write in step.writes} for step in ada.steps[since:]]
    assert [OutboxRecord.table in step for step in tables if TabRecord.table in step] == [True]


def test_serials_of_tabs_that_are_gone_are_forgotten() -> None:
    world = World()
    ada, _bob, tea = meet(world)
    for tab in ("one", "two", "three"):
        ask(ada, tab, events.TextEntered(group_id=tea, text="x"), serial=1)
    ada.do(events.TabGone("one"))
    assert [record.tab for record in ada.records(TabRecord)] == ["two", "three"]
    ada.start()
    ada.do(events.TabsPresent(frozenset({"three", "new"})))
    assert [record.tab for record in ada.records(TabRecord)] == ["three"]
