"""Commits and whom they add and remove, in memory, by the rules of the SQL functions (see tests/contract)."""

import copy

from fake_ledger import Group, Ledger, Member, refuse, require
from mls_chat.wire import bodies
from mls_chat.wire.limits import (
    MAX_CIPHERTEXT_BYTES,
    MAX_COMMIT_KEYS,
    MAX_GROUP_INFO_BYTES,
    MAX_SEALED_KEY_BYTES,
    MAX_WRAPS,
)
from mls_chat.wire.records import AddedDevice, SealedKeyFor


def _fits(key: SealedKeyFor) -> bool:
    return 0 < len(key.sealed_key) <= MAX_SEALED_KEY_BYTES


class Commits(Ledger):
    def send_commit(self, device: str, body: bodies.Commit) -> bodies.SendCommitReply:
        require(len(body.keys) <= MAX_COMMIT_KEYS and all(map(_fits, body.keys)))
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
            self._ring_own_devices(added.user_id, added.device_id)
        for key in body.keys:
            wraps = group.wraps.setdefault(key.device_id or key.user_id, [])
            wraps.append((seq, key.sealed_key))
            del wraps[:-MAX_WRAPS]
        self._deliver(body.group_id)
        return bodies.SendCommitReply(server_seq=seq, epoch=group.epoch)

    def _commit_begins(self, device: str, body: bodies.Commit | bodies.GroupRejoin) -> bodies.SendCommitReply | None:
        """The reply to the same commit before, None for a new one that may follow. Raises FunctionRefused."""
        if len(body.mls_bytes) > MAX_CIPHERTEXT_BYTES:
            raise refuse(413, "message_too_large")
        require(len(body.group_info) <= MAX_GROUP_INFO_BYTES)
        reach = self._live if isinstance(body, bodies.Commit) else self._related
        group = reach(device, body.group_id)
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
            and all(self.devices.get(a.device_id) == a.user_id and not self._revoked(a.device_id) for a in body.added)
            and not (live - removed) & set(added)
            and len(removed) == len(body.removed)
            and removed <= live - {device}
            and sorted(added) == sorted(w.device_id for w in body.welcomes)
            and self._keys_fit(body, {group.members[each].user_id for each in live - removed})
        )
        if not fits:
            raise refuse(400, "commit_mismatch")

    def _keys_fit(self, body: bodies.Commit, remaining: set[str]) -> bool:
        named = [(key.user_id, key.device_id) for key in body.keys]
        own = all(device is None or self.devices.get(device) == user for user, device in named)
        users = {user for user, _ in named}
        return own and len(named) == len(set(named)) and users <= remaining | {each.user_id for each in body.added}
