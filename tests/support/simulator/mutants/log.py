"""The log's order, the cursor, and what is sent twice."""

from typing import Any

from pytest import MonkeyPatch

from fake_ledger import Ledger
from mls_chat import received_messages
from mls_chat.heads import Heads
from mls_chat.inbox import Inbox
from mls_chat.log import Log
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord
from mls_chat.rejoins import Rejoins
from mls_chat.wire.bodies import SendMessage, SendMessageReply
from mls_chat.wire.frames import Deliver


def acknowledge_before_the_commit(patch: MonkeyPatch) -> None:
    delivered = Log.delivered

    def eager(self: Log, frame: Deliver) -> None:
        group = self._context.journal.find(GroupRecord, frame.group_id)
        if group is not None:
            cursor, group.cursor = group.cursor, frame.messages[-1].server_seq
            self._connection.acknowledge(group)
            group.cursor = cursor
        delivered(self, frame)

    patch.setattr(Log, "delivered", eager)


def no_dedupe_on_the_server(patch: MonkeyPatch) -> None:
    send = Ledger.send_message

    def careless(self: Ledger, device: str, body: SendMessage) -> SendMessageReply:
        self.groups[body.group_id].client_seqs.clear()
        return send(self, device, body)

    patch.setattr(Ledger, "_known", lambda *_: None)
    patch.setattr(Ledger, "send_message", careless)


def no_dedupe_on_the_device(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def again(self: Inbox, group_id: str, messages: Any) -> bool:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and messages:
            group.cursor = min(group.cursor, messages[0].server_seq - 1)
        return deliver(self, group_id, messages)

    patch.setattr(Inbox, "deliver", again)


def no_epoch_check(patch: MonkeyPatch) -> None:
    patch.setattr(Ledger, "_check_epoch", lambda *_: None)


def cursor_past_an_unread_message(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def careless(self: Inbox, group_id: str, messages: Any) -> bool:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and messages:
            group.cursor = max(group.cursor, messages[0].server_seq - 1)
        return deliver(self, group_id, messages)

    patch.setattr(Inbox, "deliver", careless)


def no_pull_over_a_gap(patch: MonkeyPatch) -> None:
    patch.setattr(Log, "pull", lambda *_: None)


def encrypt_again_instead_of_repeating(patch: MonkeyPatch) -> None:
    flush = Outbox.flush

    def anew(self: Outbox, group: GroupRecord) -> None:
        for row in self._waiting(group):
            row.mls_bytes = b""
        flush(self, group)

    patch.setattr(Outbox, "flush", anew)


def echo_does_not_free_what_waits(patch: MonkeyPatch) -> None:
    deliver = Inbox.deliver

    def idle(self: Inbox, group_id: str, messages: Any) -> bool:
        flush = self._outbox.flush
        self._outbox.flush = lambda group: None  # type: ignore[method-assign]
        try:
            return deliver(self, group_id, messages)
        finally:
            self._outbox.flush = flush  # type: ignore[method-assign]

    patch.setattr(Inbox, "deliver", idle)


def sends_before_the_log_is_read(patch: MonkeyPatch) -> None:
    """A device that was set back uses its keys a second time."""
    patch.setattr(Heads, "caught_up", lambda *_: True)
    patch.setattr(Rejoins, "begin", lambda *_, **__: None)


def histories_not_compared(patch: MonkeyPatch) -> None:
    patch.setattr(received_messages, "agrees", lambda *_: True)
