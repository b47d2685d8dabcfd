"""What happens to a device's storage, or is done in its name: state lost, set back, rubbish posted as a commit."""

from collections import Counter
from typing import TYPE_CHECKING

from mls_chat.ports import FunctionRefused
from mls_chat.records import MLS_TABLE, GroupRecord
from mls_chat.wire.bodies import Commit
from simulator.device import SimDevice
from simulator.plan import Fault

if TYPE_CHECKING:
    from simulator.simulation import Simulation

Rows = dict[tuple[str, str], bytes]


def plan(sim: "Simulation", fault: Fault) -> None:
    device, strikes_at = sim.people[fault.device], sim.begun + fault.nth
    kept: list[tuple[Rows, list[str]]] = []
    sim.network.at(
        max(sim.begun, strikes_at - fault.ms), lambda: kept.append((dict(device.rows), list(device.entered)))
    )
    sim.network.at(strikes_at, lambda: _strike(sim, device, fault, *kept[0]))


def _strike(sim: "Simulation", device: SimDevice, fault: Fault, rows: Rows, entered: list[str]) -> None:
    """Only a device that is in the group, and was in it then: before that it has nothing that could be set back."""
    if len(sim.members) < len(sim.people) or not _is_in(rows):
        return
    if fault.kind == "record lost" and not _key_is_stored(sim, device):
        return  # nothing could bring it back: it must be invited again
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


def _is_in(rows: Rows) -> bool:
    return any(place[0] == GroupRecord.table for place in rows) and any(place[0] == MLS_TABLE for place in rows)


def _key_is_stored(sim: "Simulation", device: SimDevice) -> bool:
    server = sim.server
    return sim.group_id is not None and server.devices[device.device_id] in server.groups[sim.group_id].keys


def post_rubbish(sim: "Simulation", device: SimDevice) -> None:
    """A member's own device would not do this; somebody with its token does."""
    if sim.group_id is None or device not in sim.members:
        return
    group = sim.server.groups[sim.group_id]
    message_id = f"00000000-0000-4000-a000-{group.head:012d}"
    body = Commit(group_id=sim.group_id, message_id=message_id, epoch=group.epoch, mls_bytes=b"rubbish")
    try:
        reply = sim.server.send_commit(device.device_id, body)
    except FunctionRefused as refused:
        sim.trace.append(f"{sim.now} rubbish refused: {refused.code}")
        return
    sim.rubbish.add(reply.server_seq)
    sim.run()
