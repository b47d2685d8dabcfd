"""Commits of ours: one at a time waits in a group, with everything that the server and a lost device need of it."""

from collections.abc import Sequence

import msgspec

from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.context import Context
from mls_chat.envelope import GroupData, decode_group_data, encode_group_data
from mls_chat.identity import account_in, device_in
from mls_chat.readable_group import ReadableGroup
from mls_chat.records import AdmissionRecord, ChangeRecord, GroupRecord, RejoinRecord
from mls_chat.rejoin_keys import KEY_BYTES, seal_group_info, wrap_group_key
from mls_chat.wire.bodies import Commit
from mls_chat.wire.limits import MAX_COMMIT_KEYS, MAX_GROUP_INFO_BYTES
from mls_chat.wire.records import SealedKeyFor
from mls_rs_python import Crypto, UsageError


def group_data(mls: ReadableGroup) -> GroupData:
    """Raises EnvelopeUnreadable."""
    return decode_group_data(mls.context_extensions.get(GROUP_DATA_EXTENSION, b""))


def sealed_group_info(context: Context, group_id: str, key: bytes, epoch: int, group_info: bytes) -> bytes:
    """Empty where the group is too large for it, or has no key yet."""
    if not key:
        return b""
    sealed = seal_group_info(context.crypto, key, group_id, epoch, group_info)
    return sealed if len(sealed) <= MAX_GROUP_INFO_BYTES else b""


def wrapped_keys(
    crypto: Crypto, group_id: str, leaves: Sequence[tuple[bytes, bytes]], key: bytes, former_key: bytes
) -> list[SealedKeyFor]:
    """The new rejoin key for each device that has a leaf in the group, and for each account, whose key opens it where
    all its devices are lost. In a group that is too large for it the rest must be online.

    `leaves`: credential and signature key of each.
    """
    devices = {device_in(credential): signature_key for credential, signature_key in leaves}
    accounts = dict(account_in(credential) for credential, _ in leaves)
    sealed_to: list[tuple[str, str | None, bytes]] = [(user, device, key) for (user, device), key in devices.items()]
    sealed_to += [(user_id, None, public_key) for user_id, public_key in accounts.items()]
    keys = []
    for user_id, device_id, public_key in sealed_to[:MAX_COMMIT_KEYS]:
        try:
            wrapped = wrap_group_key(crypto, public_key, group_id, user_id, key, former_key)
        except UsageError:
            continue  # no honest device has such a key, and it must not keep others from removing somebody
        keys.append(SealedKeyFor(user_id=user_id, sealed_key=wrapped, device_id=device_id))
    return keys


class OwnCommits:
    def __init__(self, context: Context) -> None:
        self._context = context

    def may_begin(self, group: GroupRecord) -> bool:
        """No commit of ours is on its way in the group, and nothing there is to be mended first."""
        journal, group_id = self._context.journal, group.group_id
        commits = [each.commit for each in journal.of_group(AdmissionRecord, group_id)]
        commits += [each.commit for each in journal.of_group(ChangeRecord, group_id)]
        under_way = journal.find(RejoinRecord, group_id) is not None or any(commits)
        return group.state == "active" and not group.lost and not under_way

    def make(
        self,
        group: GroupRecord,
        message_id: str,
        *,
        add: Sequence[bytes] = (),
        remove: Sequence[int] = (),
        name: str | None = None,
    ) -> tuple[Commit, bytes]:
        """The body without declared changes, and the Welcome. A removal makes a new rejoin key. Raises MlsError."""
        with self._context.backend.take(group.mls_group_id) as mls:
            if mls.has_pending_commit:
                mls.clear_pending_commit()
            epoch, before = mls.epoch, group_data(mls)
            after = GroupData(before.v, before.group_id, before.name if name is None else name, before.key, before.kind)
            if remove or not after.key:
                after.key = self._context.crypto.random_bytes(KEY_BYTES)
            extensions = None
            if after != before:
                data = encode_group_data(after.group_id, after.name, after.key, after.kind)
                extensions = mls.context_extensions | {GROUP_DATA_EXTENSION: data}
            remaining = [(m.credential, m.signature_key) for m in mls.members() if m.leaf_index not in remove]
            output = mls.commit(
                now=self._context.seconds,
                add=add,
                remove=remove,
                context_extensions=extensions,
                with_group_info=True,
            )
        body = Commit(group_id=group.group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit)
        body.base_seq = group.cursor
        info = output.group_info or b""
        body.group_info = sealed_group_info(self._context, group.group_id, after.key, epoch + 1, info)
        if before.key and after.key != before.key:
            body.keys = wrapped_keys(self._context.crypto, group.group_id, remaining, after.key, before.key)
        return body, output.welcome or b""

    def clear(self, group: GroupRecord) -> None:
        """No trace of our pending commit stays."""
        if group.lost:
            return
        with self._context.backend.take(group.mls_group_id) as mls:
            if mls.has_pending_commit:
                mls.clear_pending_commit()


def encode_commit(body: msgspec.Struct) -> bytes:
    return msgspec.msgpack.encode(body)
