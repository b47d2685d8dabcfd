"""Reading the ordered log: what the channel delivers, and pages pulled over HTTP where something is missing."""

from mls_chat.calls import Calls
from mls_chat.connection import Connection
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.inbox import Inbox
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, OutboxRecord
from mls_chat.wire.bodies import GetMessages, GetMessagesReply, SendMessage, SendMessageReply
from mls_chat.wire.frames import Deliver, Error, Sent


class Log:
    def __init__(self, context: Context, calls: Calls, connection: Connection, inbox: Inbox, outbox: Outbox) -> None:
        self._context, self._calls, self._connection = context, calls, connection
        self._inbox, self._outbox = inbox, outbox
        self._heads: dict[str, int] = {}
        """The newest entry of each group that the server told of."""
        calls.route("get_messages", self._pulled, self._pull_refused)
        calls.route("send_message", self._sent, self._send_refused)

    def told_heads(self, heads: dict[str, int]) -> None:
        for group_id, head in heads.items():
            self._heads[group_id] = max(head, self._heads.get(group_id, 0))

    def head_of(self, group: GroupRecord) -> int:
        return max(group.cursor, self._heads.get(group.group_id, 0))

    def delivered(self, frame: Deliver) -> None:
        group = self._context.journal.find(GroupRecord, frame.group_id)
        if group is None:
            return
        self.told_heads({frame.group_id: max((each.server_seq for each in frame.messages), default=0)})
        if not self._inbox.deliver(frame.group_id, frame.messages):
            self.pull(group)
        self._connection.acknowledge(group)

    def pull(self, group: GroupRecord) -> None:
        if group.state == "active":
            body = GetMessages(group_id=group.group_id, since_seq=group.cursor)
            self._calls.call("get_messages", group.group_id, body, again=True)

    def _pulled(self, group_id: str, reply: GetMessagesReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None:
            return
        self.told_heads({group_id: reply.head_seq})
        self._inbox.history_gone(group_id, reply.first_seq)
        before = group.cursor
        self._inbox.deliver(group_id, reply.messages)
        if group.cursor > before and group.cursor < reply.head_seq:
            self.pull(group)

    def _pull_refused(self, group_id: str, refusal: FunctionRefused) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
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
