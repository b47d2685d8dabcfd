"""Groups made here, told to the server until it has heard."""

from typing import Any

import pytest

from fake_ledger import refuse
from mls_chat import events, view
from mls_chat.records import GroupRecord
from world import World, meet


@pytest.mark.parametrize("name", ["", " ", "\u0000"])
def test_a_group_needs_a_name(name: str) -> None:
    ada = World().device("Ada")
    ada.do(events.GroupRequested(name=name))
    assert ada.notices() == ["Please give the group a name: at least one visible character."]
    assert ada.records(GroupRecord) == []


def test_a_group_made_without_network_is_told_later() -> None:
    world = World()
    ada = world.device("Ada")
    ada.online = False
    ada.drop()
    ada.do(events.GroupRequested(name="Tea"))
    assert ada.last(view.ChatsView).chats[0].state == "creating"
    ada.start()
    assert ada.last(view.ChatsView).chats[0].state == "creating"
    ada.online = True
    world.advance(60_000)
    assert ada.last(view.ChatsView).chats[0].state == "active"
    assert len(world.server.groups) == 1


def test_the_first_line_says_who_made_it() -> None:
    ada = World().device("Ada")
    group_id = ada.create_group("Tea")
    assert [(line.text, line.line) for line in ada.lines(group_id)] == [("Ada created the group", "system")]


def test_a_group_that_the_server_refuses_says_so() -> None:
    world = World()
    ada = world.device("Ada")

    def group_create(device: str, body: object) -> Any:
        raise refuse(409, "group_exists")

    world.server.group_create = group_create  # type: ignore[method-assign]
    ada.do(events.GroupRequested(name="Tea"))
    assert ada.notices() == ["The group Tea could not be created: group exists"]
    assert ada.last(view.ChatsView).chats[0].state == "failed"


def test_the_welcome_is_confirmed_until_the_server_has_heard() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    assert bob.records(GroupRecord)[0].confirmed
    before = world.server.calls.count("group_join")
    bob.start()
    ada.start()
    assert world.server.calls.count("group_join") == before
    assert bob.records(GroupRecord)[0].group_id == group_id


def test_a_group_exists_under_two_names_one_for_the_server_one_for_mls() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    mls = {device.records(GroupRecord)[0].mls_group_id for device in (ada, bob)}
    assert len(mls) == 1
    assert mls.pop().hex() not in group_id.replace("-", "")
