"""What must hold of accounts and their devices at the end of every run."""

from collections import Counter
from typing import TYPE_CHECKING, Final

from mls_chat.backup_segments import SavedLine, open_segment
from mls_chat.records import (
    ContactRecord,
    DeviceLogRecord,
    DraftRecord,
    GroupRecord,
    LineRecord,
    NameRecord,
    OutboxRecord,
    SecretsRecord,
    SettingRecord,
)
from mls_chat.view import SessionView
from mls_rs_python import Crypto
from simulator.false_server import GHOST

if TYPE_CHECKING:
    from simulator.device import SimDevice
    from simulator.simulation import Simulation

LIST_ALERTS: Final = ("device_lists", "ghost_device")
WRONG_LIST: Final = "The server shows a wrong list of"
ALARM: Final = "Do not trust this server"
WRONG_KEY: Final = "is not the one that was stored"
CRYPTO: Final = Crypto()


def check(sim: "Simulation") -> None:
    """Raises AssertionError."""
    for owner in sorted({device.owner for device in sim.live}):
        devices = sim.devices_of(owner)
        _one_group_of_their_own(sim, devices)
        if not _has_dead_group(sim, devices):
            _same_settings(devices)
        _secrets_are_away(sim, devices)
        _histories(sim, devices)
    for device in sim.people:
        assert not any(ALARM in sentence for sentence in device.refusals), f"device {device.index}: {device.refusals}"
        if sim.is_out(device):
            _hears_and_says_nothing(sim, device)
    _same_lists(sim)
    _lies_are_told(sim)


# what a device may say without being wrong


def _lied_to(sim: "Simulation", device: "SimDevice") -> list[str]:
    """Accounts of which the device is shown another list than they have."""
    lies = [*sim.server.hidden, *sim.server.forged]
    return [user_id for victim, user_id in lies if device.has_account and victim == device.device_id]


def may_be_warned(sim: "Simulation", device: "SimDevice", alert: str) -> bool:
    if alert == "new_device":
        return bool(device.records(ContactRecord))
    return alert in LIST_ALERTS and bool(_lied_to(sim, device))


def may_be_told(device: "SimDevice", sentence: str) -> bool:
    if WRONG_LIST in sentence:
        return bool(_lied_to(device.sim, device))
    return WRONG_KEY in sentence and any(fault.kind == "forged keys" for fault in device.sim.plan.faults)


# devices that were put out or lost


def judge_unsent(sim: "Simulation", device: "SimDevice") -> None:
    """A device that was put out hands back what it has not sent, and that text is nowhere else."""
    if device.gone or not device.has_account:
        return
    session = next(shown for shown in reversed(device.shown) if isinstance(shown, SessionView))
    assert session.stage == "revoked", f"device {device.index} shows {session}"
    handed_back = Counter(each.text for each in session.unsent)
    rows = [row for row in device.records(OutboxRecord) if row.text and row.group_id == sim.group_id]
    group = sim.server.groups[sim.group_id or ""]
    log = {message.message_id for message in group.log if message.server_seq not in _void_seqs(sim)}
    arrived = Counter(row.text for row in rows if row.message_id in log)
    said = _said(sim)
    twice = (handed_back - arrived) & said
    assert not twice, f"device {device.index} was given back what it has sent: {sorted(twice)}"
    lost = Counter(device.entered) - handed_back - said
    assert not lost, f"device {device.index} was put out, and lost: {sorted(lost)}"


def _void_seqs(sim: "Simulation") -> set[int]:
    log = sim.server.groups[sim.group_id or ""].log
    return {seq for void in log if void.voids for seq in range(void.voids, void.server_seq)}


def _said(sim: "Simulation") -> Counter[str]:
    """Texts that somebody shows, each place in the log once."""
    shown = {line.server_seq: line.text for device in sim.people for line in _texts(sim, device)}
    return Counter(shown.values())


def _texts(sim: "Simulation", device: "SimDevice") -> list[LineRecord]:
    lines = [line for line in device.records(LineRecord) if line.line == "text" and line.group_id == sim.group_id]
    return sorted(lines, key=lambda line: line.order)


def _hears_and_says_nothing(sim: "Simulation", device: "SimDevice") -> None:
    heads = sim.server.put_out[device.device_id]
    for group_id, group in sim.server.groups.items():
        head = heads.get(group_id, 0)
        later = [m.server_seq for m in group.log if m.device_id == device.device_id and m.server_seq > head]
        later = [seq for seq in later if group.log[seq - 1].msg_kind != "void"]
        assert not later, f"device {device.index} was put out, and sent {later}"
        member = group.members.get(device.device_id)
        out = member is None or member.left_seq is not None or sim.is_dead(group_id)
        assert out, f"device {device.index} was put out, and is still in"
        heard = [line.server_seq for line in device.records(LineRecord) if line.group_id == group_id]
        assert all(seq <= head for seq in heard), f"device {device.index} was put out at {head}, and heard {heard}"


# what the devices of an account have in common


def _one_group_of_their_own(sim: "Simulation", devices: list["SimDevice"]) -> None:
    groups = [
        {group.group_id for group in device.records(GroupRecord) if group.kind == "self" and group.state == "active"}
        for device in devices
    ]
    who = [device.index for device in devices]
    assert all(each == groups[0] for each in groups), f"devices {who} have groups of their own: {groups}"
    assert len(devices) == 1 or groups[0] or _has_dead_group(sim, devices), f"devices {who} have no group of their own"
    for group_id in groups[0]:
        states = []
        for device in devices:
            record = next(group for group in device.records(GroupRecord) if group.group_id == group_id)
            assert (record.alert, record.lost) == ("", False), f"device {device.index}: {record}"
            with device.mls(group_id) as mls:
                members = sorted(member.identity.decode() for member in mls.members())
                states.append((mls.epoch, mls.epoch_authenticator, members))
        assert all(state == states[0] for state in states), f"devices {who} see other groups: {[s[0] for s in states]}"
        group = sim.server.groups[group_id]
        listed = [f"{m.user_id}/{key}" for key, m in group.members.items() if m.left_seq is None]
        assert states[0][2] == sorted(listed), f"the group of devices {who} has other members than the server lists"
        assert {identity.partition("/")[0] for identity in listed} == {devices[0].user_id}


def _has_dead_group(sim: "Simulation", devices: list["SimDevice"]) -> bool:
    """Whoever made the group of their own was lost before anybody could enter."""
    return any(sim.is_dead(group.group_id) for device in devices for group in device.records(GroupRecord))


def _same_settings(devices: list["SimDevice"]) -> None:
    def told(device: "SimDevice") -> dict[str, object]:
        chat = device.chat
        return {
            "name": device.account["name"],
            "settings": {record.name: record.value for record in device.records(SettingRecord)},
            "drafts": {record.group_id: record.text for record in device.records(DraftRecord)},
            "contacts": sorted((c.user_id, c.verified_at) for c in device.records(ContactRecord)),
            "names": {record.user_id: record.name for record in device.records(NameRecord)},
            "read": chat.read_seq if chat is not None and chat.state == "active" else 0,
        }

    first = told(devices[0])
    for device in devices[1:]:
        other = told(device)
        differs = {key: (first[key], other[key]) for key in first if first[key] != other[key]}
        assert not differs, f"devices {devices[0].index} and {device.index} differ: {differs}"


def _secrets_are_away(sim: "Simulation", devices: list["SimDevice"]) -> None:
    for device in devices:
        if _has_dead_group(sim, [device]):
            continue
        kept = [secrets.kept for secrets in device.records(SecretsRecord) if secrets.kept != "unsaved"]
        assert not kept, f"device {device.index} still has its account's secrets"


# histories


def _fetched(sim: "Simulation", device: "SimDevice") -> list[SavedLine]:
    """The chat's lines in the segments of the backup that it was given."""
    backup = sim.server.accounts[device.user_id].backup
    lines: list[SavedLine] = []
    for number, sealed in enumerate(backup.segments[: sim.server.fetched.get(device.device_id, 0)]):
        key, storage_key = sim.backup_keys[device.owner], device.account["storage_key"]
        segment = open_segment(CRYPTO, key, storage_key, device.user_id, backup.generation, number, sealed)
        lines += [line for group in segment.groups if group.group_id == sim.group_id for line in group.lines]
    return lines


def _histories(sim: "Simulation", devices: list["SimDevice"]) -> None:
    """What came to a device later is what the backup held, and what is missing is told."""
    group = sim.server.groups[sim.group_id or ""]
    everything = {line.server_seq for device in sim.members for line in _texts(sim, device)}
    for device in devices:
        ids = Counter(line.message_id for line in _texts(sim, device))
        assert max(ids.values(), default=1) == 1, f"device {device.index} shows a message twice"
        if device.index < sim.plan.devices or device not in sim.members or device.struck:
            continue
        joined = group.members[device.device_id].joined_seq
        wanted = {line.server_seq: line.text for line in _fetched(sim, device) if line.line == "text"}
        shown = {line.server_seq: line.text for line in _texts(sim, device)}
        before = {seq: text for seq, text in shown.items() if seq <= joined}
        wrong = {seq: text for seq, text in wanted.items() if shown.get(seq) != text}
        assert not wrong, f"device {device.index} does not show what its backup holds: {wrong}"
        added = set(before) - set(wanted)
        assert not added, f"device {device.index} shows {added} of before it came, which the backup does not hold"
        first = min(m.joined_seq for m in group.members.values() if m.user_id == device.user_id)
        missing = {seq for seq in everything if first < seq <= joined} - set(before)
        problems = [
            line for line in device.records(LineRecord) if line.line == "problem" and line.group_id == sim.group_id
        ]
        missing -= {line.server_seq for line in problems}
        if any(other.struck for other in sim.people if other.owner == device.owner):
            continue  # who had lost its state has saved what it had
        told = any(line.what in ("history_missing", "state_lost") for line in problems)
        assert told or not missing or not device.restores, (
            f"device {device.index} lacks {sorted(missing)} and says nothing"
        )


# device lists


def _same_lists(sim: "Simulation") -> None:
    """Whoever is in the chat knows the whole list of everybody there, unless it was lied to."""
    for device in sim.members:
        known = {log.user_id: log for log in device.records(DeviceLogRecord)}
        assert all(GHOST not in log.live for log in known.values()), f"device {device.index} believes in a ghost"
        for user_id in {other.user_id for other in sim.members}:
            if user_id in _lied_to(sim, device) or user_id not in known:
                continue
            log = sim.server.accounts[user_id].log
            there = {entry.device_id for entry in log if entry.change == "add"}
            revoked = {entry.device_id for entry in log if entry.change == "revoke"}
            mine = known[user_id]
            assert mine.number == len(log), f"device {device.index} knows {mine.number} of {len(log)} entries"
            assert (set(mine.live), set(mine.revoked)) == (there - revoked, revoked), f"device {device.index}: {mine}"


def _lies_are_told(sim: "Simulation") -> None:
    server = sim.server
    for device in sim.people:
        told = any(WRONG_LIST in text for text in device.complaints)
        alert = device.chat.alert if device.chat is not None else ""
        for victim, user_id in [*server.hidden, *server.forged]:
            if device not in sim.members or device.device_id != victim or device.struck:
                continue
            longer = len(server.accounts[user_id].log) > server.hidden.get((victim, user_id), 0)
            speaks = any(other.user_id == user_id for other in sim.members)
            fair = (told or alert in LIST_ALERTS) or not (longer and speaks)
            assert fair, f"device {device.index} was shown another list of devices and says nothing"
    for device in sim.members:
        if device.struck:
            continue
        for shown, group_id, seq in server.declared:
            if shown == device.device_id and not _ghost_is_told(sim, device, group_id, seq):
                raise AssertionError(f"device {device.index} was told of a ghost in {seq} and says nothing")


def _ghost_is_told(sim: "Simulation", device: "SimDevice", group_id: str, seq: int) -> bool:
    """The commit's place has a line that says so, where the device has read it as a member."""
    group = sim.server.groups[group_id]
    member = group.members.get(device.device_id)
    void = any(m.voids is not None and m.voids <= seq < m.server_seq for m in group.log)
    if member is None or member.left_seq is not None or seq <= member.joined_seq or void:
        return True
    if group.log[seq - 1].device_id == device.device_id and not group.log[seq - 1].added:
        return _mismatch(device, group_id, seq)
    own_way_in = device.device_id in {each.device_id for each in group.log[seq - 1].added}
    return own_way_in or _mismatch(device, group_id, seq)


def _mismatch(device: "SimDevice", group_id: str, seq: int) -> bool:
    lines = [line for line in device.records(LineRecord) if (line.group_id, line.server_seq) == (group_id, seq)]
    return any(line.what == "membership_mismatch" for line in lines)
