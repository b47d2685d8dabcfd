"""The account on a device, its registration, and tokens that are renewed in time."""

import pytest

from mls_chat import events, view
from mls_chat.records import AccountRecord
from world import Device, World


def test_nothing_happens_without_a_name() -> None:
    world = World()
    device = Device(world)
    assert device.last(view.SessionView).stage == "new"
    device.do(
        events.GroupRequested(name="Tea"),
        events.TextEntered(group_id="x", text="y"),
        events.JoinRequested(),
        events.MembersOpened(group_id="x"),
        events.Woken(),
    )
    world.advance(60_000)
    assert (device.rows, world.server.calls) == ({}, [])


@pytest.mark.parametrize("name", ["", "   ", "\u0000\u200b\n", "\ud800"])
def test_an_invisible_name_is_refused(name: str) -> None:
    device = Device(World())
    device.do(events.NameEntered(name=name))
    assert device.notices() == ["Please give a name: at least one visible character."]
    assert device.rows == {}


def test_the_keys_are_stored_before_anything_is_sent() -> None:
    world = World()
    ada = Device(world)
    ada.crash_at = (len(ada.steps), "after the writes")
    ada.do(events.NameEntered(name=" Ada\n"))
    assert ada.last(view.SessionView).name == "Ada"
    assert list(world.server.devices) == [ada.device_id]
    assert ada.records(AccountRecord)[0].registered
    assert world.server.calls.count("auth_register") == 1


def test_a_second_name_changes_nothing() -> None:
    world = World()
    ada = world.device("Ada")
    before = dict(ada.rows)
    ada.do(events.NameEntered(name="Eve"))
    assert ada.rows == before


def test_a_server_that_forgot_the_device_is_told_again() -> None:
    world = World()
    ada = world.device("Ada")
    world.server.devices.clear()
    ada.start()
    assert list(world.server.devices) == [ada.device_id]
    assert ada.last(view.ConnectionView).status == "connected"


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_that_is_off_by_a_year_neither_storms_nor_starves(years: int) -> None:
    world = World()
    ada = Device(world)
    ada.clock_off = years * 365 * 86_400_000
    ada.do(events.NameEntered(name="Ada"))
    before = len(world.server.calls)
    world.advance(3_600_000)
    logins = world.server.calls[before:].count("auth_login")
    assert 4 <= logins <= 360
    assert ada.last(view.ConnectionView).status == "connected"
    assert ada.notices() == []


def test_an_hour_without_network_in_the_middle_of_everything() -> None:
    world = World()
    ada = world.device("Ada")
    ada.online = False
    ada.drop()
    ada.do(events.GroupRequested(name="Tea"))
    world.advance(3_600_000)
    ada.online = True
    world.advance(60_000)
    assert ada.last(view.ChatsView).chats[0].state == "active"
    assert ada.notices() == []
