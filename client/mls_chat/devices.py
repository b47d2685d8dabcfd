"""The account's devices: their names, and putting one out, which the account signs and every group carries out."""

from collections.abc import Callable
from typing import Final

from mls_chat.alerts import raise_alert
from mls_chat.calls import Calls
from mls_chat.changes import Changes
from mls_chat.chats import Chats
from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused
from mls_chat.group_errors import GroupDamaged
from mls_chat.records import DeviceLogRecord, GroupRecord
from mls_chat.vault import seal_name
from mls_chat.wire.bodies import DeviceRename, DeviceRevoke, Empty
from mls_rs_python import MlsError

OTHERS_MS: Final = 15_000
"""How long other members leave it to an account's own devices to remove one that was revoked."""


class Devices:
    def __init__(self, context: Context, calls: Calls, chats: Chats, logs: DeviceLogs, changes: Changes) -> None:
        self._context, self._calls, self._chats = context, calls, chats
        self._logs, self._changes = logs, changes
        self._suspects: set[tuple[str, str]] = set()
        """Devices in a group that were missing in their account's log once."""
        self.said: Callable[[str], None] = lambda step: None
        """Set by the engine: what is being done, empty for nothing any more."""
        self.failed: Callable[[str], None] = lambda sentence: None
        """Set by the engine."""
        self.changed: Callable[[], None] = lambda: None
        """Set by the engine: the server has another list of them now."""
        self.left: Callable[[], None] = lambda: None
        """Set by whoever signs this device out: the account has put it out, or could not."""
        calls.route("device_rename", self._renamed, self._rename_refused)
        calls.route("device_revoke", self._revoked, self._revocation_refused)

    def rename(self, device_id: str, raw_name: str) -> None:
        account, name = self._context.account, clean_name(raw_name)
        if not name:
            self.failed("Please give the device a name: at least one visible character.")
            return
        if device_id == account.device_id:
            account.device_name = name
            self._context.journal.put(account)
        sealed = seal_name(self._context.crypto, account.storage_key, device_id, name)
        self.said("Renaming")
        self._calls.call("device_rename", device_id, DeviceRename(device_id=device_id, sealed_name=sealed), again=True)

    def _renamed(self, _device_id: str, _reply: Empty) -> None:
        self.said("")
        self.changed()

    def _rename_refused(self, _device_id: str, refusal: FunctionRefused) -> None:
        self.failed(f"The device was not renamed: {refusal.message}")

    def revoke(self, device_id: str) -> None:
        """The account's secrets are open."""
        public_key = self._logs.own.live.get(device_id)
        if public_key is None or device_id == self._context.account.device_id:
            self.failed("This device can't be revoked from here.")
            return
        self.said("Revoking the device")
        entry = self._logs.next_entry("revoke", device_id, public_key)
        self._calls.call("device_revoke", device_id, DeviceRevoke(entry=entry))

    def revoke_this(self) -> None:
        """The account's secrets are open, and this device is in its log."""
        device_id = self._context.account.device_id
        entry = self._logs.next_entry("revoke", device_id, self._logs.own.live[device_id])
        self._calls.call("device_revoke", device_id, DeviceRevoke(entry=entry))

    def _revoked(self, device_id: str, _reply: Empty) -> None:
        if device_id == self._context.account.device_id:
            self.left()
            return
        self.said("")
        self._logs.refresh(self._context.account.user_id)
        self.changed()

    def _revocation_refused(self, device_id: str, refusal: FunctionRefused) -> None:
        if device_id == self._context.account.device_id:
            self.left()
            return
        if refusal.code == "log_conflict":
            self._logs.refresh(self._context.account.user_id)
            self.failed("Your devices have changed at the same moment. Try again.")
            return
        self.failed(f"The device was not revoked: {refusal.message}")

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        """Whoever comes in must be in the log of its account."""
        for member in applied.received.added:
            user_id, _, device_id = member.identity.decode().partition("/")
            log = self._logs.find(user_id)
            if log is None or device_id not in log.live:
                self._logs.rung(user_id)

    def groups_of(self, user_id: str) -> list[GroupRecord]:
        """Those that the account has a leaf in."""
        return [group for group in self._context.journal.all(GroupRecord) if self._leaves(group, user_id)]

    def _leaves(self, group: GroupRecord, user_id: str) -> list[str]:
        """Devices of the account that are in the group."""
        if group.state != "active" or group.lost:
            return []
        try:
            members = self._context.backend.look(group.mls_group_id).members()
        except (MlsError, GroupDamaged):
            return []  # its state is lost; the group's alert says so
        identities = (member.identity.decode().partition("/") for member in members)
        return [device_id for user, _, device_id in identities if user == user_id]

    def log_changed(self, log: DeviceLogRecord) -> None:
        """Devices that their account has put out have to leave every group: its own devices see to it at once, the
        other members one after the other, as long as they are there."""
        for group in self._context.journal.all(GroupRecord):
            self._compare(group, log)
        if log.revoked and log.user_id != self._context.account.user_id:
            self._context.later(f"put_out:{log.user_id}", self._context.jitter(OTHERS_MS))

    def compare_all(self) -> None:
        """Called now and then: what was to be done may have been lost with a restart, or refused."""
        for log in self._context.journal.all(DeviceLogRecord):
            if log.revoked:
                self.put_out(log.user_id)

    def put_out(self, user_id: str) -> None:
        """Nobody of the account has done it."""
        log = self._logs.find(user_id)
        if log is not None:
            for group in self._context.journal.all(GroupRecord):
                self._remove_revoked(group, log)

    def _remove_revoked(self, group: GroupRecord, log: DeviceLogRecord) -> None:
        for device_id in self._leaves(group, log.user_id):
            if device_id in log.revoked:
                self._changes.remove_device(group, log.user_id, device_id)

    def _compare(self, group: GroupRecord, log: DeviceLogRecord) -> None:
        if log.user_id == self._context.account.user_id:
            self._remove_revoked(group, log)
        for device_id in self._leaves(group, log.user_id):
            if device_id in log.live or device_id in log.revoked or device_id == self._context.account.device_id:
                continue
            if (log.user_id, device_id) not in self._suspects:
                self._suspects.add((log.user_id, device_id))  # the log that is known may be older than the commit
                self._logs.refresh(log.user_id)
            elif raise_alert(group, "ghost_device", log.user_id):
                self._chats.changed(group)
