"""Coming back by external commit, sealed GroupInfos and rejoin keys in memory (see tests/contract)."""

from typing import Final

from fake_commits import Commits
from fake_ledger import Group, Member, require
from mls_chat.wire import bodies, frames
from mls_chat.wire.limits import MAX_GROUP_INFO_BYTES, MAX_SEALED_KEY_BYTES
from mls_chat.wire.records import AddedDevice

ROLES: Final = ("member", "admin", "owner")
"""The higher ones later."""


class GroupInfos(Commits):
    def group_rejoin(self, device: str, body: bodies.GroupRejoin) -> bodies.SendCommitReply:
        again = self._commit_begins(device, body)
        if again is not None:
            return again
        group, user_id = self.groups[body.group_id], self.devices[device]
        there, me = group.devices_of(user_id), AddedDevice(user_id=user_id, device_id=device)
        seq = self._store_commit(device, body, [me], [device] if device in there else [])
        if device not in there:
            role = max((member.role for member in there.values()), key=ROLES.index)
            group.members[device] = Member(user_id, role, seq - 1, acked_seq=seq - 1)
            self._ring_own_devices(user_id, device)
        self._deliver(body.group_id)
        return bodies.SendCommitReply(server_seq=seq, epoch=group.epoch)

    def group_info_get(self, device: str, body: bodies.GroupInfoGet) -> bodies.GroupInfoGetReply:
        group = self._related(device, body.group_id)
        current = group.info is not None and group.info[0] == group.epoch
        if body.refused and current:
            group.info, current = None, False
        if not current:
            self._ring(body.group_id, frames.GroupInfoBell(group_id=body.group_id))
        return bodies.GroupInfoGetReply(
            group_id=body.group_id,
            epoch=group.epoch,
            head_seq=group.head,
            group_info=group.info[1] if group.info is not None and current else None,
            sealed_key=group.keys.get(self.devices[device]),
            wraps=self._wraps(group, device),
        )

    def _wraps(self, group: Group, device: str) -> list[bytes]:
        """Those that the device can open, oldest first."""
        mine = group.wraps.get(self.devices[device], []) + group.wraps.get(device, [])
        return [sealed for _, sealed in sorted(mine, key=lambda wrap: wrap[0])]

    def group_info_put(self, device: str, body: bodies.GroupInfoPut) -> bodies.Empty:
        require(0 < len(body.group_info) <= MAX_GROUP_INFO_BYTES)
        group = self._live(device, body.group_id)
        if body.epoch == group.epoch:
            group.store_info(body.epoch, body.group_info)
        return bodies.Empty()

    def group_key_put(self, device: str, body: bodies.GroupKeyPut) -> bodies.Empty:
        require(0 < len(body.sealed_key) <= MAX_SEALED_KEY_BYTES)
        group = self._live(device, body.group_id)
        group.keys[self.devices[device]] = body.sealed_key
        return bodies.Empty()
