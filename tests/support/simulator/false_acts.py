"""What a server that plays false does, and when (false_server.py)."""

from typing import TYPE_CHECKING

from simulator import state_faults
from simulator.plan import Fault

if TYPE_CHECKING:
    from simulator.simulation import Simulation


def plan(sim: "Simulation", fault: Fault) -> None:
    begin = sim.begun + fault.nth
    match fault.kind:
        case "list hidden" | "list forged":
            sim.network.at(begin, lambda: _lie_of_a_list(sim, fault))
        case "change forged":
            sim.network.at(begin, lambda: _declare_a_ghost(sim, fault))
        case "stranger's commit":
            sim.network.at(begin, lambda: state_faults.let_a_stranger_in(sim, sim.people[fault.device]))
        case "old group info":
            sim.network.at(begin, lambda: _old_infos(sim, 1))
            sim.network.at(begin + fault.ms, lambda: _old_infos(sim, -1))
        case "forged keys":
            sim.network.at(begin, lambda: _rubbish_keys(sim, 1))
            sim.network.at(begin + fault.ms, lambda: _rubbish_keys(sim, -1))


def _lie_of_a_list(sim: "Simulation", fault: Fault) -> None:
    """From now on the device is shown the list of an account (`ms`: whose) as it is now, or with a forged entry."""
    victim, other = sim.people[fault.device], sim.people[fault.ms]
    if not victim.has_account or not other.has_account or other.user_id not in sim.server.accounts:
        return
    log = sim.server.accounts[other.user_id].log
    if fault.kind == "list hidden":
        sim.server.hidden[victim.device_id, other.user_id] = len(log)
    elif log:
        sim.server.forged.append((victim.device_id, other.user_id))
    sim.server.point_at(victim.device_id, other.user_id)
    sim.run()


def _declare_a_ghost(sim: "Simulation", fault: Fault) -> None:
    device = sim.people[fault.device]
    if device.has_account:
        sim.server.forging.append(device.device_id)


def _old_infos(sim: "Simulation", change: int) -> None:
    sim.server.old_infos += change


def _rubbish_keys(sim: "Simulation", change: int) -> None:
    sim.server.rubbish_keys += change
