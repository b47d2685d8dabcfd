"""Faults that strike at a time of their own: absences, outages, and a server that tells old or untrue things."""

from typing import TYPE_CHECKING

from mls_chat import events
from mls_chat.wire import frames
from simulator import false_acts, state_faults, strangers
from simulator.device import SimDevice
from simulator.plan import Fault
from simulator.wishes import AGAIN_MS

if TYPE_CHECKING:
    from simulator.simulation import Simulation


def plan(sim: "Simulation", fault: Fault) -> None:
    begin = sim.begun + fault.nth
    match fault.kind:
        case "offline":
            sim.network.at(begin, lambda: _leave(sim, fault))
            sim.network.at(begin + fault.ms, lambda: _return(sim, fault))
        case "outage":
            sim.network.at(begin, lambda: _outage(sim, 1))
            sim.network.at(begin + fault.ms, lambda: _outage(sim, -1))
        case "old frames again":
            sim.network.at(begin, lambda: _old_frames(sim, sim.people[fault.device]))
        case "old message again":
            sim.network.at(begin, lambda: _old_message(sim))
        case "forged request":
            sim.network.at(begin, lambda: strangers.knock(sim))
        case "state lost" | "state set back" | "profile set back" | "record lost":
            state_faults.plan(sim, fault)
        case "commit denied":
            sim.network.at(begin, lambda: _deny_next(sim, sim.people[fault.device], fault.ms))
        case "bad commit":
            sim.network.at(begin, lambda: state_faults.post_rubbish(sim, sim.people[fault.device]))
        case "claims worthless":
            sim.network.at(begin, lambda: sim.server.let_claims(-1))
            sim.network.at(begin + fault.ms, lambda: sim.server.let_claims(1))
        case _:
            false_acts.plan(sim, fault)


def _deny_next(sim: "Simulation", device: SimDevice, delay: int) -> None:
    if device.has_account:
        sim.server.deny_next(device.device_id, delay)


def _leave(sim: "Simulation", fault: Fault) -> None:
    device = sim.people[fault.device]
    device.away += 1
    device.lose_line(tell=True)
    if fault.ms >= AGAIN_MS:
        device.post(events.NetworkChanged(online=False), device.life)


def _return(sim: "Simulation", fault: Fault) -> None:
    device = sim.people[fault.device]
    device.away -= 1
    if fault.ms >= AGAIN_MS and not device.away:
        device.post(events.NetworkChanged(online=True), device.life)


def _outage(sim: "Simulation", change: int) -> None:
    sim.outages += change
    if sim.outages:
        for device in sim.people:
            device.lose_line(tell=True)


def _old_frames(sim: "Simulation", device: SimDevice) -> None:
    """The server tells what it has told before."""
    if device.line is None or sim.group_id is None or not device.is_in:
        return
    if messages := sim.server._readable(device.device_id, sim.group_id, 0)[-20:]:
        device._down(device.line, frames.Deliver(group_id=sim.group_id, messages=messages))


def _old_message(sim: "Simulation") -> None:
    """The server puts an old ciphertext into the log once more."""
    log = sim.server.groups[sim.group_id].log if sim.group_id else []
    old = next((m for m in reversed(log) if m.msg_kind == "chat" and m.server_seq not in sim.planted), None)
    if old is not None and sim.group_id is not None:
        sim.planted.add(len(log) + 1)
        sim.server.forge(sim.group_id, old.device_id, old.mls_bytes, epoch=old.epoch, user_id=old.user_id)
        sim.run()
