"""Log entries in the name of this device: what it has sent comes back, and what it does not know is told by name."""

from collections.abc import Callable
from typing import Final

from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.lines import line_of
from mls_chat.outbox import Outbox
from mls_chat.received_messages import Problem, ReceivedMessages
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.verdicts import Verdicts
from mls_chat.wire.records import StoredMessage
from mls_chat.withdrawals import Withdrawals

OWN_LOST_PART: Final = 153
"""Beside what an entry has brought before, where it is read a second time after a loss."""


class OwnEntries:
    def __init__(
        self,
        context: Context,
        chats: Chats,
        outbox: Outbox,
        rejoins: Rejoins,
        withdrawals: Withdrawals,
        messages: ReceivedMessages,
        verdicts: Verdicts,
    ) -> None:
        self._context, self._chats, self._outbox, self._rejoins = context, chats, outbox, rejoins
        self._withdrawals, self._messages, self._verdicts = withdrawals, messages, verdicts
        self.rejoined: list[Callable[[GroupRecord], None]] = []
        """Set by the engine: who has prepared something with keys that are gone."""

    def is_rejoin(self, group: GroupRecord, message: StoredMessage) -> bool:
        """Whether the commit is the one by which this device came back; its new state is in place then."""
        reason = self._rejoins.reason(group)
        if not reason:
            return False
        checkpoint = self._withdrawals.before(group, message, reason)
        if not self._rejoins.arrived(group, message):
            return False
        self._withdrawals.keep(group, checkpoint)
        self._outbox.renumber(group)
        for begin_again in self.rejoined:
            begin_again(group)
        return True

    def came_back(self, group: GroupRecord, message: StoredMessage) -> None:
        row = self._outbox.take_out(group, message.message_id)
        if row is None:
            self._unknown(group, message)
            return
        if self._outbox.is_spoiled(row, message.mls_bytes):
            self._outbox.send_anew(group, row)
            return
        self._withdrawals.own_came_back(group, row, message.server_seq)
        if row.text:
            line = line_of(group, message, "text")
            line.user_id, line.own = self._context.account.user_id, True
            line.message_id, line.text = row.message_id, row.text
            self._chats.add_line(group, line)
        if row.mls_bytes != message.mls_bytes and not group.lost and self._what(group, message) == "own_lost":
            self._rejoins.begin(group, "rolled_back")  # the row is of a state before the one that has sent it

    def _unknown(self, group: GroupRecord, message: StoredMessage) -> None:
        """In our name, but not in our books: forged, repeated, or sent by a later state or a copy of this device."""
        what = "own_lost" if group.lost else self._what(group, message)
        self._verdicts.problem(group, message, what, OWN_LOST_PART)
        if what == "own_lost" and not group.lost:
            self._rejoins.begin(group, "rolled_back")

    def _what(self, group: GroupRecord, message: StoredMessage) -> str:
        """`own_lost`: sent with the keys of this device's leaf, and by another state than this one."""
        try:
            self._messages.open(group, message)
        except Problem as problem:
            repeated = problem.what == "own_lost" and self._outbox.sent_before(message.mls_bytes)
            return "used_keys" if repeated else problem.what
        return "own_lost"
