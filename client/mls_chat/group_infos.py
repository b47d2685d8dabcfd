"""What a lost device will need: a GroupInfo on the server, sealed under the group's rejoin key, and that key."""

from typing import Final

from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.own_commits import group_data, sealed_group_info
from mls_chat.records import GroupRecord
from mls_chat.rejoin_keys import KeyRing, OwnKeys, seal_group_key
from mls_chat.wire.bodies import Empty, GroupInfoGetReply, GroupInfoPut, GroupKeyPut
from mls_chat.wire.limits import MAX_WRAPS

PUBLISH_MS: Final = 1_000


class GroupInfos:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets) -> None:
        self._context, self._calls, self._secrets = context, calls, secrets
        calls.route("group_info_put", self._published, self._publish_refused)
        calls.route("group_key_put", self._key_stored, self._publish_refused)

    def resume(self) -> None:
        for group in self._context.journal.all(GroupRecord):
            if group.state == "active" and not group.key_stored:
                self._store_key(group)

    def learn(self, group: GroupRecord) -> None:
        """Name and key as the group's context has them now."""
        data = group_data(self._context.backend.look(group.mls_group_id))
        if data.name:
            group.name = data.name
        if data.kind == "self":
            group.kind = "self"
        if data.key != group.group_key:
            group.group_key, group.key_stored = data.key, False
        if not group.key_stored:
            self._store_key(group)

    def _store_key(self, group: GroupRecord) -> None:
        if not group.group_key:
            return
        storage_key = self._context.account.storage_key
        sealed = seal_group_key(self._context.crypto, storage_key, group.group_id, group.group_key)
        body = GroupKeyPut(group_id=group.group_id, sealed_key=sealed)
        self._calls.call("group_key_put", group.group_id, body, again=True)

    def _key_stored(self, group_id: str, _reply: Empty) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            group.key_stored = True
            self._context.journal.put(group)

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        if applied.own:
            group.committed_at = self._context.now
        self.learn(group)

    def rung(self, group_id: str) -> None:
        """Somebody needs a GroupInfo; one of us is enough, so each waits a moment of its own."""
        self._context.later(f"info:{group_id}", self._context.jitter(PUBLISH_MS))

    def publish(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state != "active" or group.lost or not group.group_key:
            return
        mls = self._context.backend.look(group.mls_group_id)
        epoch, info = mls.epoch, mls.group_info()
        if sealed := sealed_group_info(self._context, group_id, group.group_key, epoch, info):
            body = GroupInfoPut(group_id=group_id, epoch=epoch, group_info=sealed)
            self._calls.call("group_info_put", group_id, body, again=True)

    def _published(self, _group_id: str, _reply: Empty) -> None:
        """Nothing hangs on it: whoever needs another one rings."""

    def _publish_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and group.state == "active" and refusal.code != "not_a_member":
            self._context.notice(f"{group.name} could not be prepared for the loss of a device: {refusal.message}")

    def open(self, group: GroupRecord, reply: GroupInfoGetReply) -> tuple[bytes, bytes]:
        """With the key that opened it: the one known here, the one that the account keeps on the server, or a later one
        that members have wrapped for it. Raises SealBroken."""
        account, opened = self._context.account, self._secrets.opened
        secrets = (account.device_secret_key, *([opened.account_secret_key] if opened else []))
        own = OwnKeys(account.user_id, account.storage_key, secrets)
        ring = KeyRing(self._context.crypto, own, group.group_id, group.group_key)
        if reply.sealed_key and not ring.add(reply.sealed_key):
            self._context.notice(f"The server's copy of the key of {group.name} is not the one that was stored.")
        for wrap in reply.wraps[-2 * MAX_WRAPS :]:
            ring.add(wrap)
        return ring.open_group_info(reply.epoch, reply.group_info or b"")
