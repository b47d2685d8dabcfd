"""What a person does before there is an account: a name and a link are heard, all else has nothing to act on."""

import pytest

from mls_chat import events, view
from world import Device, World

ID = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    "early",
    [
        events.GroupRequested(name="Tea"),
        events.TextEntered(group_id=ID, text="hello"),
        events.ChatOpened(group_id=ID),
        events.RemovalRequested(group_id=ID, user_id=ID),
        events.HealthOpened(),
        events.Woken(),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_needs_an_account_waits_for_a_name(early: events.PageEvent) -> None:
    device = Device(World())
    shown = len(device.shown)
    device.do(early)
    assert (device.rows, len(device.shown)) == ({}, shown)
    device.do(events.NameEntered(name="Ada"))
    assert device.account["name"] == "Ada"


def test_a_link_is_looked_at_before_there_is_a_name() -> None:
    world = World()
    ada, newcomer = world.device("Ada"), Device(world)
    link = ada.invite(ada.create_group("Tea"))
    newcomer.do(events.LinkOpened(fragment=link))
    assert newcomer.last(view.JoinView).group_name == "Tea"
