"""What is asked now and then: seldom while the channel's bells are heard, often while they are not."""

from mls_chat import events
from mls_chat.effects import SetTimer
from mls_chat.timers import POLL_ALONE_MS, POLL_CONNECTED_MS
from world import Device, World


def next_poll(device: Device) -> int:
    before = len(device.steps)
    device.do(events.TimerFired("poll"))
    effects = [effect for step in device.steps[before:] for effect in step.effects]
    [delay] = [each.delay_ms for each in effects if isinstance(each, SetTimer) and each.name == "poll"]
    return delay


def test_it_asks_more_often_without_a_connection() -> None:
    ada = World().device("Ada")
    assert next_poll(ada) == POLL_CONNECTED_MS
    ada.online = False
    ada.drop()
    assert next_poll(ada) == POLL_ALONE_MS


def test_a_timer_of_a_group_that_is_gone_does_nothing() -> None:
    ada = World().device("Ada")
    before, shown = dict(ada.rows), len(ada.shown)
    for name in ("outbox", "pull", "info", "rejoin", "call"):
        ada.do(events.TimerFired(f"{name}:00000000-0000-4000-8000-000000000000"))
    assert (ada.rows, len(ada.shown)) == (before, shown)
