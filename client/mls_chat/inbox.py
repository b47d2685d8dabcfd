"""The ordered log of each group: every entry gets a final verdict before the cursor passes it."""

from collections.abc import Callable, Sequence

from mls_chat.chats import Chats
from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.log_tail import forget_tail, pass_entry
from mls_chat.outbox import Outbox
from mls_chat.own_entries import OwnEntries
from mls_chat.received_commits import ReceivedCommits, Stuck
from mls_chat.received_messages import ReceivedMessages
from mls_chat.records import GroupRecord, LineRecord
from mls_chat.verdicts import Verdicts
from mls_chat.wire.records import StoredMessage
from mls_chat.withdrawals import Withdrawals


class Inbox:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        outbox: Outbox,
        withdrawals: Withdrawals,
        own_entries: OwnEntries,
        messages: ReceivedMessages,
        commits: ReceivedCommits,
        verdicts: Verdicts,
    ) -> None:
        self._context, self._chats, self._outbox, self._withdrawals = context, chats, outbox, withdrawals
        self._own_entries, self._messages = own_entries, messages
        self._commits, self._verdicts = commits, verdicts
        self.passed_by: list[Callable[[GroupRecord, StoredMessage], None]] = []
        """Set by the engine: who waits for a commit that may be in the log without being readable here."""
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
                self._commits.tell(group, applied)
            elif message.msg_kind == "void":
                self._withdrawals.go_on(group)
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
        elif own and message.msg_kind == "commit" and self._own_entries.is_rejoin(group, message):
            pass
        elif own and message.msg_kind == "chat":
            self._own_entries.came_back(group, message)
        elif group.lost:
            self._lost(group, message)
        elif message.msg_kind == "commit":
            return self._commits.follow(group, message)
        else:
            self._messages.received(group, message)
        if not group.lost:
            group.lost_from = 0
        return None

    def _lost(self, group: GroupRecord, message: StoredMessage) -> None:
        for settle in self.passed_by if message.msg_kind == "commit" else []:
            settle(group, message)
        self._verdicts.state_lost(group, message)
