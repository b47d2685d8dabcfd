"""Coming back by external commit, sealed GroupInfos and rejoin keys in memory (see tests/contract)."""

from fake_ledger import Ledger, refuse
from mls_chat.wire import bodies, frames
from mls_chat.wire.limits import MAX_GROUP_INFO_BYTES, MAX_SEALED_KEY_BYTES
from mls_chat.wire.records import AddedDevice


class GroupInfos(Ledger):
    def group_rejoin(self, device: str, body: bodies.GroupRejoin) -> bodies.SendCommitReply:
        again = self._commit_begins(device, body)
        if again is not None:
            return again
        me = AddedDevice(user_id=self.devices[device], device_id=device)
        seq = self._store_commit(device, body, [me], [device])
        self._deliver(body.group_id)
        return bodies.SendCommitReply(server_seq=seq, epoch=self.groups[body.group_id].epoch)

    def group_info_get(self, device: str, body: bodies.GroupInfoGet) -> bodies.GroupInfoGetReply:
        group = self._live(device, body.group_id)
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
            wraps=[sealed for _, sealed in group.wraps.get(self.devices[device], [])],
        )

    def group_info_put(self, device: str, body: bodies.GroupInfoPut) -> bodies.Empty:
        if not 0 < len(body.group_info) <= MAX_GROUP_INFO_BYTES:
            raise refuse(400, "bad_request")
        group = self._live(device, body.group_id)
        if body.epoch == group.epoch:
            group.store_info(body.epoch, body.group_info)
        return bodies.Empty()

    def group_key_put(self, device: str, body: bodies.GroupKeyPut) -> bodies.Empty:
        if not 0 < len(body.sealed_key) <= MAX_SEALED_KEY_BYTES:
            raise refuse(400, "bad_request")
        group = self._live(device, body.group_id)
        group.keys[self.devices[device]] = body.sealed_key
        return bodies.Empty()
