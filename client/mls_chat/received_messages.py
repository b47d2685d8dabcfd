"""Messages of others: opened, held against what the server says of them and against the log, then passed on."""

from typing import Final

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.chats import Chats
from mls_chat.commits import Commits
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import Envelope, EnvelopeUnreadable, open_envelope
from mls_chat.log_tail import adopt_chain, agrees
from mls_chat.outbox import AUTHENTICATOR_BYTES
from mls_chat.readable_group import ReadableGroup, Received
from mls_chat.records import GroupRecord
from mls_chat.verdicts import Verdicts
from mls_chat.wire.records import StoredMessage
from mls_chat.withdrawals import Withdrawals
from mls_rs_python import (
    ApplicationMessage,
    DuplicateMessage,
    FutureEpoch,
    GroupNotFound,
    MlsError,
    OwnMessage,
    StaleEpoch,
    inspect_message,
)

CONTENT_TYPES: Final = {"chat": "application", "commit": "commit", "proposal": "proposal"}


class Problem(Exception):
    """A log entry that can't be shown; `what` is a key of lines.PROBLEMS."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class ReceivedMessages:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        commits: Commits,
        contents: Contents,
        withdrawals: Withdrawals,
        verdicts: Verdicts,
        logs: DeviceLogs,
    ) -> None:
        self._context, self._chats, self._commits = context, chats, commits
        self._contents, self._withdrawals, self._verdicts = contents, withdrawals, verdicts
        self._logs = logs

    def received(self, group: GroupRecord, message: StoredMessage) -> None:
        try:
            self._application(group, message)
        except Problem as problem:
            unreadable = problem.what in ("corrupt", "old_epoch")
            if unreadable and message.epoch in group.withdrawn_epochs:
                self._verdicts.problem(group, message, "withdrawn")
                return
            self._verdicts.problem(group, message, problem.what)
            if unreadable:
                self._verdicts.astray(group, message)

    def _application(self, group: GroupRecord, message: StoredMessage) -> None:
        data = self.open(group, message)
        authenticator = self._context.backend.look(group.mls_group_id).epoch_authenticator[:AUTHENTICATOR_BYTES]
        group.unreadable = 0
        if clear_alert(group, "unreadable"):
            self._chats.changed(group)
        try:
            envelope, content = open_envelope(data)
        except EnvelopeUnreadable as error:
            raise Problem("not_understood") from error
        if envelope.id != message.message_id:
            raise Problem("header_mismatch")
        self._withdrawals.confirmed(group, message.device_id)
        self._compare(group, message, envelope, authenticator)
        self._contents.received(group, message, content)

    def _compare(self, group: GroupRecord, message: StoredMessage, envelope: Envelope, authenticator: bytes) -> None:
        """What the sender had of the log, against what this device was given."""
        seen = envelope.seen
        if seen is None:
            return
        if seen.authenticator != authenticator or not agrees(group, seen.seq, seen.log, seen.chain):
            raise_alert(group, "split", message.user_id)
        else:
            adopt_chain(group, seen.seq, seen.chain)
        self._logs.claimed(message.user_id, seen.device_number, seen.device_mark)

    def open(self, group: GroupRecord, message: StoredMessage) -> bytes:
        """Raises Problem; what is set aside uses no key up."""
        self._check_header(group, message)
        return self._decrypt(group, message)

    def _check_header(self, group: GroupRecord, message: StoredMessage) -> None:
        try:
            header = inspect_message(message.mls_bytes)
        except MlsError as error:
            raise Problem("corrupt") from error
        declared = (group.mls_group_id, message.epoch, CONTENT_TYPES[message.msg_kind])
        if (header.group_id, header.epoch, header.content_type) != declared:
            raise Problem("header_mismatch")
        if message.msg_kind == "proposal":
            raise Problem("proposal")

    def _decrypt(self, group: GroupRecord, message: StoredMessage) -> bytes:
        def check(mls: ReadableGroup, received: Received) -> None:
            if not isinstance(received, ApplicationMessage):
                raise Problem("header_mismatch")
            declared = f"{message.user_id}/{message.device_id}".encode()
            if self._commits.sender_of(mls, received.sender_leaf) != declared:
                raise Problem("wrong_sender")

        backend, now = self._context.backend, message.server_time // 1000
        try:
            received = backend.process(group.mls_group_id, message.mls_bytes, now=now, check=check)
        except GroupNotFound:
            raise  # says nothing of the message
        except DuplicateMessage as error:
            raise Problem("used_keys") from error
        except (StaleEpoch, FutureEpoch) as error:
            raise Problem("old_epoch") from error
        except OwnMessage as error:
            raise Problem("own_lost") from error
        except MlsError as error:
            raise Problem("corrupt") from error
        assert isinstance(received, ApplicationMessage)
        return received.data
