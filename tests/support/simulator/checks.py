"""What must hold at the end of every run."""

from collections import Counter
from typing import TYPE_CHECKING

from mls_chat.alerts import ALERTS
from mls_chat.lines import PROBLEMS
from mls_chat.records import LineRecord, OutboxRecord, RejoinRecord
from mls_chat.wire.records import StoredMessage
from simulator import account_checks, strangers
from simulator.device import SimDevice

if TYPE_CHECKING:
    from simulator.simulation import Simulation


EXPLAINED = {
    "other members could not follow it.",
    "you are no longer in the group.",
    "This person can't be removed now.",
    "This group can't receive messages.",
    "The way in was taken back before you were through. Open the link again.",
}
FORGETS = ("record lost", "profile set back")


def check(sim: "Simulation") -> None:
    """Raises AssertionError."""
    _same_state(sim)
    _same_log(sim)
    for device in sim.members:
        _verdicts(sim, device)
        _complaints(device)
    _alarms(sim)


def alert_of(device: SimDevice) -> str:
    return device.chat.alert if device.chat is not None else ""


def asks_for_a_person(device: SimDevice) -> bool:
    """Its alert offers to reconnect, and it does not do so by itself."""
    alert = ALERTS.get(alert_of(device))
    under_way = any(rejoin.group_id == device.sim.group_id for rejoin in device.records(RejoinRecord))
    return alert is not None and alert[2] == "rejoin" and not under_way


def lines_of(device: SimDevice, kind: str) -> list[LineRecord]:
    """Of the chat."""
    group_id = device.sim.group_id
    lines = [line for line in device.records(LineRecord) if line.line == kind and line.group_id == group_id]
    return sorted(lines, key=lambda line: line.order)


def _same_state(sim: "Simulation") -> None:
    group_id = sim.group_id
    assert group_id is not None, "nobody made a group"
    states = []
    for device in sim.members:
        records = [device.chat] if device.chat is not None else []
        assert [(r.group_id, r.state) for r in records] == [(group_id, "active")], f"device {device.index}: {records}"
        alert = "" if account_checks.may_be_warned(sim, device, records[0].alert) else records[0].alert
        assert (alert, records[0].lost) == ("", False), f"device {device.index}: {records}"
        with device.mls(group_id) as mls:
            assert not mls.has_pending_commit, f"device {device.index} still has a commit of its own"
            members = sorted(member.identity for member in mls.members())
            states.append((mls.epoch, mls.epoch_authenticator, members, records[0].name, records[0].group_key))
    assert all(state == states[0] for state in states), f"groups differ: {[(s[0], len(s[2]), s[3]) for s in states]}"
    assert states[0][0] == sim.server.groups[group_id].epoch, "the server is in another epoch"
    listed = {
        device_id: m.user_id for device_id, m in sim.server.groups[group_id].members.items() if m.left_seq is None
    }
    identities = sorted(f"{user_id}/{device_id}".encode() for device_id, user_id in listed.items())
    assert states[0][2] == identities, "the members are not those whom the server lists"
    assert set(listed) <= {d.device_id for d in sim.people if d.has_account}, "a stranger is in"
    missing = {device.owner for device in sim.live if device not in sim.members}
    assert missing <= sim.leaving, f"{missing} are not in"


def _same_log(sim: "Simulation") -> None:
    """Each text once, in one place, for everybody who was there."""
    group = sim.server.groups[sim.group_id or ""]
    whole: dict[int, tuple[str, str]] = {}
    for device in sim.members:
        for line in lines_of(device, "text"):
            place = (line.user_id, line.text)
            assert whole.setdefault(line.server_seq, place) == place, f"no. {line.server_seq} is read differently"
    said = Counter(text for _, text in whole.values())
    wanted, allowed = _texts(sim)
    assert not said - wanted - allowed, f"too often: {sorted(said - wanted - allowed)}"
    assert not wanted - said, f"lost: {sorted(wanted - said)}"
    for device in sim.members:
        joined = group.members[device.device_id].joined_seq
        mine = [line.server_seq for line in lines_of(device, "text")]
        if device.index >= sim.plan.devices:
            mine = [seq for seq in mine if seq > joined]  # what was before comes from the backup
        excused = _excused(device, group.log)
        expected = sorted(seq for seq in whole if seq > joined and seq not in excused)
        assert [seq for seq in mine if seq not in excused] == expected, f"device {device.index} misses or repeats lines"


def _texts(sim: "Simulation") -> tuple[Counter[str], Counter[str]]:
    """Texts that everybody must see, and those that went with somebody's state, seen at most once."""
    wanted, allowed = Counter[str](), Counter[str]()
    for device in sim.people:
        if device.gone or sim.is_out(device):
            account_checks.judge_unsent(sim, device)
            allowed += Counter(device.entered) + Counter(device.uncertain)
            continue
        failed = {row.text for row in device.records(OutboxRecord) if row.state == "failed"}
        may_fail = device not in sim.members or _was_put_out(sim, device)
        assert not failed or may_fail, f"device {device.index} could not send {failed}"
        texts = Counter(text for text in device.entered if text not in failed)
        if device in sim.members:
            wanted += texts
        else:
            allowed += texts  # the others may have been removed too before they saw it
        allowed += Counter(device.uncertain)
    return wanted, allowed


def _was_put_out(sim: "Simulation", device: SimDevice) -> bool:
    """What brought it in was withdrawn: what it wrote until then was handed back."""
    group = sim.server.groups[sim.group_id or ""]
    commits = [message for message in group.log if message.server_seq in group.voided]
    return any(added.device_id == device.device_id for commit in commits for added in commit.added)


def _excused(device: SimDevice, log: list[StoredMessage]) -> set[int]:
    """Entries that this device can't show, each with its verdict; only after a fault that accounts for it."""
    if not device.struck:
        return set()
    excused: set[int] = set()
    for line in lines_of(device, "problem"):
        if line.what == "state_lost":
            own = [m.server_seq for m in log if m.device_id == device.device_id and m.added and m.removed]
            back = max((seq for seq in own if seq >= line.server_seq), default=len(log))
            excused |= set(range(line.server_seq, back))
        excused.add(line.server_seq)
    return excused


def _verdicts(sim: "Simulation", device: SimDevice) -> None:
    """Only what was planted can't be read, and it has a place and a reason."""
    joined = sim.server.groups[sim.group_id or ""].members[device.device_id].joined_seq
    lines = [line for line in lines_of(device, "problem") if line.what != "history_missing"]
    lines = [line for line in lines if line.server_seq > joined or device.index < sim.plan.devices]
    declared = {
        seq for told, group_id, seq in sim.server.declared if (told, group_id) == (device.device_id, sim.group_id)
    }
    lines = [line for line in lines if line.what != "membership_mismatch" or line.server_seq not in declared]
    problems = {line.server_seq: line.what for line in lines}
    voided = sim.server.groups[sim.group_id or ""].voided
    assert set(problems.values()) <= set(PROBLEMS)
    if device.struck:
        return
    log = sim.server.groups[sim.group_id or ""].log
    gone = {seq for void in log if void.voids for seq in range(void.voids, void.server_seq)}
    expected = {seq for seq in sim.planted if seq > joined and seq not in gone}
    dead = {
        line.server_seq for other in sim.members for line in lines_of(other, "problem") if line.what == "withdrawn"
    }  # a newcomer can't know that it is of a withdrawn epoch
    unexplained = {
        seq: what
        for seq, what in problems.items()
        if seq not in expected | (sim.planted & gone)
        and what != "withdrawn"
        and not (what == "corrupt" and seq in dead)
        and not (what == "bad_commit" and seq in voided)
        and not (what == "external_commit" and seq in sim.rubbish & voided)
    }
    assert not unexplained, f"device {device.index}: {unexplained}"
    assert expected <= set(problems), f"device {device.index}: {problems}, planted {sorted(expected)}"


def _alarms(sim: "Simulation") -> None:
    """Who was shown other bytes is told, and nobody is told without a reason."""
    lied = [device for device in sim.people if any(fault.kind == "bytes changed" for fault in device.struck)]
    for device in sim.people:
        assert lied or "split" not in device.alarmed, f"device {device.index} was alarmed for nothing"
    told = [device for device in sim.people if "split" in device.alarmed]
    # an alarm goes with the record that holds it
    forgot = any(fault.kind in FORGETS for device in sim.people for fault in device.struck)
    for device in lied:
        problems = lines_of(device, "problem")
        believed = {line.server_seq for line in problems if line.what == "corrupt"} & device.lies
        # it read nothing more that could have told it
        deaf = device not in sim.members or any(line.what == "state_lost" for line in problems)
        others = [member for member in sim.members if member is not device]
        alone = not any(min(believed, default=0) > _joined(sim, other) for other in others)
        assert told or deaf or alone or forgot or not believed, (
            f"device {device.index} was shown another no. {believed} and nobody noticed"
        )


def _joined(sim: "Simulation", device: SimDevice) -> int:
    return sim.server.groups[sim.group_id or ""].members[device.device_id].joined_seq


def _complaints(device: SimDevice) -> None:
    stranger = [text for text in device.complaints if text.startswith(strangers.REFUSED) and strangers.REASON in text]
    unexpected = [
        text
        for text in device.complaints
        if text not in stranger
        and not any(sentence in text for sentence in EXPLAINED)
        and not account_checks.may_be_told(device, text)
    ]
    assert not unexpected, f"device {device.index} was told: {unexpected}"
