"""Devices, groups, messages and commits in memory, by the rules of the SQL functions (see tests/contract)."""

import copy
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies, frames
from mls_chat.wire.limits import (
    MAX_CIPHERTEXT_BYTES,
    MAX_COMMIT_KEYS,
    MAX_GROUP_INFO_BYTES,
    MAX_SEALED_KEY_BYTES,
    MAX_WRAPS,
)
from mls_chat.wire.records import AddedDevice, SealedKeyFor, StoredMessage

TOKEN_MS = 15 * 60_000


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
    """For each account the rejoin keys that commits have brought, with the sequences of those commits."""
    undos: dict[int, dict[str, Member | None]] = field(default_factory=dict)
    """Of each commit: the devices that it touched as they were before it."""
    voided: set[int] = field(default_factory=set)
    """Commits that do not count any more."""

    @property
    def head(self) -> int:
        return len(self.log)

    def store_info(self, epoch: int, group_info: bytes) -> None:
        if self.info is not None and self.info[0] < epoch:
            self.former_info = self.info
        self.info = epoch, group_info


def refuse(status: int, code: str, **details: int | str) -> FunctionRefused:
    return FunctionRefused(status, code, code.replace("_", " "), details)


def _fits(key: SealedKeyFor) -> bool:
    return 0 < len(key.sealed_key) <= MAX_SEALED_KEY_BYTES


class Ledger:
    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.devices: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.challenges = 0

    def auth_challenge(self, _device: str, _body: bodies.AuthChallenge) -> bodies.AuthChallengeReply:
        self.challenges += 1
        challenge_id, expires = str(uuid.UUID(int=self.challenges)), self._now() + 300_000
        return bodies.AuthChallengeReply(challenge_id=challenge_id, challenge=b"c" * 32, expires_at=expires)

    def auth_register(self, _device: str, body: bodies.AuthRegister) -> bodies.TokenReply:
        self.devices[body.device_id] = body.user_id
        return self._token(body.device_id)

    def auth_login(self, _device: str, body: bodies.AuthLogin) -> bodies.TokenReply:
        if body.device_id not in self.devices:
            raise refuse(401, "device_unknown")
        return self._token(body.device_id)

    def _token(self, device: str) -> bodies.TokenReply:
        expires = self._now() + TOKEN_MS
        return bodies.TokenReply(token=f"{device}/{expires}", expires_at=expires)

    def group_create(self, device: str, body: bodies.GroupCreate) -> bodies.GroupCreateReply:
        group = self.groups.get(body.group_id)
        if group is None:
            group = self.groups[body.group_id] = Group(device)
            group.members[device] = Member(self.devices[device], "owner", 0)
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

    def user_groups(self, device: str, _body: bodies.Empty) -> bodies.UserGroupsReply:
        mine = [(key, g, g.members[device]) for key, g in self.groups.items() if device in g.members]
        rows: list[Any] = [
            {"group_id": key, "role": m.role, "epoch": g.epoch, "head_seq": g.head, "first_seq": g.first_seq}
            | {"joined_seq": m.joined_seq, "acked_seq": m.acked_seq}
            for key, g, m in mine
            if m.left_seq is None
        ]
        return msgspec.convert({"groups": rows}, bodies.UserGroupsReply)

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

    def send_commit(self, device: str, body: bodies.Commit) -> bodies.SendCommitReply:
        if len(body.keys) > MAX_COMMIT_KEYS or not all(map(_fits, body.keys)):
            raise refuse(400, "bad_request")
        again = self._commit_begins(device, body)
        if again is not None:
            return again
        group = self.groups[body.group_id]
        self._check_changes(group, device, body)
        seq = self._store_commit(device, body, body.added, body.removed)
        for removed in body.removed:
            group.members[removed].left_seq = seq
        for added in body.added:
            role = group.members[added.device_id].role if added.device_id in body.removed else "member"
            group.members[added.device_id] = Member(added.user_id, role, seq, acked_seq=seq)
        for key in body.keys:
            wraps = group.wraps.setdefault(key.user_id, [])
            wraps.append((seq, key.sealed_key))
            del wraps[:-MAX_WRAPS]
        self._deliver(body.group_id)
        return bodies.SendCommitReply(server_seq=seq, epoch=group.epoch)

    def _commit_begins(self, device: str, body: bodies.Commit | bodies.GroupRejoin) -> bodies.SendCommitReply | None:
        """The reply to the same commit before, None for a new one that may follow. Raises FunctionRefused."""
        if len(body.mls_bytes) > MAX_CIPHERTEXT_BYTES:
            raise refuse(413, "message_too_large")
        if len(body.group_info) > MAX_GROUP_INFO_BYTES:
            raise refuse(400, "bad_request")
        group = self._live(device, body.group_id)
        known = self._known(group, device, body.message_id)
        if known is None:
            self._check_epoch(group, body.epoch)
            if body.base_seq is not None and any(m.msg_kind == "void" for m in group.log[body.base_seq :]):
                raise refuse(409, "stale_epoch", epoch=group.epoch)
            return None
        if known.msg_kind != "commit" or known.mls_bytes != body.mls_bytes:
            raise refuse(409, "message_id_conflict")
        return bodies.SendCommitReply(server_seq=known.server_seq, epoch=known.epoch + 1)

    def _store_commit(
        self,
        device: str,
        body: bodies.Commit | bodies.GroupRejoin,
        added: list[AddedDevice],
        removed: list[str],
    ) -> int:
        group = self.groups[body.group_id]
        seq = self._store(group, device, body.message_id, "commit", body.epoch, body.mls_bytes, added, removed)
        touched = {each.device_id for each in added} | set(removed)
        group.undos[seq] = {each: copy.copy(group.members.get(each)) for each in touched}
        group.epoch += 1
        if body.group_info:
            group.store_info(group.epoch, body.group_info)
        return seq

    def _check_changes(self, group: Group, device: str, body: bodies.Commit) -> None:
        live = {key for key, member in group.members.items() if member.left_seq is None}
        added, removed = [a.device_id for a in body.added], set(body.removed)
        fits = (
            len(set(added)) == len(added)
            and all(self.devices.get(a.device_id) == a.user_id for a in body.added)
            and not (live - removed) & set(added)
            and len(removed) == len(body.removed)
            and removed <= live - {device}
            and sorted(added) == sorted(w.device_id for w in body.welcomes)
            and self._keys_fit(body, {group.members[each].user_id for each in live - removed})
        )
        if not fits:
            raise refuse(400, "commit_mismatch")

    def _keys_fit(self, body: bodies.Commit, remaining: set[str]) -> bool:
        users = [key.user_id for key in body.keys]
        return len(users) == len(set(users)) and set(users) <= remaining | {each.user_id for each in body.added}

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
