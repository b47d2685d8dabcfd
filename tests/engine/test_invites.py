"""Links: made here, shared with the other members, gone when they have expired."""

from typing import Any

from fake_ledger import refuse
from lost_state import silence, speak
from mls_chat import events, view
from mls_chat.link import parse_fragment
from mls_chat.records import InviteRecord
from world import World, meet, meet_three

WEEK = 7 * 24 * 3_600_000


def test_a_link_is_shown_when_the_server_has_it() -> None:
    world = World()
    ada = world.device("Ada")
    group_id = ada.create_group("Tea")
    fragment = ada.invite(group_id)
    stages = [shown.stage for shown in ada.shown if isinstance(shown, view.InviteView)]
    assert stages == ["creating", "ready"]
    assert ada.last(view.InviteView).expires_at == world.now + WEEK
    assert parse_fragment(fragment).invite_id in world.server.invites


def test_the_secret_reaches_the_members_and_nobody_else() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    link = parse_fragment(ada.invite(group_id))
    for device in (ada, bob, cleo):
        assert link.secret in [invite.secret for invite in device.records(InviteRecord)]
    log = b"".join(message.mls_bytes for message in world.server.groups[group_id].log)
    invite = world.server.invites[link.invite_id]
    assert link.secret not in log + invite.access_hash + invite.sealed_info
    assert b"Tea" not in invite.sealed_info


def test_a_newcomer_gets_the_open_links() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    open_link, fragment = parse_fragment(ada.invite(group_id)), ada.invite(group_id)
    cleo = world.device("Cleo")
    cleo.join(fragment)
    assert open_link.secret in [invite.secret for invite in cleo.records(InviteRecord)]


def test_every_press_makes_a_new_link() -> None:
    world = World()
    ada = world.device("Ada")
    group_id = ada.create_group("Tea")
    assert ada.invite(group_id) != ada.invite(group_id)


def test_a_link_of_a_group_that_the_server_does_not_know_yet_is_made_once_it_does() -> None:
    world = World()
    ada = world.device("Ada")
    silence(ada)
    ada.do(events.GroupRequested(name="Tea"))
    group_id = ada.last(view.ChatsView).chats[0].group_id
    ada.do(events.InviteRequested(group_id=group_id))
    assert ada.last(view.InviteView).stage == "creating"
    assert [invite.state for invite in ada.records(InviteRecord)] == ["creating"]
    ada.start()
    speak(world, ada)
    assert [invite.state for invite in ada.records(InviteRecord)] == ["active"]
    assert len(world.server.invites) == 1


def test_the_link_of_a_group_that_the_server_refuses_is_told_as_failed() -> None:
    world = World()
    ada = world.device("Ada")
    silence(ada)

    def group_create(device: str, body: object) -> Any:
        raise refuse(409, "group_exists")

    world.server.group_create = group_create  # type: ignore[method-assign]
    ada.do(events.GroupRequested(name="Tea"))
    ada.do(events.InviteRequested(group_id=ada.last(view.ChatsView).chats[0].group_id))
    speak(world, ada)
    assert ada.last(view.InviteView).error == "The link could not be made, since the group could not be created."
    assert ada.records(InviteRecord) == []


def test_a_group_that_this_device_is_not_in_has_no_link() -> None:
    world = World()
    ada = world.device("Ada")
    ada.do(events.InviteRequested(group_id="nothing"))
    assert ada.last(view.InviteView).stage == "failed"
    assert ada.records(InviteRecord) == []


def test_a_refused_link_says_so_and_is_gone() -> None:
    world = World()
    ada = world.device("Ada")
    group_id = ada.create_group("Tea")

    def invite_create(device: str, body: object) -> Any:
        raise refuse(403, "not_a_member")

    world.server.invite_create = invite_create  # type: ignore[method-assign]
    ada.do(events.InviteRequested(group_id=group_id))
    assert ada.last(view.InviteView).error == "The link could not be made: not a member"
    assert ada.records(InviteRecord) == []


def test_a_link_that_was_being_made_is_made_after_a_restart() -> None:
    world = World()
    ada = world.device("Ada")
    group_id = ada.create_group("Tea")
    ada.crash_at = (len(ada.steps), "after the writes")
    ada.do(events.InviteRequested(group_id=group_id))
    assert [invite.state for invite in ada.records(InviteRecord)] == ["active"]
    assert len(world.server.invites) == 1


def test_expired_links_are_forgotten() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.invite(group_id)
    world.now += WEEK + 1
    for device in (ada, bob):
        device.start()
        assert device.records(InviteRecord) == []
