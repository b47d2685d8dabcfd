"""Where each tab is: the newest event of each place, forgotten with the tab."""

from mls_chat.events import (
    ChatOpened,
    FromTab,
    HealthClosed,
    HealthOpened,
    JoinRequested,
    LinkOpened,
    NetworkChanged,
    Started,
    TabGone,
    TextEntered,
)
from mls_chat.route import Route, asked_by


def test_the_newest_of_each_place_counts_and_nothing_else() -> None:
    route = Route()
    for event in (ChatOpened("a"), NetworkChanged(True), ChatOpened("b"), TextEntered("b", "hello"), Started()):
        route.take(event)
    assert route.events == [FromTab("", NetworkChanged(True)), FromTab("", ChatOpened("b"))]


def test_a_link_takes_the_place_of_a_chat() -> None:
    route = Route()
    for event in (ChatOpened("a"), LinkOpened("join=x"), JoinRequested()):
        route.take(event)
    assert route.events == [FromTab("", LinkOpened("join=x"))]


def test_each_tab_has_its_own_and_asks_without_a_serial() -> None:
    """With its serial it would count as done already."""
    route = Route()
    for event in (ChatOpened("a"), HealthOpened()):
        route.take(FromTab("one", event, serial=5))
        route.take(FromTab("two", event, serial=6))
    route.take(FromTab("two", HealthClosed(), serial=7))
    route.take(TabGone("one"))
    assert route.events == [FromTab("two", ChatOpened("a")), FromTab("two", HealthClosed())]


def test_a_place_that_can_not_be_gone_to_is_forgotten() -> None:
    route = Route()
    asked = FromTab("one", ChatOpened("a"), serial=1)
    route.take(asked)
    route.forget(asked)
    assert route.events == []


def test_only_people_ask() -> None:
    assert asked_by(ChatOpened("a")) == FromTab("", ChatOpened("a"))
    assert asked_by(FromTab("one", ChatOpened("a"), 3)) == FromTab("one", ChatOpened("a"), 3)
    assert asked_by(Started()) is None
