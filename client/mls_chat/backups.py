"""Keeping the account's encrypted backup up: what the server's does not hold yet is read from here, sealed and added.

All devices of an account write one backup. Each asks the server how far it goes; who comes too late with a segment is
refused and asks again, so nothing is written twice and nobody overwrites another.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.backup_segments import SEGMENT_VERSION, SavedGroup, Segment, saved, seal_segment
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.effects import ReadRows
from mls_chat.events import FunctionRefused, RowsRead
from mls_chat.people import People
from mls_chat.records import GroupRecord, LineRecord, RecordUnreadable, decode_record
from mls_chat.wire.bodies import BackupPut, BackupStateReply, Empty

SAVE_MS: Final = 3_000
"""How long a line waits for others to be saved with it."""
SPACING_MS: Final = 20_000
"""The same where something was saved just before."""
OTHERS_FIRST_MS: Final = 600_000
PAGE_ROWS: Final = 500
SEGMENT_BYTES: Final = 256 * 1024
"""What a segment aims at, of the lines before they are sealed."""
MOST_SEGMENTS: Final = 400
"""After so many the backup is written anew, in fewer."""


class _Group(msgspec.Struct):
    """A group whose lines are being read, newest first, down to `since`."""

    group_id: str
    since: int
    upto: int
    lines: list[LineRecord] = []


class Backups:
    def __init__(self, context: Context, calls: Calls, people: People) -> None:
        self._context, self._calls, self._people = context, calls, people
        self.restoring: Callable[[], bool] = lambda: False
        """Set by the engine: whether this device is still getting its history from the backup."""
        self._scheduled = self._busy = False
        self._saved_at = 0
        self._state = BackupStateReply(0, 0, 0)
        self._anew = False
        """Whether the next generation is being written."""
        self._reading: list[_Group] = []
        self._segments: list[Segment] = []
        self._upto: list[dict[str, int]] = []
        self._filled = 0
        """Bytes of lines in the last of them."""
        self.state_told: Callable[[str, BackupStateReply], None] = lambda subject, reply: None
        """Set by the engine: who else has asked."""
        calls.route("backup_state", self._told, self._refused)
        calls.route("backup_put", self._stored, self._put_refused)

    def lines_added(self) -> None:
        """Something was added to the history; saved a little later, with what comes until then."""
        if not self._scheduled and self._context.account.vault_generation:
            self._scheduled = True
            wait = self._saved_at + SPACING_MS - self._context.now
            self._context.later("backup", self._context.jitter(max(SAVE_MS, wait)))

    def save_now(self) -> None:
        """Another device of the account is about to fetch it, or this one may be switched off."""
        if self._scheduled:
            self._context.later("backup", 0)

    def save(self) -> None:
        self._scheduled = False
        account = self._context.account
        if account.vault_generation and not account.revoked and not self._busy and not self.restoring():
            self._busy, self._saved_at = True, self._context.now
            self._calls.call("backup_state", "save", Empty())

    def _told(self, subject: str, reply: BackupStateReply) -> None:
        if subject != "save":
            self.state_told(subject, reply)
            return
        self._state = reply
        self._anew = not reply.generation or reply.count >= MOST_SEGMENTS
        known = {} if self._anew else reply.upto
        groups = self._context.journal.all(GroupRecord)
        self._reading = [
            _Group(group.group_id, known.get(group.group_id, -1), group.cursor)
            for group in groups
            if self._adds_to(group, known.get(group.group_id, -1))
        ]
        self._segments, self._upto = [], []
        self._read_on()

    def _adds_to(self, group: GroupRecord, known: int) -> bool:
        """Whether this device has what follows. One that came in later leaves it to others for a while to save what was
        before: who says that he has saved up to a place says so of all before it."""
        if group.kind != "chat" or group.state not in ("active", "removed") or group.cursor <= known:
            return False
        has_all = group.entered_seq <= known + 1
        return has_all or (group.settled and self._context.now - group.entered_at > OTHERS_FIRST_MS)

    def _read_on(self) -> None:
        if self._reading:
            self._read(self._reading[0])
        elif self._segments:
            self._put()
        else:
            self._busy = False

    def _read(self, group: _Group) -> None:
        before = group.lines[-1].key if group.lines else f"{group.group_id}/{group.upto + 1:016d}"
        read_id = f"backup:{group.group_id}:"
        self._context.emit(ReadRows(read_id, LineRecord.table, f"{group.group_id}/", before, PAGE_ROWS))

    def rows_read(self, event: RowsRead) -> None:
        if not self._reading or event.read_id != f"backup:{self._reading[0].group_id}:":
            return
        group = self._reading[0]
        for row in event.rows:
            try:
                line = decode_record(LineRecord, row)
            except RecordUnreadable:
                continue  # what is damaged here is nothing to keep
            if line.server_seq <= group.since:
                break
            group.lines.append(line)
        else:
            if len(event.rows) == PAGE_ROWS and group.lines:
                self._read(group)
                return
        self._reading.pop(0)
        self._cut(group)
        self._read_on()

    def _cut(self, group: _Group) -> None:
        """The group's lines into segments, oldest first."""
        record = self._context.journal.find(GroupRecord, group.group_id)
        if record is None:
            return
        group.lines.reverse()
        at = 0
        while True:
            kept = SavedGroup(record.group_id, record.name, record.created_at, [])
            size, names = 0, dict[str, str]()
            while at < len(group.lines) and size < SEGMENT_BYTES:
                line = group.lines[at]
                kept.lines.append(saved(line))
                names |= self._people.known([line.user_id, line.subject_id])
                size += 100 + len(line.text.encode())
                at += 1
            whole = at >= len(group.lines)
            upto = group.upto if whole else group.lines[at].server_seq - 1
            self._add(kept, names, size, upto)
            if whole:
                return

    def _add(self, kept: SavedGroup, names: dict[str, str], size: int, upto: int) -> None:
        """To the segment that is being filled, or to a new one."""
        generation = self._state.generation + self._anew
        begins = 0 if self._anew else self._state.count
        if not self._segments or self._filled + size > SEGMENT_BYTES:
            self._segments.append(Segment(SEGMENT_VERSION, generation, begins + len(self._segments), {}, []))
            self._upto.append({})
            self._filled = 0
        self._filled += size
        self._segments[-1].names |= names
        self._segments[-1].groups.append(kept)
        self._upto[-1][kept.group_id] = upto

    def _put(self) -> None:
        account, segment = self._context.account, self._segments[0]
        sealed = seal_segment(
            self._context.crypto, account.backup_public_key, account.storage_key, account.user_id, segment
        )
        body = BackupPut(
            generation=segment.generation,
            number=segment.number,
            segment=sealed,
            upto=self._upto[0],
            last=not self._anew or len(self._segments) == 1,
        )
        self._calls.call("backup_put", "", body)

    def _stored(self, _subject: str, _reply: Empty) -> None:
        self._segments, self._upto = self._segments[1:], self._upto[1:]
        if self._segments:
            self._put()
        else:
            self._busy = False

    def _put_refused(self, subject: str, refusal: FunctionRefused) -> None:
        """`backup_stale`: another device of the account was faster, and has saved most of it."""
        self._segments, self._upto, self._busy = [], [], False
        if refusal.code == "backup_stale":
            self.lines_added()
        else:
            self._refused(subject, refusal)

    def _refused(self, subject: str, refusal: FunctionRefused) -> None:
        self._busy = self._busy and subject not in ("", "save")
        self._context.notice(f"Your history could not be saved in your backup: {refusal.message}")
