"""Letting joiners in: two at once, lost races, substituted key packages, crashes between claim and merge."""

from typing import Any

import msgspec
import pytest

from fake_ledger import refuse
from mls_chat import events, view
from mls_chat.records import AdmissionRecord
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit, InvitePendingReply
from world import Device, World, meet, meet_three


def commits(world: World, group_id: str) -> int:
    return [message.msg_kind for message in world.server.groups[group_id].log].count("commit")


def converged(group_id: str, *devices: Device) -> None:
    assert len({device.authenticator(group_id) for device in devices}) == 1
    for number, device in enumerate(devices):
        device.say(group_id, f"from {number}")
    texts = [device.texts(group_id)[-len(devices) :] for device in devices]
    assert texts == [[f"from {number}" for number in range(len(devices))]] * len(devices)
    for device in devices:
        assert device.problems(group_id) == []
        assert device.records(AdmissionRecord) == []
        with device.mls(group_id) as group:
            assert not group.has_pending_commit


def wait_at_the_door(world: World, group_id: str, fragment: str, name: str = "Dora") -> Device:
    """A joiner whose request has been made while no member heard the bell."""
    for device in world.devices:
        device.online = False
    joiner = world.device(name)
    joiner.join(fragment)
    for device in world.devices:
        device.online = True
    return joiner


def test_two_members_at_once_make_one_commit_and_one_welcome() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    before = commits(world, group_id)
    dora = world.device("Dora")
    dora.join(ada.invite(group_id))  # the bell rings at all three
    assert world.server.calls.count("invite_pending") >= 3
    assert commits(world, group_id) == before + 1
    assert dora.last(view.JoinView).stage == "joined"
    world.advance(10_000)
    converged(group_id, ada, bob, cleo, dora)


def test_two_joiners_at_once_are_let_in_one_after_the_other() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    links = [ada.invite(group_id) for _ in range(3)]
    for device in (ada, bob):
        device.slow = True
    joiners = [world.device(name) for name in ("Cleo", "Dora", "Emil")]
    for joiner, fragment in zip(joiners, links, strict=True):
        joiner.join(fragment)
    for _ in range(30):
        for device in (ada, bob):
            device.release()
    world.advance(200_000)
    assert [joiner.last(view.JoinView).stage for joiner in joiners] == ["joined"] * 3
    converged(group_id, ada, bob, *joiners)


def rotate(device: Device, group_id: str, number: int) -> None:
    with device.mls(group_id) as group:
        output, epoch = group.commit(now=device.world.now // 1000), group.epoch
    message_id = f"00000000-0000-4000-9000-{number:012d}"
    device.ask("send_commit", Commit(group_id=group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit))


@pytest.mark.parametrize("losses", [1, 3])
def test_the_loser_of_a_race_admits_on_the_new_epoch(losses: int) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = ada.invite(group_id)
    bob.drop()
    cleo = world.device("Cleo")
    ada.slow = True
    cleo.join(fragment)
    for number in range(losses):  # each time Ada's next answer arrives after somebody else's commit
        held, ada.held = ada.held, []
        rotate(bob, group_id, number)
        world.run()
        bob.do(events.Woken())
        ada.do(*held)
    ada.release()
    world.advance(60_000)
    assert cleo.last(view.JoinView).stage == "joined"
    converged(group_id, ada, bob, cleo)


def test_a_commit_that_was_overtaken_leaves_no_trace() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = ada.invite(group_id)
    world.server.sockets[bob.device_id][1].pop(group_id)
    world.server.sockets[ada.device_id][1].pop(group_id)
    cleo = world.device("Cleo")
    rotate(bob, group_id, 1)
    assert cleo.join(fragment).stage == "waiting"
    ada.do(events.Woken())
    world.advance(100)
    ada.push(frames.InviteBell(group_id=group_id))
    world.run()
    assert ada.records(AdmissionRecord)[0].commit
    for device in (ada, bob):
        device.drop()
    world.advance(60_000)
    assert cleo.last(view.JoinView).stage == "joined"
    converged(group_id, ada, bob, cleo)


def lie(world: World, **changes: Any) -> None:
    """The server changes what it shows of every join request."""
    true = world.server.invite_pending

    def pending(device: str, body: Any) -> InvitePendingReply:
        return InvitePendingReply([msgspec.structs.replace(r, **changes) for r in true(device, body).requests])

    world.server.invite_pending = pending  # type: ignore[method-assign,assignment]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"key_package": "Eve's"}, "the key package is not bound to the link"),
        ({"mac": b"m" * 32}, "the key package is not bound to the link"),
        ({"mac": b""}, "the key package is not bound to the link"),
        ({"user_id": "somebody"}, "the key package is not bound to the link"),
        ({"device_id": "00000000-0000-4000-8000-000000000000"}, "the key package is not bound to the link"),
        ({"sealed_profile": b"x" * 40}, "the profile is not sealed under the link"),
    ],
)
def test_a_server_that_changes_a_request_is_refused(changes: dict[str, Any], reason: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    if "key_package" in changes:
        eve = world.device("Eve").engine._context.backend
        changes = {"key_package": eve.generate_key_package(now=world.now // 1000, lifetime=86_400).data}
    lie(world, **changes)
    before, log = commits(world, group_id), len(world.server.groups[group_id].log)
    fragment = ada.invite(group_id)
    cleo = world.device("Cleo")
    shown = cleo.join(fragment)
    assert shown.stage == "failed"
    assert shown.error == f"The request was refused: {reason}."
    assert commits(world, group_id) == before
    assert any(reason in notice for notice in ada.notices() + bob.notices())
    assert len(world.server.groups[group_id].log) == log + 1  # the link's secret alone
    converged(group_id, ada, bob)


def test_after_a_refusal_the_next_in_line_gets_in() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    links = [ada.invite(group_id), ada.invite(group_id)]
    cleo = wait_at_the_door(world, group_id, links[0], "Cleo")
    dora = wait_at_the_door(world, group_id, links[1], "Dora")
    first = next(iter(r for r in world.server.requests.values() if r.request.device_id == cleo.device_id))
    first.request.mac = b"x"
    world.advance(30_000)
    assert cleo.last(view.JoinView).stage == "failed"
    assert dora.last(view.JoinView).stage == "joined"


def test_a_commit_that_the_server_will_not_take_is_not_tried_for_ever() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = ada.invite(group_id)
    cleo = wait_at_the_door(world, group_id, fragment, "Cleo")
    true = world.server.send_commit

    def send_commit(device: str, body: Commit) -> Any:
        raise refuse(400, "commit_mismatch")

    world.server.send_commit = send_commit  # type: ignore[method-assign]
    world.advance(120_000)
    world.server.send_commit = true  # type: ignore[method-assign]
    assert cleo.last(view.JoinView).error.startswith("The request was refused: the server did not take the commit")
    assert world.server.calls.count("invite_complete") <= 6
    converged(group_id, ada, bob)


def test_a_claim_whose_holder_went_away_is_free_after_two_minutes() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = ada.invite(group_id)
    bob.online = False
    bob.drop()
    ada.slow = True
    cleo = world.device("Cleo")
    cleo.join(fragment)
    ada.do(*ada.held[:1])  # Ada has claimed, then her machine goes away for good
    ada.held.clear()
    assert [request.claimed_by for request in world.server.requests.values()][-1] == ada.device_id
    ada.online = False
    ada.drop()
    ada.timers.clear()
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(100_000)
    assert cleo.last(view.JoinView).stage == "waiting"
    world.advance(100_000)
    assert cleo.last(view.JoinView).stage == "joined"
    ada.online, ada.slow = True, False
    ada.start()
    world.advance(60_000)
    converged(group_id, ada, bob, cleo)


@pytest.mark.parametrize("moment", ["before the writes", "after the writes"])
def test_a_crash_at_any_point_between_claim_and_merge(moment: Any) -> None:
    for step in range(14):
        world = World()
        ada, bob, group_id = meet(world)
        fragment = ada.invite(group_id)
        bob.online = False
        bob.drop()
        cleo = world.device("Cleo")
        ada.crash_at = (len(ada.steps) + step, moment)
        cleo.join(fragment)
        bob.online = True
        world.advance(120_000)
        assert cleo.last(view.JoinView).stage == "joined", step
        assert commits(world, group_id) == 2, step
        converged(group_id, ada, bob, cleo)


def test_a_link_to_another_group_of_ours_admits_nobody_here() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    other = ada.create_group("Coffee")
    lie(world, group_id=other)
    cleo = world.device("Cleo")
    assert cleo.join(ada.invite(group_id)).stage == "waiting"
    assert commits(world, other) == 0
    converged(group_id, ada, bob)


def test_the_door_opens_again_after_a_commit_that_was_rubbish() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = bob.invite(group_id)
    cleo = wait_at_the_door(world, group_id, fragment, "Cleo")
    ada.online = False
    ada.drop()
    world.server.forge(group_id, ada.device_id, b"rubbish", msg_kind="commit")
    world.run()
    world.advance(60_000)
    assert cleo.last(view.JoinView).stage == "joined"
    assert ada.account["user_id"] in {m.user_id for m in world.server.groups[group_id].log if m.msg_kind == "commit"}
    assert bob.notices() == []
