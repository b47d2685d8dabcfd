"""Groups and messages in memory, by the rules of the SQL functions (see tests/contract)."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from fake_account import Account
from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies, frames
from mls_chat.wire.limits import MAX_CIPHERTEXT_BYTES
from mls_chat.wire.records import AddedDevice, StoredMessage


@dataclass
class Member:
    user_id: str
    role: Literal["owner", "admin", "member"]
    joined_seq: int
    left_seq: int | None = None
    acked_seq: int = 0


@dataclass
class Group:
    created_by: str
    epoch: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    log: list[StoredMessage] = field(default_factory=list)
    client_seqs: dict[tuple[str, int], str] = field(default_factory=dict)
    first_seq: int = 1
    """Older messages are no longer kept."""
    info: tuple[int, bytes] | None = None
    """The epoch of the newest sealed GroupInfo, and its bytes."""
    former_info: tuple[int, bytes] | None = None
    """The one before, should the commit between them be withdrawn."""
    keys: dict[str, bytes] = field(default_factory=dict)
    """The sealed rejoin key of each account."""
    wraps: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)
    """For each account or device the rejoin keys that commits have brought, with the sequences of those commits."""
    undos: dict[int, dict[str, Member | None]] = field(default_factory=dict)
    """Of each commit: the devices that it touched as they were before it."""
    voided: set[int] = field(default_factory=set)
    """Commits that do not count any more."""

    @property
    def head(self) -> int:
        return len(self.log)

    def devices_of(self, user_id: str) -> dict[str, Member]:
        """The account's devices that are in the group."""
        return {d: m for d, m in self.members.items() if m.user_id == user_id and m.left_seq is None}

    def store_info(self, epoch: int, group_info: bytes) -> None:
        if self.info is not None and self.info[0] < epoch:
            self.former_info = self.info
        self.info = epoch, group_info


def refuse(status: int, code: str, **details: int | str) -> FunctionRefused:
    return FunctionRefused(status, code, code.replace("_", " "), details)


def require(holds: bool) -> None:
    if not holds:
        raise refuse(400, "bad_request")


class Ledger:
    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.devices: dict[str, str] = {}
        """The account of each."""
        self.accounts: dict[str, Account] = {}
        self.groups: dict[str, Group] = {}

    def _account(self, device: str) -> Account:
        return self.accounts[self.devices[device]]

    def _revoked(self, device: str) -> bool:
        account = self.accounts.get(self.devices.get(device, ""))
        known = account.devices.get(device) if account is not None else None
        return known is not None and known.revoked_at > 0

    def group_create(self, device: str, body: bodies.GroupCreate) -> bodies.GroupCreateReply:
        group = self.groups.get(body.group_id)
        if group is None:
            group = self.groups[body.group_id] = Group(device)
            group.members[device] = Member(self.devices[device], "owner", 0)
            self._ring_own_devices(self.devices[device], device)
        if group.created_by != device:
            raise refuse(409, "group_exists")
        self._live(device, body.group_id)
        return bodies.GroupCreateReply(group_id=body.group_id, epoch=group.epoch, head_seq=group.head)

    def _member(self, device: str, group_id: str) -> tuple[Group, Member]:
        group = self.groups.get(group_id)
        if group is None or device not in group.members:
            raise refuse(403, "not_a_member")
        return group, group.members[device]

    def _live(self, device: str, group_id: str) -> Group:
        group, member = self._member(device, group_id)
        if member.left_seq is not None:
            raise refuse(403, "not_a_member")
        return group

    def _related(self, device: str, group_id: str) -> Group:
        """The group, if any device of this one's account is in it."""
        group = self.groups.get(group_id)
        if group is None or not group.devices_of(self.devices[device]):
            raise refuse(403, "not_a_member")
        return group

    def user_groups(self, device: str, _body: bodies.Empty) -> bodies.UserGroupsReply:
        mine = [(key, g, g.members[device]) for key, g in self.groups.items() if device in g.members]
        rows: list[Any] = [
            {"group_id": key, "role": m.role, "epoch": g.epoch, "head_seq": g.head, "first_seq": g.first_seq}
            | {"joined_seq": m.joined_seq, "acked_seq": m.acked_seq}
            for key, g, m in mine
            if m.left_seq is None
        ]
        account_groups = [
            {"group_id": key, "epoch": g.epoch, "head_seq": g.head}
            for key, g in self.groups.items()
            if (there := g.devices_of(self.devices[device])) and device not in there
        ]
        return msgspec.convert({"groups": rows, "account_groups": account_groups}, bodies.UserGroupsReply)

    def _members(self, group: Group, online: Callable[[str], bool]) -> list[bodies.GroupMember]:
        return [
            bodies.GroupMember(user_id=m.user_id, device_id=d, role=m.role, online=online(d), last_seen=self._now())
            for d, m in group.members.items()
            if m.left_seq is None
        ]

    def send_message(self, device: str, body: bodies.SendMessage) -> bodies.SendMessageReply:
        group = self._live(device, body.group_id)
        known = self._known(group, device, body.message_id)
        if known is not None:
            if known.mls_bytes != body.mls_bytes:
                raise refuse(409, "message_id_conflict")
            return bodies.SendMessageReply(server_seq=known.server_seq, server_time=known.server_time)
        if (device, body.client_seq) in group.client_seqs:
            raise refuse(409, "device_cloned")
        if body.msg_kind == "commit":
            raise refuse(400, "not_a_commit")
        self._check_epoch(group, body.epoch)
        if len(body.mls_bytes) > MAX_CIPHERTEXT_BYTES:
            raise refuse(413, "message_too_large")
        group.client_seqs[device, body.client_seq] = body.message_id
        seq = self._store(group, device, body.message_id, body.msg_kind, body.epoch, body.mls_bytes)
        self._deliver(body.group_id)
        return bodies.SendMessageReply(server_seq=seq, server_time=self._now())

    def _known(self, group: Group, device: str, message_id: str) -> StoredMessage | None:
        return next((m for m in group.log if (m.device_id, m.message_id) == (device, message_id)), None)

    def _check_epoch(self, group: Group, epoch: int) -> None:
        if epoch != group.epoch:
            raise refuse(409, "stale_epoch" if epoch < group.epoch else "future_epoch", epoch=group.epoch)

    def _store(
        self, group: Group, device: str, message_id: str, kind: Any, epoch: int, data: bytes,
        added: list[AddedDevice] | None = None, removed: list[str] | None = None, voids: int | None = None,
    ) -> int:  # fmt: skip
        message = StoredMessage(
            server_seq=group.head + 1,
            server_time=self._now(),
            msg_kind=kind,
            epoch=epoch,
            user_id=self.devices[device],
            device_id=device,
            message_id=message_id,
            mls_bytes=data,
            added=added or [],
            removed=removed or [],
            voids=voids,
        )
        group.log.append(message)
        return message.server_seq

    def forge(self, group_id: str, device: str, data: bytes, **lies: Any) -> None:
        """What a server could put into its log: an entry in a member's name, unchecked, with facts of its choice."""
        group = self.groups[group_id]
        self._store(group, device, str(uuid.UUID(int=5000 + group.head)), "chat", group.epoch, data)
        group.log[-1] = msgspec.structs.replace(group.log[-1], **lies)
        group.epoch += group.log[-1].msg_kind == "commit"
        self._deliver(group_id)

    def _readable(self, device: str, group_id: str, since: int) -> list[StoredMessage]:
        group, member = self._member(device, group_id)
        last = group.head if member.left_seq is None else member.left_seq
        return group.log[max(since, member.joined_seq, group.first_seq - 1) : last]

    def get_messages(self, device: str, body: bodies.GetMessages) -> bodies.GetMessagesReply:
        group, member = self._member(device, body.group_id)
        left = member.left_seq
        head, epoch = (group.head, group.epoch) if left is None else (left, group.log[left - 1].epoch + 1)
        if not body.peek:
            member.acked_seq = max(member.acked_seq, min(body.since_seq, head))
        page = self._readable(device, body.group_id, body.since_seq)[: min(max(body.limit, 1), 1000)]
        return bodies.GetMessagesReply(messages=page, first_seq=group.first_seq, head_seq=head, epoch=epoch)

    def _deliver(self, group_id: str) -> None:
        raise NotImplementedError

    def _tell(self, device: str, bell: frames.ServerFrame) -> None:
        raise NotImplementedError

    def _ring(self, group_id: str, bell: frames.ServerFrame) -> None:
        raise NotImplementedError

    def _ring_devices(self, user_id: str) -> None:
        """Tells everybody whom it concerns that the account's devices have changed."""
        raise NotImplementedError

    def _ring_own_devices(self, user_id: str, device: str) -> None:
        """Tells the account's other devices that this one is in a group."""
        raise NotImplementedError

    def _close(self, device: str) -> None:
        raise NotImplementedError

    def _forget_requests(self, device: str) -> None:
        """What a revoked device has asked for."""
        raise NotImplementedError
