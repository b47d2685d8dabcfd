"""What happens to a device's storage, or is done in its name: state lost, set back, rubbish posted as a commit."""

from collections import Counter
from typing import TYPE_CHECKING

from mls_chat.ports import FunctionRefused
from mls_chat.records import MLS_TABLE, GroupRecord
from mls_chat.wire.bodies import Commit
from simulator.plan import Fault
from world import World

if TYPE_CHECKING:
    from simulator.device import SimDevice
    from simulator.simulation import Simulation

Rows = dict[tuple[str, str], bytes]


def plan(sim: "Simulation", fault: Fault) -> None:
    device, strikes_at = sim.people[fault.device], sim.begun + fault.nth
    kept: list[tuple[Rows, list[str]]] = []
    sim.network.at(
        max(sim.begun, strikes_at - fault.ms), lambda: kept.append((dict(device.rows), list(device.entered)))
    )
    sim.network.at(strikes_at, lambda: _strike(sim, device, fault, *kept[0]))


def _strike(sim: "Simulation", device: "SimDevice", fault: Fault, rows: Rows, entered: list[str]) -> None:
    """Only a device that is in the group, and was in it then: before that it has nothing that could be set back."""
    if not sim.everybody_is_in or not _is_in(rows, sim.group_id) or device not in sim.members:
        return
    if fault.kind == "record lost" and not key_is_stored(sim, device):
        return
    before = set(device.rows)
    match fault.kind:
        case "state lost":
            device.rows = {place: value for place, value in device.rows.items() if place[0] != MLS_TABLE}
        case "record lost":
            gone = (GroupRecord.table, MLS_TABLE)
            device.rows = {place: value for place, value in device.rows.items() if place[0] not in gone}
        case "state set back":
            device.rows = {place: value for place, value in device.rows.items() if place[0] != MLS_TABLE}
            device.rows |= {place: value for place, value in rows.items() if place[0] == MLS_TABLE}
        case _:
            device.rows = dict(rows)
            device.uncertain += (Counter(device.entered) - Counter(entered)).elements()
            device.entered = list(entered)
    device.struck.append(fault)
    device.utterances.forget()
    sim.trace.append(f"{sim.now - sim.begun} {device.index} {fault.kind}: {len(before)} rows, now {len(device.rows)}")
    device.go_down(0)


def _is_in(rows: Rows, group_id: str | None) -> bool:
    return (GroupRecord.table, group_id) in rows and any(place[0] == MLS_TABLE for place in rows)


def key_is_stored(sim: "Simulation", device: "SimDevice") -> bool:
    """Else nothing could bring it, or another device of its account, back into its groups."""
    groups = [group for group in sim.server.groups.values() if device.device_id in group.devices_of(device.user_id)]
    return all(device.user_id in group.keys for group in groups)


def post_rubbish(sim: "Simulation", device: "SimDevice") -> None:
    """A member's own device would not do this; somebody with its token does."""
    _post(sim, device, b"rubbish")


def let_a_stranger_in(sim: "Simulation", device: "SimDevice") -> None:
    """Somebody with the device's token and a GroupInfo posts the external commit of an account that is not in the
    group."""
    group = device.chat
    if device not in sim.members or group is None or group.state != "active" or group.lost:
        return
    backend = device.engine._context.backend
    if not backend.has_group(group.mls_group_id):
        return
    mallory = World().device("Mallory").engine._context.backend
    made = mallory.external_join(backend.look(group.mls_group_id).group_info(), now=sim.now // 1000)
    _post(sim, device, made.commit)


def _post(sim: "Simulation", device: "SimDevice", data: bytes) -> None:
    if sim.group_id is None or device not in sim.members:
        return
    group = sim.server.groups[sim.group_id]
    message_id = f"00000000-0000-4000-a000-{group.head:012d}"
    body = Commit(group_id=sim.group_id, message_id=message_id, epoch=group.epoch, mls_bytes=data)
    try:
        reply = sim.server.send_commit(device.device_id, body)
    except FunctionRefused as refused:
        sim.trace.append(f"{sim.now} rubbish refused: {refused.code}")
        return
    sim.rubbish.add(reply.server_seq)
    sim.run()
