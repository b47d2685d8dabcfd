"""A server that plays false with the devices of an account: each lie is told to one device, and always the same."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_server import FakeServer
from mls_chat.account_log import entry_digest
from mls_chat.wire import bodies, frames
from mls_chat.wire.records import AddedDevice, DeviceLogEntry, StoredMessage

GHOST: Final = "00000000-0000-4000-b000-000000000001"
"""The id of a device that no account has signed."""


class FalseServer(FakeServer):
    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self.hidden: dict[tuple[str, str], int] = {}
        """Device and account: after which entry of the account's log the rest is kept from the device."""
        self.forged: list[tuple[str, str]] = []
        """Device and account: the device is shown an entry that the account has not signed."""
        self.forging: list[str] = []
        """Devices to which the next commit is declared to add a ghost."""
        self.declared: set[tuple[str, str, int]] = set()
        """Device, group and commit: what it was declared so."""
        self.old_infos = self.rubbish_keys = 0
        """How many planned times of either are running."""
        self.put_out: dict[str, dict[str, int]] = {}
        """Each revoked device: how far the log of every group went then."""
        self.fetched: dict[str, int] = {}
        """How many segments of its backup each device was given."""

    def device_log_get(self, device: str, body: bodies.DeviceLogGet) -> bodies.DeviceLogGetReply:
        reply = super().device_log_get(device, body)
        end = self.hidden.get((device, body.user_id))
        if end is not None:
            reply.entries = [entry for entry in reply.entries if entry.number <= end]
            reply.head = min(reply.head, end)
        if (device, body.user_id) in self.forged:
            reply.entries = [*reply.entries, self._unsigned(body.user_id)]
            reply.head += 1
        return reply

    def _unsigned(self, user_id: str) -> DeviceLogEntry:
        log = self.accounts[user_id].log
        return DeviceLogEntry(
            number=len(log) + 1,
            previous=entry_digest(user_id, log[-1]),
            change="add",
            device_id=GHOST,
            device_public_key=bytes(32),
            made_at=self._now(),
            signature=bytes(64),
        )

    def backup_get(self, device: str, body: bodies.BackupGet) -> bodies.BackupGetReply:
        reply = super().backup_get(device, body)
        self.fetched[device] = max(self.fetched.get(device, 0), body.number + 1)
        return reply

    def device_revoke(self, device: str, body: bodies.DeviceRevoke) -> bodies.Empty:
        heads = {group_id: group.head for group_id, group in self.groups.items()}
        reply = super().device_revoke(device, body)
        self.put_out.setdefault(body.entry.device_id, heads)
        return reply

    def _subscribe(self, device: str, auth: str, groups: dict[str, int]) -> None:
        super()._subscribe(device, auth, groups)
        for victim, user_id in [*self.hidden, *self.forged]:
            if victim == device:
                self.point_at(victim, user_id)

    def point_at(self, device: str, user_id: str) -> None:
        """Lets the device look at the account's log."""
        self._tell(device, frames.DevicesBell(user_id=user_id))

    def _store_commit(self, device: str, body: Any, *facts: Any) -> int:
        seq = super()._store_commit(device, body, *facts)
        group = self.groups[body.group_id]
        for shown in [each for each in self.forging if each in group.members]:
            self.forging.remove(shown)
            self.declared.add((shown, body.group_id, seq))
        return seq

    def _readable(self, device: str, group_id: str, since: int) -> list[StoredMessage]:
        messages = super()._readable(device, group_id, since)
        return [self._shown(device, group_id, message) for message in messages]

    def _shown(self, device: str, group_id: str, message: StoredMessage) -> StoredMessage:
        if (device, group_id, message.server_seq) not in self.declared:
            return message
        ghost = AddedDevice(user_id=message.user_id, device_id=GHOST)
        return msgspec.structs.replace(message, added=[*message.added, ghost])

    def group_info_get(self, device: str, body: bodies.GroupInfoGet) -> bodies.GroupInfoGetReply:
        reply = super().group_info_get(device, body)
        former = self.groups[body.group_id].former_info
        if self.old_infos and former is not None:
            reply.group_info = former[1]
            if body.refused:
                reply.epoch = former[0]
        if self.rubbish_keys:
            reply.sealed_key, reply.wraps = bytes(60), [bytes(80), *reply.wraps, b"rubbish"]
        return reply
