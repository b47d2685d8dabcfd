"""The ordered log of each group: every entry gets a final verdict before the cursor passes it."""

from collections.abc import Callable, Sequence
from typing import Final, Literal

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.chats import Chats
from mls_chat.commits import ApartFromLog, AppliedCommit, CommitRefused, Commits
from mls_chat.content import Contents
from mls_chat.context import Context
from mls_chat.envelope import Envelope, EnvelopeUnreadable, open_envelope
from mls_chat.log_tail import adopt_chain, agrees, forget_tail, pass_entry
from mls_chat.outbox import AUTHENTICATOR_BYTES, Outbox
from mls_chat.readable_group import ReadableGroup, Received
from mls_chat.records import GroupRecord, LineRecord
from mls_chat.rejoins import Rejoins
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
RENAMED_PART: Final = 151
"""Behind the lines of all that a commit can change in the membership."""
STATE_LOST_PART: Final = 152
OWN_LOST_PART: Final = 153
"""Beside what an entry has brought before, where it is read a second time after a loss."""
UNREADABLE: Final = 3
"""Messages in a row that can't be decrypted, until this device takes itself for the one that has gone astray."""


class Problem(Exception):
    """A log entry that can't be shown; `what` is a key of lines.PROBLEMS."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Stuck(Exception):
    """A commit that this device can't follow: the cursor stays before it until that is settled."""


class Inbox:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        outbox: Outbox,
        commits: Commits,
        contents: Contents,
        rejoins: Rejoins,
        withdrawals: Withdrawals,
    ) -> None:
        self._context, self._chats, self._outbox, self._commits = context, chats, outbox, commits
        self._contents, self._rejoins, self._withdrawals = contents, rejoins, withdrawals
        self.commit_applied: list[Callable[[GroupRecord, AppliedCommit], None]] = []
        """Set by the engine: who goes on from there, in this order."""
        self.passed_by: list[Callable[[GroupRecord, StoredMessage], None]] = []
        """Set by the engine: who waits for a commit that may be in the log without being readable here."""
        self.rejoined: list[Callable[[GroupRecord], None]] = []
        """Set by the engine: who has prepared something with keys that are gone."""
        self.stopped: list[Callable[[GroupRecord], None]] = []
        """Set by the engine: who has something waiting in a group that this device is no longer in."""

    def deliver(self, group_id: str, messages: Sequence[StoredMessage]) -> bool:
        """Processes what follows the cursor; False when entries before these are missing (pull them)."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state in ("removed", "failed"):
            return True
        self._withdrawals.look_ahead(group, messages)
        for message in messages:
            if message.server_seq > group.cursor + 1:
                return False
            if message.server_seq <= group.cursor:
                continue
            try:
                applied = self._entry(group, message)
            except Stuck:
                return True
            pass_entry(group, message)
            group.cursor = message.server_seq
            if applied is not None:
                self._after(group, applied)
            self._chats.changed(group)
            if group.state == "removed":
                self.leave(group)
                return True
        self._outbox.flush(group)
        return True

    def leave(self, group: GroupRecord) -> None:
        """This device is no longer in the group."""
        group.state = "removed"
        self._outbox.stopped(group)
        for stop in self.stopped:
            stop(group)
        self._chats.changed(group)
        self._chats.reshow()

    def history_gone(self, group_id: str, first_seq: int) -> None:
        """The server no longer has what follows the cursor; the log goes on at `first_seq`."""
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and first_seq > group.cursor + 1:
            group.cursor = first_seq - 1
            forget_tail(group)
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

    def _entry(self, group: GroupRecord, message: StoredMessage) -> AppliedCommit | None:
        """The commit that was applied, if it was one. Raises Stuck."""
        own = message.device_id == self._context.account.device_id
        if self._withdrawals.skips(group, message):
            self._withdrawals.skip(group, message)
        elif message.msg_kind == "void":
            self._withdrawals.void(group, message)
        elif own and message.msg_kind == "commit" and self._rejoined(group, message):
            pass
        elif own and message.msg_kind == "chat":
            self._own_message(group, message)
        elif group.lost:
            self._lost(group, message)
        elif message.msg_kind == "commit":
            return self._commit(group, message)
        else:
            self._received(group, message)
        if not group.lost:
            group.lost_from = 0
        return None

    def _rejoined(self, group: GroupRecord, message: StoredMessage) -> bool:
        entries = [] if group.lost else self._context.backend.snapshot_group(group.mls_group_id)
        before = (group.mls_group_id, group.name, group.group_key, group.lost)
        reason = self._rejoins.reason(group)
        if not self._rejoins.arrived(group, message):
            return False
        self._withdrawals.checkpoint(message, group, entries, *before, rejoin=reason)
        self._outbox.renumber(group)
        for begin_again in self.rejoined:
            begin_again(group)
        return True

    def _own_message(self, group: GroupRecord, message: StoredMessage) -> None:
        row = self._outbox.take_out(group, message.message_id)
        if row is None:
            self._own_unknown(group, message)
            return
        if self._outbox.is_spoiled(row, message.mls_bytes):
            self._outbox.send_anew(group, row)
            return
        self._withdrawals.own_came_back(group, row, message.server_seq)
        if row.text:
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

    def _own_unknown(self, group: GroupRecord, message: StoredMessage) -> None:
        """In our name, but not in our books: forged, repeated, or sent by a later state or a copy of this device."""
        what = "own_lost"
        try:
            if not group.lost:
                self._check_header(group, message)
                self._decrypt(group, message)
        except Problem as problem:
            what = problem.what
        if what == "own_lost" and self._outbox.sent_before(message.mls_bytes):
            what = "used_keys"
        self._chats.add_line(group, self._line_of(group, message, "problem", what, OWN_LOST_PART))
        if what == "own_lost" and not group.lost:
            self._rejoins.begin(group, "rolled_back")

    def _lost(self, group: GroupRecord, message: StoredMessage) -> None:
        """One line for all that comes until the device is back."""
        for settle in self.passed_by if message.msg_kind == "commit" else []:
            settle(group, message)
        own = self._context.account.device_id
        if own in message.removed and own not in [each.device_id for each in message.added]:
            group.state = "removed"  # by the server's word alone; one that lists this device again is asked again
        if not group.lost_from:
            group.lost_from, group.lost_count = message.server_seq, 0
        group.lost_count += 1
        line = self._line_of(group, message, "problem", "state_lost", STATE_LOST_PART)
        line.server_seq, line.text = group.lost_from, str(group.lost_count)
        self._chats.add_line(group, line)

    def _received(self, group: GroupRecord, message: StoredMessage) -> None:
        try:
            self._application(group, message)
        except Problem as problem:
            unreadable = problem.what in ("corrupt", "old_epoch")
            if unreadable and message.epoch in group.withdrawn_epochs:
                self._problem(group, message, "withdrawn")
                return
            self._problem(group, message, problem.what)
            if unreadable:
                self._astray(group, message)

    def _astray(self, group: GroupRecord, message: StoredMessage) -> None:
        """One entry may be anybody's fault; several in a row are ours."""
        group.unreadable += 1
        if group.unreadable >= UNREADABLE:
            raise_alert(group, "unreadable", message.user_id)
            self._rejoins.begin(group, "unreadable")

    def _application(self, group: GroupRecord, message: StoredMessage) -> None:
        self._check_header(group, message)
        data = self._decrypt(group, message)
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
        """What is set aside uses no key up."""

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

    def _commit(self, group: GroupRecord, message: StoredMessage) -> AppliedCommit | None:
        """Raises Stuck."""
        entries = self._context.backend.snapshot_group(group.mls_group_id)
        try:
            applied = self._commits.apply(group, message)
        except ApartFromLog:
            self._problem(group, message, "bad_commit")
            self._astray(group, message)
            return None
        except CommitRefused as refused:
            if group.unreadable:  # this device could not read the members before either
                self._rejoins.begin(group, "bad_commit")
                self._problem(group, message, refused.what)
                return None
            self._withdrawals.flag(group, message, refused.what)
            raise Stuck(refused.what) from refused
        group.stuck_at = 0
        clear_alert(group, "bad_commit")
        before = (group.mls_group_id, group.name, group.group_key, group.lost)
        self._withdrawals.checkpoint(message, group, entries, *before)
        self._show_changes(group, applied)
        return applied

    def _after(self, group: GroupRecord, applied: AppliedCommit) -> None:
        if group.state != "active" or group.lost:
            return
        name = group.name
        for goes_on in self.commit_applied:
            goes_on(group, applied)
        if group.name != name:
            line = self._line_of(group, applied.message, "system", "renamed", RENAMED_PART)
            line.user_id, line.text = applied.committer_user, group.name
            self._chats.add_line(group, line)

    def _show_changes(self, group: GroupRecord, applied: AppliedCommit) -> None:
        message, received = applied.message, applied.received
        lines = [("removed", m.identity) for m in received.removed] + [("joined", m.identity) for m in received.added]
        if applied.rejoined:
            lines = [("rejoined", received.added[0].identity)]
        if received.self_removed and applied.rejoined:
            self._rejoins.begin(group, "replaced")
            lines = [("replaced", b"/")]
            group.lost = True
        elif received.self_removed:
            group.state, lines = "removed", [("you_removed", b"/")]
        for part, (what, identity) in enumerate(lines):
            line = self._line_of(group, message, "system", what, part)
            line.user_id = applied.committer_user
            line.subject_id = identity.decode().partition("/")[0]
            self._chats.add_line(group, line)
        if not applied.matches_declaration:
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
