"""What people want: each wish is pursued until it is done, with a pause after each try."""

from typing import TYPE_CHECKING, Final

from mls_chat import events
from mls_chat.records import JoinRecord
from simulator import account_wishes, checks
from simulator.device import SimDevice
from simulator.plan import Wish

if TYPE_CHECKING:
    from simulator.simulation import Simulation

AGAIN_MS: Final = 4_000
"""How long a person waits before trying again."""


def plan(sim: "Simulation", wish: Wish) -> None:
    sim.open_wishes += 1
    sim.network.at(sim.begun + wish.at, lambda: _pursue(sim, wish))


def _pursue(sim: "Simulation", wish: Wish) -> None:
    device = sim.people[wish.device]
    if _done(sim, wish):
        sim.open_wishes -= 1
        return
    if device.up:
        _act(sim, wish, device)
        if _done(sim, wish):
            sim.open_wishes -= 1
            return
    sim.network.after(AGAIN_MS, lambda: _pursue(sim, wish))


def _done(sim: "Simulation", wish: Wish) -> bool:
    device = sim.people[wish.device]
    if device.gone or device.knows_it_is_out or device.index in sim.stayed_out:
        return True
    if device.owner in sim.leaving and wish.kind not in account_wishes.OUTSIDE and _is_out(sim, device):
        return True
    match wish.kind:
        case "name":
            return device.has_account
        case "create" | "join":
            return device.chat is not None or bool(device.struck)  # that happens in the group alone
        case "invite":
            return wish.other in sim.links
        case "say":
            return wish.text in device.entered
        case "open":
            return device.is_in
        case "rename" | "rotate" | "remove" | "reconnect":
            return wish in device.asked
        case _:
            return account_wishes.done(sim, wish, device)


def _is_out(sim: "Simulation", device: SimDevice) -> bool:
    """It knows that it was removed, or has lost its record of the group since."""
    group, alone = device.chat, not any(other in sim.members for other in sim.devices_of(device.owner))
    if group is None:
        return alone and (bool(device.struck) or device.index >= sim.plan.devices)
    return group.state == "removed"


def _act(sim: "Simulation", wish: Wish, device: SimDevice) -> None:
    match wish.kind:
        case "name":
            device.do(events.NameEntered(name=f"P{wish.device}"))
        case "create" if device.has_account:
            device.do(events.GroupRequested(name="Tea"))
        case "join" if device.has_account and wish.other in sim.links and not device.records(JoinRecord):
            device.do(events.LinkOpened(fragment=sim.links[wish.other]), events.JoinRequested())
        case "invite" if device.is_in and device.inviting is None:
            device.inviting = wish.other
            device.do(events.InviteRequested(group_id=_group_of(device)))
        case "say" if device.is_in:
            device.do(events.TextEntered(group_id=_group_of(device), text=wish.text))
        case "open" if device.is_in:
            device.do(events.ChatOpened(group_id=_group_of(device)))
        case "rename" | "rotate" | "remove" | "reconnect" if device.is_in:
            _change(sim, wish, device)
        case _:
            account_wishes.act(sim, wish, device)


def _change(sim: "Simulation", wish: Wish, device: SimDevice) -> None:
    """Asked once: from then on it is the engine's to bring it to an end."""
    group_id, other = _group_of(device), sim.people[wish.other]
    match wish.kind:
        case "rename":
            happened: events.Event = events.RenameRequested(group_id=group_id, name=wish.text)
        case "remove" if other.has_account:
            happened = events.RemovalRequested(group_id=group_id, user_id=other.account["user_id"])
            sim.leaving.add(other.owner)
        case "reconnect":
            device.alarmed.append(checks.alert_of(device))
            happened = events.RejoinRequested(group_id=group_id)
        case _:
            happened = events.RenewalRequested(group_id=group_id)
    device.asked.append(wish)
    device.do(happened)


def _group_of(device: SimDevice) -> str:
    group = device.chat
    assert group is not None
    return group.group_id
