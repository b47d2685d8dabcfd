"""Coming in by a link: forged Welcomes, refusals, and a key package's private part that is never kept nor lost."""

from collections.abc import Callable

import msgspec
import pytest

from fake_invites import Request
from mls_chat import events, view
from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.envelope import encode_group_data
from mls_chat.identity import leaf_validator
from mls_chat.link import LinkKeys, parse_fragment
from mls_chat.records import AccountRecord, GroupRecord, JoinRecord
from mls_chat.wire.bodies import Commit
from mls_rs_python import Client, Crypto, Storage
from world import Device, World, meet


def private_parts(device: Device) -> int:
    return sum(key.startswith("key_package/") for key in device.stored_mls())


def waiting(world: World) -> tuple[Device, Device, str, str]:
    """Bob has asked to come in; Ada, who could admit him, is away."""
    ada, bob = world.device("Ada"), world.device("Bob")
    group_id = ada.create_group("Tea")
    fragment = ada.invite(group_id)
    ada.online = False
    ada.drop()
    assert bob.join(fragment).stage == "waiting"
    return ada, bob, group_id, fragment


def request_of(world: World, device: Device) -> Request:
    return next(r for r in world.server.requests.values() if r.request.device_id == device.device_id)


def come_back(ada: Device) -> None:
    ada.online = True
    ada.start()
    ada.world.advance(60_000)


def test_the_private_part_is_kept_until_the_group_is_and_no_longer() -> None:
    world = World()
    ada, bob, group_id, _ = waiting(world)
    assert private_parts(bob) == 1
    bob.start()
    assert private_parts(bob) == 1
    come_back(ada)
    assert (private_parts(bob), bob.records(JoinRecord)) == (0, [])
    ada.say(group_id, "welcome")
    assert bob.texts(group_id) == ["welcome"]


def test_it_is_stored_before_the_package_leaves() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    bob.do(events.LinkOpened(fragment=fragment))
    bob.crash_at = (len(bob.steps), "after the writes")
    bob.do(events.JoinRequested())
    assert "invite_join" in world.server.calls
    assert bob.last(view.ChatsView).chats[0].name == "Tea"
    assert private_parts(bob) == 0


Forgery = Callable[[World, Device, str, Request, LinkKeys], None]


def swapped_mac(world: World, bob: Device, group_id: str, request: Request, keys: LinkKeys) -> None:
    request.mac = b"x" * 32


def swapped_welcome(world: World, bob: Device, group_id: str, request: Request, keys: LinkKeys) -> None:
    request.welcome = evil_welcome(world, bob, group_id)


def garbage_under_a_true_mac(world: World, bob: Device, group_id: str, request: Request, keys: LinkKeys) -> None:
    request.welcome = b"garbage"
    request.mac = keys.welcome_mac(bob.device_id, request.welcome)


def another_group_under_a_true_mac(world: World, bob: Device, group_id: str, request: Request, keys: LinkKeys) -> None:
    request.welcome = evil_welcome(world, bob, "00000000-0000-4000-8000-000000000000")
    request.mac = keys.welcome_mac(bob.device_id, request.welcome)


def a_nameless_group(world: World, bob: Device, group_id: str, request: Request, keys: LinkKeys) -> None:
    request.welcome = evil_welcome(world, bob, group_id, data=b"\x91" * 10_000)
    request.mac = keys.welcome_mac(bob.device_id, request.welcome)


def evil_client(world: World) -> Client:
    eve = world.device("Eve").records(AccountRecord)[0]
    return Client(
        credential=eve.credential,
        signature_secret_key=eve.device_secret_key,
        signature_public_key=eve.device_public_key,
        storage=Storage(),
        identity_validator=leaf_validator(Crypto()),
        extension_types=[GROUP_DATA_EXTENSION],
    )


def evil_welcome(
    world: World, bob: Device, group_id: str, mls_group_id: bytes | None = None, data: bytes | None = None
) -> bytes:
    """Into a group of Eve's, for Bob's true key package."""
    extensions = {GROUP_DATA_EXTENSION: encode_group_data(group_id, "Tea") if data is None else data}
    now = world.now // 1000
    group = evil_client(world).create_group(now=now, group_id=mls_group_id, context_extensions=extensions)
    welcome = group.commit(now=now, add=[request_of(world, bob).request.key_package]).welcome
    assert welcome is not None
    return welcome


@pytest.mark.parametrize(
    ("forgery", "reason"),
    [
        (swapped_mac, "it is not bound to the link"),
        (swapped_welcome, "it is not bound to the link"),
        (garbage_under_a_true_mac, "InvalidMessage"),
        (another_group_under_a_true_mac, "it leads into another group than the link"),
        (a_nameless_group, "the group has no readable name"),
    ],
)
def test_a_forged_welcome_is_refused_and_leaves_nothing(forgery: Forgery, reason: str) -> None:
    world = World()
    ada, bob, group_id, fragment = waiting(world)
    bob.online = False
    come_back(ada)
    forgery(world, bob, group_id, request_of(world, bob), LinkKeys(Crypto(), parse_fragment(fragment)))
    bob.online = True
    world.advance(60_000)
    sentence = f"The invitation to the group is not genuine ({reason}). Ask for a new link."
    assert bob.last(view.JoinView).error == sentence
    assert bob.stored_mls() == {}
    assert (bob.records(JoinRecord), bob.records(GroupRecord)) == ([], [])


def test_a_welcome_can_not_replace_a_group_that_one_is_in() -> None:
    """Whoever invites knows the link's secret and may know another group's MLS id."""
    world = World()
    ada, bob, tea = meet(world)
    state, mls_id = bob.authenticator(tea), bob.records(GroupRecord)[0].mls_group_id
    coffee = ada.create_group("Coffee")
    fragment = ada.invite(coffee)
    ada.online = False
    ada.drop()
    bob.join(fragment)
    bob.online = False
    come_back(ada)
    request, keys = request_of(world, bob), LinkKeys(Crypto(), parse_fragment(fragment))
    request = list(world.server.requests.values())[-1]
    now, eve = world.now // 1000, evil_client(world)
    extensions = {GROUP_DATA_EXTENSION: encode_group_data(coffee, "Coffee")}
    group = eve.create_group(now=now, group_id=mls_id, context_extensions=extensions)
    request.welcome = group.commit(now=now, add=[request.request.key_package]).welcome or b""
    request.mac = keys.welcome_mac(bob.device_id, request.welcome)
    bob.online = True
    world.advance(60_000)
    assert "it would replace another group" in bob.last(view.JoinView).error
    assert bob.authenticator(tea) == state
    ada.say(tea, "still here")
    bob.say(tea, "me too")
    assert bob.texts(tea) == ada.texts(tea) == ["still here", "me too"]


def test_an_answer_that_says_complete_and_nothing_more() -> None:
    world = World()
    ada, bob, group_id, _ = waiting(world)
    request = request_of(world, bob)
    true = world.server.invite_poll

    def bare(device: str, body: object) -> object:
        return msgspec.structs.replace(true(device, body), state="complete")  # type: ignore[arg-type]

    world.server.invite_poll = bare  # type: ignore[assignment,method-assign]
    world.advance(60_000)
    assert request.state == "kp_submitted"
    assert "the server's answer is incomplete" in bob.last(view.JoinView).error
    assert private_parts(bob) == 0
    assert ada.records(GroupRecord)[0].group_id == group_id


@pytest.mark.parametrize(("reason", "told"), [("no thanks", "no thanks"), (None, "no reason given")])
def test_a_refusal_is_told_with_its_reason(reason: str | None, told: str) -> None:
    world = World()
    _, bob, _, _ = waiting(world)
    request_of(world, bob).state, request_of(world, bob).reason = "refused", reason
    world.advance(60_000)
    assert bob.last(view.JoinView).error == f"The request was refused: {told}."
    assert (private_parts(bob), bob.records(JoinRecord)) == (0, [])


def test_all_members_away_for_the_links_life() -> None:
    world = World()
    ada, bob, group_id, _ = waiting(world)
    world.now += 7 * 24 * 3_600_000  # everybody slept
    world.advance(60_000)
    assert bob.last(view.JoinView).error == "This link has expired. Ask for a new one."
    assert (private_parts(bob), bob.records(JoinRecord)) == (0, [])
    come_back(ada)
    assert not any(message.added for message in world.server.groups[group_id].log)
    assert ada.notices() == []


def test_a_refusal_after_the_link_was_closed_is_a_notice() -> None:
    world = World()
    _, bob, _, _ = waiting(world)
    bob.do(events.LinkClosed())
    world.advance(1_000)
    request_of(world, bob).state, request_of(world, bob).reason = "refused", "no"
    world.advance(60_000)
    assert bob.notices() == ["You could not join Tea: The request was refused: no."]
    assert bob.last(view.JoinView).stage == "none"


def test_a_second_joiner_of_one_link_is_told() -> None:
    world = World()
    _, _, _, fragment = waiting(world)
    cleo = world.device("Cleo")
    assert cleo.join(fragment).error == "This link was already used. Ask for a new one."
    assert private_parts(cleo) == 0


def test_a_member_who_opens_a_new_link_to_the_group() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    shown = bob.join(ada.invite(group_id))
    assert (shown.stage, shown.error) == ("failed", "You are already a member of this group.")
    assert private_parts(bob) == 0
    ada.say(group_id, "hello")
    assert bob.texts(group_id) == ["hello"]


def test_a_bell_during_a_poll_is_not_lost() -> None:
    world = World()
    ada, bob, _, _ = waiting(world)
    bob.slow = True
    world.advance(60_000)  # the poll's answer is on its way: still waiting
    assert bob.held
    ada.online = True
    ada.start()
    assert bob.last(view.JoinView).stage == "waiting"
    bob.release()
    assert bob.last(view.JoinView).stage == "joined"


def test_the_link_without_an_account_shows_the_groups_name() -> None:
    world = World()
    ada = world.device("Ada")
    fragment = ada.invite(ada.create_group("Tea"))
    device = Device(world)
    device.do(events.LinkOpened(fragment=fragment))
    assert device.last(view.JoinView) == view.JoinView(stage="ready", group_name="Tea")
    device.do(events.JoinRequested())
    assert device.last(view.JoinView).stage == "ready"
    device.do(events.NameEntered(name="Bob"), events.JoinRequested())
    assert device.last(view.JoinView).stage == "joined"


def test_join_pressed_before_the_name_is_known() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    ada.online = False
    ada.drop()
    bob.do(events.LinkOpened(fragment=fragment), events.JoinRequested())
    stages = [shown.stage for shown in bob.shown if isinstance(shown, view.JoinView)]
    assert stages == ["loading", "loading", "ready", "joining", "waiting"]
    assert bob.last(view.JoinView).group_name == "Tea"
    assert bob.records(JoinRecord)[0].group_name == "Tea"


def test_a_member_who_was_removed_comes_in_again_by_a_new_link() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "before")
    with ada.mls(group_id) as group:
        output, epoch = group.commit(now=world.now // 1000, remove=[1]), group.epoch
    message_id = "00000000-0000-4000-9000-000000000001"
    body = Commit(group_id=group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit)
    ada.ask("send_commit", msgspec.structs.replace(body, removed=[bob.device_id]))
    world.run()
    assert bob.last(view.ChatsView).chats[0].state == "removed"
    assert bob.join(ada.invite(group_id)).stage == "joined"
    bob.say(group_id, "again")
    ada.say(group_id, "welcome back")
    assert bob.texts(group_id) == ["before", "again", "welcome back"]
    assert ada.authenticator(group_id) == bob.authenticator(group_id)
    assert bob.problems(group_id) == []
