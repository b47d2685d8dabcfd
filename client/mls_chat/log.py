"""Reading the ordered log: what the channel delivers, and pages pulled over HTTP where something is missing."""

from collections.abc import Callable
from typing import Final

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.calls import Calls
from mls_chat.connection import Connection
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.heads import Heads
from mls_chat.inbox import Inbox
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, OutboxRecord
from mls_chat.wire.bodies import GetMessages, GetMessagesReply, SendMessage, SendMessageReply
from mls_chat.wire.frames import Deliver, Error, Sent

PULL_AGAIN_MS: Final = 5_000


class Log:
    def __init__(
        self, context: Context, calls: Calls, connection: Connection, inbox: Inbox, outbox: Outbox, heads: Heads
    ) -> None:
        self._context, self._calls, self._connection = context, calls, connection
        self._inbox, self._outbox, self._heads = inbox, outbox, heads
        self.caught_up: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: what waited until the log was read goes on."""
        self.read_to_the_end: list[Callable[[GroupRecord, int], None]] = []
        """Set by the engine: who wants to know that the log is read, and which epoch it has reached."""
        calls.route("get_messages", self._pulled, self._pull_refused)
        calls.route("send_message", self._sent, self._send_refused)

    def told_heads(self, heads: dict[str, int]) -> None:
        for group_id, head in heads.items():
            self._heads.tell(group_id, head)
            group = self._context.journal.find(GroupRecord, group_id)
            if group is not None and self._heads.caught_up(group):
                self.caught_up(group)

    def delivered(self, frame: Deliver) -> None:
        group = self._context.journal.find(GroupRecord, frame.group_id)
        if group is None or not frame.messages:
            return
        behind = not self._heads.caught_up(group)
        whole = self._inbox.deliver(frame.group_id, frame.messages)
        self._heads.tell(frame.group_id, frame.messages[-1].server_seq)
        if whole:
            self._mend(group)
        else:
            self._alert(group, "gap")
            self.pull(group)
        if group.follows:
            self._connection.acknowledge(group)
        if behind and self._heads.caught_up(group):
            self.caught_up(group)

    def pull(self, group: GroupRecord) -> None:
        if group.state == "active":
            body = GetMessages(group_id=group.group_id, since_seq=group.cursor, peek=not group.follows)
            self._calls.call("get_messages", group.group_id, body, again=True)

    def pull_again(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            self.pull(group)

    def _pulled(self, group_id: str, reply: GetMessagesReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None:
            return
        behind = not self._heads.caught_up(group)
        self._heads.tell(group_id, reply.head_seq)
        self._inbox.history_gone(group_id, reply.first_seq)
        before = group.cursor
        whole = self._inbox.deliver(group_id, reply.messages)
        if group.cursor >= reply.head_seq:
            self._mend(group)
            for told in self.read_to_the_end:
                told(group, reply.epoch)
        elif group.cursor > before:
            self.pull(group)
        elif not group.stuck_at:
            self._withheld(group, whole)
        if behind and self._heads.caught_up(group):
            self.caught_up(group)

    def _withheld(self, group: GroupRecord, whole: bool) -> None:
        """The server says that there is more, but what follows the cursor does not come."""
        if group.state == "active":
            self._alert(group, "gap" if whole and group.alert != "gap" else "withheld")
            self._context.later(f"pull:{group.group_id}", self._context.jitter(PULL_AGAIN_MS))

    def _alert(self, group: GroupRecord, alert: str) -> None:
        if raise_alert(group, alert):
            self._context.journal.put(group)

    def _mend(self, group: GroupRecord) -> None:
        if clear_alert(group, "gap", "withheld"):
            self._context.journal.put(group)

    def _pull_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None:
            return
        if refusal.code == "not_a_member" and group.state == "active" and (group.cursor or group.entered_seq):
            self._inbox.leave(group)  # what brought this device in was withdrawn
        else:
            self._context.notice(f"Messages of {group.name} can't be read: {refusal.message}")

    def fall_back(self) -> None:
        """While the channel is down: pull every group and send what waits, over HTTP."""
        for group in self._context.journal.all(GroupRecord):
            if group.state == "active":
                self.pull(group)
                self._outbox.flush(group)
                self._send_next(group.group_id)

    def _send_next(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and not self._connection.is_subscribed:
            for row in self._outbox.unsent(group)[:1]:
                self._calls.call("send_message", f"{group_id}/{row.message_id}", _body(row))

    def _sent(self, subject: str, reply: SendMessageReply) -> None:
        group_id, _, message_id = subject.partition("/")
        row = self._outbox.find(group_id, message_id)
        if row is not None:
            sent = Sent(
                group_id=group_id,
                client_seq=row.client_seq,
                message_id=message_id,
                server_seq=reply.server_seq,
                server_time=reply.server_time,
            )
            self._outbox.sent(sent)
        self._send_next(group_id)
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and not self._connection.is_subscribed:
            self.pull(group)

    def _send_refused(self, subject: str, refusal: FunctionRefused) -> None:
        group_id, _, message_id = subject.partition("/")
        epoch = refusal.details.get("epoch")
        error = Error(
            code=refusal.code,
            message=refusal.message,
            group_id=group_id,
            message_id=message_id,
            epoch=epoch if isinstance(epoch, int) else None,
        )
        self._outbox.refused(error)


def _body(row: OutboxRecord) -> SendMessage:
    return SendMessage(
        group_id=row.group_id,
        message_id=row.message_id,
        client_seq=row.client_seq,
        msg_kind="chat",
        epoch=row.epoch,
        mls_bytes=row.mls_bytes,
    )
