"""Messages on their way: stored with their ciphertext first, then sent, until the log brings them back."""

import hashlib
from collections.abc import Callable
from typing import Final

from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.effects import SendFrame
from mls_chat.envelope import Content, Seen, Text, seal_envelope, with_id, with_seen
from mls_chat.heads import Heads
from mls_chat.log_tail import told_tail
from mls_chat.records import GroupRecord, OutboxRecord, RejoinRecord
from mls_chat.wire.frames import Error, Send, Sent, encode
from mls_chat.wire.limits import MAX_TEXT_BYTES

AUTHENTICATOR_BYTES: Final = 8
MOST_REMEMBERED: Final = 1024
TRY_AGAIN: Final = frozenset(
    {"unavailable", "internal", "rate_limited", "not_subscribed", "slow_reader", "future_epoch"}
)
SENTENCES: Final = {
    "not_a_member": "You are not a member of this group any more.",
    "group_failed": "This group can't go on on this device.",
    "message_too_large": "The message is too large.",
}


class Outbox:
    def __init__(self, context: Context, chats: Chats, heads: Heads, logs: DeviceLogs) -> None:
        self._context, self._chats, self._heads, self._logs = context, chats, heads, logs
        self._in_flight: set[str] = set()
        """Ids of messages sent on the open channel and not answered yet."""
        self._conflicts: set[str] = set()
        """Ids under which the server has other bytes: nothing is sent under them until the log is read."""
        self.open = False
        self._sent_before: dict[bytes, None] = {}
        """Digests of own ciphertexts that came back, the newest ones since the start."""
        self.cloned: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: the server knows this device's next number from another copy of it."""

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
        rows = self._context.journal.of_group(OutboxRecord, group_id)
        return next((row for row in rows if row.message_id == message_id), None)

    def _waiting(self, group: GroupRecord) -> list[OutboxRecord]:
        return sorted((r for r in self._rows(group) if r.state == "sending"), key=lambda r: r.client_seq)

    def _rows(self, group: GroupRecord) -> list[OutboxRecord]:
        return self._context.journal.of_group(OutboxRecord, group.group_id)

    def flush(self, group: GroupRecord) -> None:
        """Encrypts and sends what waits, in order; those of a newer epoch wait until the older are answered."""
        if not self._may_send(group):
            return
        waiting = self._waiting(group)
        if not waiting:
            return
        if plain := [row for row in waiting if not row.mls_bytes]:
            with self._context.backend.take(group.mls_group_id) as mls:
                tail, link = told_tail(group)
                authenticator = mls.epoch_authenticator[:AUTHENTICATOR_BYTES]
                seen = Seen(group.cursor, tail, authenticator, link, *self._logs.told)
                for row in plain:
                    row.epoch, row.mls_bytes = mls.epoch, mls.encrypt(with_seen(row.envelope, seen))
                    self._store(row)
        self._send(waiting)

    def _may_send(self, group: GroupRecord) -> bool:
        if group.state != "active" or group.lost or not self._heads.caught_up(group):
            return False
        if group.alert == "replaced":  # another copy may use the same keys; a person decides
            return False
        return self._context.journal.find(RejoinRecord, group.group_id) is None

    def _send(self, waiting: list[OutboxRecord]) -> None:
        for before, row in zip([waiting[0], *waiting], waiting, strict=False):
            if before.epoch != row.epoch:
                return
            if self.open and row.message_id not in self._in_flight | self._conflicts:
                self._in_flight.add(row.message_id)
                self._context.emit(SendFrame(encode(_frame(row))))

    def unsent(self, group: GroupRecord) -> list[OutboxRecord]:
        """Encrypted and waiting, for the way over HTTP while the channel is closed."""
        if not self._may_send(group):
            return []
        return [row for row in self._waiting(group) if row.mls_bytes and row.message_id not in self._conflicts]

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

    def take_out(self, group: GroupRecord, message_id: str) -> OutboxRecord | None:
        """Our own message is in the log: the row has done its duty, and what waited for it may go on."""
        self._in_flight.discard(message_id)
        row = self.find(group.group_id, message_id)
        if row is not None:
            self._context.journal.delete(row)
            self.remember_sent(row.mls_bytes)
        return row

    def remember_sent(self, data: bytes) -> None:
        self._sent_before[_digest(data)] = None
        if len(self._sent_before) > MOST_REMEMBERED:
            del self._sent_before[next(iter(self._sent_before))]

    def sent_before(self, data: bytes) -> bool:
        """Whether this is a repeated ciphertext of ours."""
        return _digest(data) in self._sent_before

    def send_anew(self, group: GroupRecord, row: OutboxRecord) -> None:
        """As another message: the one that the log has can't be read by the others."""
        group.client_seq += 1
        message_id = self._context.random_id()
        again = OutboxRecord(
            group_id=row.group_id,
            message_id=message_id,
            client_seq=group.client_seq,
            envelope=with_id(row.envelope, message_id),
            text=row.text,
            created_at=row.created_at,
        )
        self._chats.changed(group)
        self._store(again)

    def log_read(self, group: GroupRecord, _epoch: int) -> None:
        """What the log has under a message's id is not ahead of us: that message needs another id."""
        for row in [row for row in self._waiting(group) if row.message_id in self._conflicts]:
            self._conflicts.discard(row.message_id)
            self._context.journal.delete(row)
            self.send_anew(group, row)
        self.flush(group)

    def epoch_reopened(self, group: GroupRecord, epoch: int) -> None:
        """What waits and is of a later epoch was encrypted with keys that never were; it may still reach the log."""
        for row in self._rows(group):
            if row.state != "failed" and row.mls_bytes and row.epoch > epoch:
                self._in_flight.discard(row.message_id)
                row.spoiled = [*row.spoiled, _digest(row.mls_bytes)]
                row.mls_bytes, row.state = b"", "sending"
                self._store(row)
        self.flush(group)

    def is_spoiled(self, row: OutboxRecord, data: bytes) -> bool:
        """Whether what came back is of a withdrawn epoch."""
        return _digest(data) in row.spoiled

    def renumber(self, group: GroupRecord) -> None:
        """Past every number that a lost or copied state of this device can have used: milliseconds since 1970."""
        group.client_seq = max(group.client_seq, self._context.now)
        for row in self._waiting(group):
            self._context.journal.delete(row)
            group.client_seq += 1
            row.client_seq, row.mls_bytes = group.client_seq, b""
            self._in_flight.discard(row.message_id)
            self._store(row)

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
            if behind:
                self._context.later(f"pull:{row.group_id}", self._context.jitter(2_000))
            else:
                self._flush_again(row.group_id)
        elif error.code in TRY_AGAIN:
            self._context.later(f"outbox:{row.group_id}", self._context.jitter(2_000))
        elif error.code == "message_id_conflict":
            # an earlier ciphertext of it is in the log, most often, and comes back from there
            self._conflicts.add(row.message_id)
            self._context.later(f"pull:{row.group_id}", self._context.jitter(2_000))
        elif error.code == "device_cloned":
            row.mls_bytes = b""
            self._store(row)
            group = self._context.journal.find(GroupRecord, row.group_id)
            if group is not None:
                self.cloned(group)
        elif row.text:
            row.state, row.error = "failed", SENTENCES.get(error.code, error.message)
            self._store(row)
        else:  # a name or a link for the others: nobody waits for it once the group is left
            self._context.journal.delete(row)
            if error.code != "not_a_member":
                self._context.notice(f"Something could not be told to the group: {error.message}")

    def stopped(self, group: GroupRecord) -> None:
        """Nothing can be sent to this group any more: what a person wrote is handed back as failed."""
        code = "not_a_member" if group.state == "removed" else "group_failed"
        for row in self._waiting(group):
            if not row.text:
                self._context.journal.delete(row)
                continue
            row.state, row.error = "failed", SENTENCES[code]
            self._store(row)

    def _epoch(self, group_id: str) -> int:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.lost:
            return 0
        return self._context.backend.look(group.mls_group_id).epoch

    def _flush_again(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None:
            self.flush(group)

    def _store(self, row: OutboxRecord) -> None:
        self._context.journal.put(row)
        self._chats.outbox_changed(row)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:8]


def _frame(row: OutboxRecord) -> Send:
    return Send(
        group_id=row.group_id,
        message_id=row.message_id,
        client_seq=row.client_seq,
        msg_kind="chat",
        epoch=row.epoch,
        mls_bytes=row.mls_bytes,
    )
