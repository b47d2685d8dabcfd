"""Messages on their way: stored with their ciphertext first, then sent, until the log brings them back."""

from typing import Final

from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.effects import SendFrame
from mls_chat.envelope import Content, Text, seal_envelope
from mls_chat.records import GroupRecord, OutboxRecord
from mls_chat.wire.frames import Error, Send, Sent, encode
from mls_chat.wire.limits import MAX_TEXT_BYTES

TRY_AGAIN: Final = frozenset(
    {"unavailable", "internal", "rate_limited", "not_subscribed", "slow_reader", "future_epoch"}
)
SENTENCES: Final = {
    "not_a_member": "You are not a member of this group any more.",
    "group_failed": "This group can't go on on this device.",
    "message_too_large": "The message is too large.",
    "device_cloned": "Another copy of this device is sending. Close the other copy and retry.",
}


class Outbox:
    def __init__(self, context: Context, chats: Chats) -> None:
        self._context, self._chats = context, chats
        self._in_flight: set[str] = set()
        """Ids of messages sent on the open channel and not answered yet."""
        self.open = False

    def enter_text(self, group_id: str, text: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state not in ("active", "creating"):
            self._context.notice("This group can't receive messages.")
        elif not text.strip():
            self._context.notice("Write something first.")
        elif len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            self._context.notice("The message is longer than 64 KiB. Please split it.")
        else:
            clean = text.encode("utf-8", "replace").decode()
            self.enqueue(group, Text(clean), clean)

    def enqueue(self, group: GroupRecord, content: Content, text: str = "") -> None:
        message_id = self._context.random_id()
        group.client_seq += 1
        row = OutboxRecord(
            group_id=group.group_id,
            message_id=message_id,
            client_seq=group.client_seq,
            envelope=seal_envelope(message_id, self._context.now, content),
            text=text,
            created_at=self._context.now,
        )
        if text:
            group.last_line, group.last_time = f"You: {text}"[:120], self._context.now
        self._chats.changed(group)
        self._store(row)
        self.flush(group)

    def retry(self, group_id: str, message_id: str) -> None:
        group, row = self._context.journal.find(GroupRecord, group_id), self.find(group_id, message_id)
        if group is None or row is None or row.state != "failed":
            return
        if group.state != "active":
            self._context.notice("This group can't receive messages.")
            return
        self._context.journal.delete(row)
        group.client_seq += 1
        row.client_seq, row.state, row.error, row.mls_bytes = group.client_seq, "sending", "", b""
        self._chats.changed(group)
        self._store(row)
        self.flush(group)

    def find(self, group_id: str, message_id: str) -> OutboxRecord | None:
        rows = self._context.journal.all(OutboxRecord)
        return next((r for r in rows if r.message_id == message_id and r.group_id == group_id), None)

    def _waiting(self, group: GroupRecord) -> list[OutboxRecord]:
        rows = [r for r in self._context.journal.all(OutboxRecord) if r.group_id == group.group_id]
        return sorted((r for r in rows if r.state == "sending"), key=lambda r: r.client_seq)

    def flush(self, group: GroupRecord) -> None:
        """Encrypts and sends what waits, in order; those of a newer epoch wait until the older are answered."""
        if group.state != "active":
            return
        waiting = self._waiting(group)
        if not waiting:
            return
        if plain := [row for row in waiting if not row.mls_bytes]:
            with self._context.backend.take(group.mls_group_id) as mls:
                for row in plain:
                    row.epoch, row.mls_bytes = mls.epoch, mls.encrypt(row.envelope)
                    self._store(row)
        self._send(waiting)

    def _send(self, waiting: list[OutboxRecord]) -> None:
        for before, row in zip([waiting[0], *waiting], waiting, strict=False):
            if before.epoch != row.epoch:
                return
            if self.open and row.message_id not in self._in_flight:
                self._in_flight.add(row.message_id)
                self._context.emit(SendFrame(encode(_frame(row))))

    def unsent(self, group: GroupRecord) -> list[OutboxRecord]:
        """Encrypted and waiting, for the way over HTTP while the channel is closed."""
        return [row for row in self._waiting(group) if row.mls_bytes]

    def channel_closed(self) -> None:
        self.open = False
        self._in_flight.clear()

    def channel_opened(self) -> None:
        self.open = True
        self._in_flight.clear()

    def sent(self, frame: Sent) -> None:
        self._in_flight.discard(frame.message_id)
        row = self.find(frame.group_id, frame.message_id)
        if row is not None:
            row.state, row.error = "sent", ""
            self._store(row)
            self._flush_again(frame.group_id)

    def came_back(self, group: GroupRecord, message_id: str) -> OutboxRecord | None:
        """Our own message in the log: the row has done its duty, and what waited for it goes on."""
        self._in_flight.discard(message_id)
        row = self.find(group.group_id, message_id)
        if row is not None:
            self._context.journal.delete(row)
            self.flush(group)
        return row

    def refused(self, error: Error) -> None:
        """The server's answer to one message. A stale epoch is no failure: the commit on its way encrypts again."""
        row = self.find(error.group_id or "", error.message_id or "")
        if row and error.code == "stale_epoch" and error.epoch is not None and row.epoch >= error.epoch:
            return  # about an older ciphertext of this message: it has been encrypted again since
        self._in_flight.discard(error.message_id or "")
        if row is None or row.state == "sent":
            return
        if error.code == "stale_epoch":
            behind = row.epoch >= self._epoch(row.group_id)
            row.mls_bytes = b""
            self._store(row)
            if not behind:
                self._flush_again(row.group_id)
        elif error.code in TRY_AGAIN:
            self._context.later(f"outbox:{row.group_id}", self._context.jitter(2_000))
        else:
            row.state, row.error = "failed", SENTENCES.get(error.code, error.message)
            self._store(row)

    def stopped(self, group: GroupRecord) -> None:
        """Nothing can be sent to this group any more: what waits is handed back as failed."""
        code = "not_a_member" if group.state == "removed" else "group_failed"
        for row in self._waiting(group):
            row.state, row.error = "failed", SENTENCES[code]
            self._store(row)

    def _epoch(self, group_id: str) -> int:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None:
            return 0
        with self._context.backend.take(group.mls_group_id) as mls:
            return mls.epoch

    def _flush_again(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            self.flush(group)

    def _store(self, row: OutboxRecord) -> None:
        self._context.journal.put(row)
        self._chats.outbox_changed(row)


def _frame(row: OutboxRecord) -> Send:
    return Send(
        group_id=row.group_id,
        message_id=row.message_id,
        client_seq=row.client_seq,
        msg_kind="chat",
        epoch=row.epoch,
        mls_bytes=row.mls_bytes,
    )
