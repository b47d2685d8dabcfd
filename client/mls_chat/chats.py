"""The chat list and the opened chat: which lines are loaded, what changed, how many are unread."""

from typing import Final

from mls_chat.context import Context
from mls_chat.effects import ReadRows
from mls_chat.events import RowsRead
from mls_chat.lines import render_line, render_outbox
from mls_chat.people import People
from mls_chat.records import GroupRecord, LineRecord, OutboxRecord, decode_record
from mls_chat.view import ChatSummary, ChatsView, ChatView, EarlierView, LinesView, LineView

PAGE_LINES: Final = 60
SUMMARY_CHARS: Final = 120


class Chats:
    def __init__(self, context: Context, people: People) -> None:
        self._context, self._people = context, people
        self.opened: str | None = None
        self._loaded: dict[str, LineRecord] | None = None
        self._added: dict[str, LineRecord] = {}
        """Lines added since the chat was opened: a page read meanwhile may lack them."""
        self._earlier = False
        self._changed: dict[str, LineView] = {}
        self._list_changed = False

    def open(self, group_id: str | None) -> None:
        group = self._context.journal.find(GroupRecord, group_id or "")
        self.opened, self._loaded = (group.group_id if group else None), None
        self._added, self._changed = {}, {}
        if group is None:
            return
        if group.unread:
            group.unread = 0
            self.changed(group)
        self._read(group.group_id, before=None)

    def earlier(self, group_id: str) -> None:
        if group_id == self.opened and self._loaded:
            self._read(group_id, before=min(self._loaded))

    def _read(self, group_id: str, before: str | None) -> None:
        read_id = f"{'earlier' if before else 'open'}:{group_id}"
        self._context.emit(ReadRows(read_id, LineRecord.table, f"{group_id}/", before, PAGE_LINES))

    def rows_read(self, event: RowsRead) -> None:
        what, _, group_id = event.read_id.partition(":")
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group_id != self.opened:
            return
        lines = {row.key: decode_record(LineRecord, row) for row in event.rows}
        self._earlier = len(lines) == PAGE_LINES
        if what == "open":
            self._loaded = lines | self._added
            self._show_opened(group)
        elif self._loaded is not None:
            self._loaded |= lines
            views = [render_line(lines[key], self._people) for key in sorted(lines)]
            self._context.show(EarlierView(group_id=group_id, lines=views, earlier=self._earlier))

    def _show_opened(self, group: GroupRecord) -> None:
        lines = self._loaded or {}
        views = [render_line(lines[key], self._people) for key in sorted(lines)]
        views += [self._outbox_view(row) for row in self._outbox(group.group_id)]
        self._changed = {}
        self._context.show(
            ChatView(group_id=group.group_id, name=group.name, state=group.state, lines=views, earlier=self._earlier)
        )

    def _outbox(self, group_id: str) -> list[OutboxRecord]:
        rows = [row for row in self._context.journal.all(OutboxRecord) if row.group_id == group_id and row.text]
        return sorted(rows, key=lambda row: row.client_seq)

    def _outbox_view(self, row: OutboxRecord) -> LineView:
        return render_outbox(row, self._people, self._context.account.user_id)

    def outbox_changed(self, row: OutboxRecord) -> None:
        if row.text and row.group_id == self.opened:
            self._changed[row.message_id] = self._outbox_view(row)

    def add_line(self, group: GroupRecord, line: LineRecord) -> None:
        """Stores a line, shows it if its chat is open, counts it otherwise; the caller stores `group`."""
        self._context.journal.put(line, keep=False)
        view = render_line(line, self._people)
        if group.group_id == self.opened:
            self._added[line.key] = line
            if self._loaded is not None:
                self._loaded[line.key] = line
                self._changed[view.id] = view
        elif line.line == "text" and not line.own:
            group.unread += 1
        if line.line == "problem":
            group.verdicts[line.what] = group.verdicts.get(line.what, 0) + 1
        if line.line == "text":
            group.last_line = f"{view.sender}: {view.text}"[:SUMMARY_CHARS]
        else:
            group.last_line = view.text[:SUMMARY_CHARS]
        group.last_time = line.time
        self._list_changed = True

    def changed(self, group: GroupRecord) -> None:
        """Stores the group's record; the list is shown at the end of the step."""
        self._context.journal.put(group)
        self._list_changed = True

    def reshow(self) -> None:
        """Names or the group's state changed: everything that is on the screen is shown again."""
        self._list_changed = True
        group = self._context.journal.find(GroupRecord, self.opened or "")
        if group and self._loaded is not None:
            self._show_opened(group)

    def list_changed(self) -> None:
        self._list_changed = True

    def flush(self) -> None:
        """Called once at the end of each step."""
        if self._list_changed:
            self._list_changed = False
            groups = sorted(self._context.journal.all(GroupRecord), key=lambda g: max(g.last_time, g.created_at))
            self._context.show(ChatsView(chats=[self._summary(group) for group in reversed(groups)]))
        if self._changed and self.opened and self._loaded is not None:
            lines, self._changed = list(self._changed.values()), {}
            self._context.show(LinesView(group_id=self.opened, lines=lines))

    def _summary(self, group: GroupRecord) -> ChatSummary:
        return ChatSummary(
            group_id=group.group_id,
            name=group.name,
            last_line=group.last_line,
            last_time=group.last_time,
            unread=group.unread,
            state=group.state,
        )
