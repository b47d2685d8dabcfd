"""The ordered log of each group: every entry gets a final verdict before the cursor passes it."""

from collections.abc import Sequence
from typing import Final, Literal

from mls_chat.admissions import Admissions
from mls_chat.chats import Chats
from mls_chat.commits import CommitRefused, Commits
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.envelope import EnvelopeUnreadable, open_envelope
from mls_chat.members import Members
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, LineRecord
from mls_chat.wire.records import StoredMessage
from mls_rs_python import (
    ApplicationMessage,
    CommitReceived,
    DuplicateMessage,
    FutureEpoch,
    Group,
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


class GroupStopped(Exception):
    """A commit that this device can't follow; the cursor stays before it."""


class Inbox:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        outbox: Outbox,
        admissions: Admissions,
        contents: Contents,
        members: Members,
    ) -> None:
        self._context, self._chats, self._outbox = context, chats, outbox
        self._admissions, self._contents, self._members = admissions, contents, members
        self._commits = Commits(context)

    def deliver(self, group_id: str, messages: Sequence[StoredMessage]) -> bool:
        """Processes what follows the cursor; False when entries before these are missing (pull them)."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state in ("removed", "failed"):
            return True
        for message in messages:
            if message.server_seq > group.cursor + 1:
                return False
            if message.server_seq <= group.cursor:
                continue
            try:
                self._entry(group, message)
            except GroupStopped:
                group.state = "failed"
                self._stopped(group)
                return True
            group.cursor = message.server_seq
            self._chats.changed(group)
            if group.state == "removed":
                self._stopped(group)
                return True
        return True

    def _stopped(self, group: GroupRecord) -> None:
        self._outbox.stopped(group)
        self._chats.changed(group)
        self._chats.reshow()

    def history_gone(self, group_id: str, first_seq: int) -> None:
        """The server no longer has what follows the cursor; the log goes on at `first_seq`."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and first_seq > group.cursor + 1:
            group.cursor = first_seq - 1
            line = LineRecord(
                group_id=group_id,
                server_seq=group.cursor,
                line="problem",
                time=self._context.now,
                user_id="",
                what="history_gone",
            )
            self._chats.add_line(group, line)
            self._chats.changed(group)

    def _entry(self, group: GroupRecord, message: StoredMessage) -> None:
        own = message.device_id == self._context.account.device_id
        if own and message.msg_kind == "chat":
            self._own_message(group, message)
        elif message.msg_kind == "commit":
            self._commit(group, message)
        else:
            try:
                self._application(group, message)
            except Problem as problem:
                self._problem(group, message, problem.what)

    def _own_message(self, group: GroupRecord, message: StoredMessage) -> None:
        row = self._outbox.came_back(group, message.message_id)
        if row is None:
            self._problem(group, message, "own_lost")
        elif row.text:
            line = LineRecord(
                group_id=group.group_id,
                server_seq=message.server_seq,
                line="text",
                time=message.server_time,
                user_id=self._context.account.user_id,
                own=True,
                message_id=row.message_id,
                text=row.text,
            )
            self._chats.add_line(group, line)

    def _application(self, group: GroupRecord, message: StoredMessage) -> None:
        self._check_header(group, message)
        with self._context.backend.take(group.mls_group_id) as mls:
            data = self._decrypt(group, mls, message)
        try:
            envelope, content = open_envelope(data)
        except EnvelopeUnreadable as error:
            raise Problem("not_understood") from error
        if envelope.id != message.message_id:
            raise Problem("header_mismatch")
        self._contents.received(group, message, content)

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

    def _decrypt(self, group: GroupRecord, mls: Group, message: StoredMessage) -> bytes:
        try:
            received = mls.process(message.mls_bytes, now=message.server_time // 1000)
        except DuplicateMessage as error:
            raise Problem("used_keys") from error
        except (StaleEpoch, FutureEpoch) as error:
            raise Problem("old_epoch") from error
        except OwnMessage as error:
            raise Problem("own_lost") from error
        except MlsError as error:
            raise Problem("corrupt") from error
        if not isinstance(received, ApplicationMessage):
            raise Problem("header_mismatch")
        declared = f"{message.user_id}/{message.device_id}".encode()
        if self._commits.sender_of(mls, received.sender_leaf) != declared:
            raise Problem("wrong_sender")
        return received.data

    def _commit(self, group: GroupRecord, message: StoredMessage) -> None:
        try:
            received, committer, own = self._commits.apply(group, message)
        except CommitRefused as refused:
            self._problem(group, message, refused.what)
            raise GroupStopped(refused.what) from refused
        self._show_changes(group, message, received, committer)
        self._members.commit_applied(group)
        if group.state == "active":
            self._admissions.commit_applied(group, own=own)
            self._outbox.flush(group)

    def _show_changes(
        self, group: GroupRecord, message: StoredMessage, received: CommitReceived, committer: bytes
    ) -> None:
        lines = [("removed", m.identity) for m in received.removed] + [("joined", m.identity) for m in received.added]
        if received.self_removed:
            group.state, lines = "removed", [("you_removed", b"/")]
        for part, (what, identity) in enumerate(lines):
            line = self._line_of(group, message, "system", what, part)
            line.user_id = committer.decode().partition("/")[0]
            line.subject_id = identity.decode().partition("/")[0]
            self._chats.add_line(group, line)
        if not self._commits.matches_declaration(message, received, committer):
            self._chats.add_line(group, self._line_of(group, message, "problem", "membership_mismatch", len(lines)))

    def _problem(self, group: GroupRecord, message: StoredMessage, what: str) -> None:
        self._chats.add_line(group, self._line_of(group, message, "problem", what))

    def _line_of(
        self, group: GroupRecord, message: StoredMessage, line: Literal["system", "problem"], what: str, part: int = 0
    ) -> LineRecord:
        return LineRecord(
            group_id=group.group_id,
            server_seq=message.server_seq,
            part=part,
            line=line,
            time=message.server_time,
            user_id=message.user_id,
            what=what,
        )
