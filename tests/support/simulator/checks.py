"""What must hold at the end of every run."""

from collections import Counter
from typing import TYPE_CHECKING

from mls_chat.lines import PROBLEMS
from mls_chat.records import GroupRecord, LineRecord
from simulator import strangers
from simulator.device import SimDevice

if TYPE_CHECKING:
    from simulator.simulation import Simulation


def check(sim: "Simulation") -> None:
    """Raises AssertionError."""
    _same_state(sim)
    _same_log(sim)
    for device in sim.people:
        _verdicts(sim, device)
        _complaints(device)


def _lines(device: SimDevice, kind: str) -> list[LineRecord]:
    lines = [line for line in device.records(LineRecord) if line.line == kind]
    return sorted(lines, key=lambda line: line.order)


def _same_state(sim: "Simulation") -> None:
    group_id = sim.group_id
    assert group_id is not None, "nobody made a group"
    states = []
    for device in sim.people:
        records = device.records(GroupRecord)
        assert [(r.group_id, r.state) for r in records] == [(group_id, "active")], f"device {device.index}: {records}"
        with device.mls(group_id) as mls:
            assert not mls.has_pending_commit, f"device {device.index} still has a commit of its own"
            members = sorted(member.identity for member in mls.members())
            states.append((mls.epoch, mls.epoch_authenticator, members))
    assert all(state == states[0] for state in states), f"groups differ: {[(s[0], len(s[2])) for s in states]}"
    assert states[0][0] == sim.server.groups[group_id].epoch, "the server is in another epoch"
    accounts = sorted(f"{d.account['user_id']}/{d.device_id}".encode() for d in sim.people)
    assert states[0][2] == accounts, "the members are not those who came by a link"


def _same_log(sim: "Simulation") -> None:
    """Each text once, in one place, for everybody who was there."""
    group = sim.server.groups[sim.group_id or ""]
    whole: dict[int, tuple[str, str]] = {}
    for device in sim.people:
        for line in _lines(device, "text"):
            place = (line.user_id, line.text)
            assert whole.setdefault(line.server_seq, place) == place, f"no. {line.server_seq} is read differently"
    said = Counter(text for _, text in whole.values())
    wanted = Counter(text for device in sim.people for text in device.entered)
    assert said == wanted, f"lost: {sorted(wanted - said)}, too often: {sorted(said - wanted)}"
    for device in sim.people:
        joined = group.members[device.device_id].joined_seq
        mine = [line.server_seq for line in _lines(device, "text")]
        assert mine == sorted(seq for seq in whole if seq > joined), f"device {device.index} misses or repeats lines"


def _verdicts(sim: "Simulation", device: SimDevice) -> None:
    """Only what was planted can't be read, and it has a place and a reason."""
    joined = sim.server.groups[sim.group_id or ""].members[device.device_id].joined_seq
    problems = {line.server_seq: line.what for line in _lines(device, "problem")}
    expected = {seq for seq in sim.planted if seq > joined}
    assert set(problems) == expected, f"device {device.index}: {problems}, planted {sorted(expected)}"
    assert set(problems.values()) <= set(PROBLEMS)


def _complaints(device: SimDevice) -> None:
    unexpected = [
        text for text in device.complaints if not (text.startswith(strangers.REFUSED) and strangers.REASON in text)
    ]
    assert not unexpected, f"device {device.index} was told: {unexpected}"
