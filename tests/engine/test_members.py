"""The members panel: who by MLS, online by the server's word."""

import pytest

from mls_chat import events, view
from mls_chat.wire.bodies import Commit
from world import Device, World, meet, meet_three


def panel(device: Device, group_id: str) -> view.MembersView:
    device.do(events.MembersOpened(group_id=group_id))
    return device.last(view.MembersView)


def test_you_first_then_who_is_online() -> None:
    world = World()
    ada, bob, _cleo, group_id = meet_three(world)
    bob.online = False
    bob.drop()
    members = panel(ada, group_id).members
    assert [(m.name, m.you, m.online, m.devices) for m in members] == [
        ("Ada", True, True, 1),
        ("Cleo", False, True, 1),
        ("Bob", False, False, 1),
    ]
    assert members[0].role == "owner"
    assert members[0].short_id == members[0].user_id[:8]


def test_without_the_server_the_members_are_shown_all_the_same() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    ada.online = False
    ada.drop()
    assert [(m.name, m.online, m.role) for m in panel(ada, group_id).members] == [("Ada", True, ""), ("Bob", False, "")]


def test_a_member_of_the_servers_own_making_is_not_shown() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    group = world.server.groups[group_id]
    group.members["ghost"] = group.members[bob.device_id]
    assert [m.devices for m in panel(ada, group_id).members] == [1, 1]


def test_it_is_refreshed_while_it_is_open() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    assert all(member.online for member in panel(ada, group_id).members)
    bob.online = False
    bob.drop()
    world.advance(15_000)
    assert [member.online for member in ada.last(view.MembersView).members] == [True, False]
    ada.do(events.MembersClosed())
    world.advance(15_000)
    asked = world.server.calls.count("group_members_list")
    world.advance(60_000)
    assert world.server.calls.count("group_members_list") == asked


def test_a_newcomer_appears_at_once() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    cleo, fragment = world.device("Cleo"), ada.invite(group_id)
    panel(ada, group_id)
    cleo.join(fragment)
    assert sorted(member.name for member in ada.last(view.MembersView).members) == ["Ada", "Bob", "Cleo"]


@pytest.mark.parametrize("restarted", [False, True])
def test_the_panel_of_a_group_that_one_was_removed_from(restarted: bool) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        output, epoch = group.commit(now=world.now // 1000, remove=[1]), group.epoch
    body = Commit(
        group_id=group_id,
        message_id="00000000-0000-4000-9000-000000000001",
        epoch=epoch,
        mls_bytes=output.commit,
        removed=[bob.device_id],
    )
    ada.ask("send_commit", body)
    world.run()
    if restarted:
        bob.start()
    assert sorted(member.name for member in panel(bob, group_id).members) == ["Ada", "Bob"]
    assert bob.last(view.ChatsView).chats[0].state == "removed"


def test_everybody_may_rename_and_may_remove_the_others() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for device, other in ((ada, "Bob"), (bob, "Ada")):
        shown = panel(device, group_id)
        assert shown.renamable
        assert [member.name for member in shown.members if member.removable] == [other]


def test_whoever_is_being_removed_can_not_be_removed_again() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.online = False
    ada.drop()
    ada.do(events.RemovalRequested(group_id=group_id, user_id=bob.account["user_id"]))
    assert [member.removable for member in panel(ada, group_id).members] == [False, False]
    ada.online = True
    world.advance(60_000)
    assert [member.name for member in panel(ada, group_id).members] == ["Ada"]


def test_a_group_that_one_is_no_longer_in_can_not_be_changed() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.do(events.RemovalRequested(group_id=group_id, user_id=bob.account["user_id"]))
    shown = panel(bob, group_id)
    assert (shown.renamable, [member.removable for member in shown.members]) == (False, [False, False])


def test_the_panel_of_a_group_whose_state_is_lost() -> None:
    ada = World().device("Ada")
    group_id = ada.create_group("Lost")
    with ada.mls(group_id) as group:
        mls_group_id = group.group_id
    ada.engine._context.backend.forget_group(mls_group_id)
    shown = panel(ada, group_id)
    assert (shown.members, shown.renamable) == ([], False)


def test_a_group_that_does_not_exist() -> None:
    ada = World().device("Ada")
    ada.do(events.MembersOpened(group_id="nothing"))
    assert not any(isinstance(shown, view.MembersView) for shown in ada.shown)
