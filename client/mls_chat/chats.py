"""The chat list and the opened chat: which lines are loaded, what changed, how many are unread."""

from collections.abc import Callable, Iterable
from typing import Final

from mls_chat.alerts import alert_view
from mls_chat.context import Context
from mls_chat.effects import ReadRows, Row
from mls_chat.events import RowsRead
from mls_chat.heads import Heads
from mls_chat.lines import render_line, render_outbox, unreadable_line
from mls_chat.opened_chat import PAGE_LINES, OpenedChat
from mls_chat.people import People
from mls_chat.records import (
    GroupRecord,
    LineRecord,
    OutboxRecord,
    RecordTooNew,
    RecordUnreadable,
    decode_record,
)
from mls_chat.view import (
    AlertView,
    ChatAlertView,
    ChatSummary,
    ChatsView,
    ChatView,
    EarlierView,
    LinesView,
    LineView,
)

SUMMARY_CHARS: Final = 120


class Chats:
    def __init__(self, context: Context, people: People, heads: Heads) -> None:
        self._context, self._people, self._heads = context, people, heads
        self._opened: dict[str, OpenedChat] = {}
        """By tab."""
        self._hidden: set[str] = set()
        """Tabs that nobody looks at."""
        self._list_changed = False
        self.read: Callable[[GroupRecord], None] = lambda group: None
        """Set by the engine: who tells the account's other devices."""
        self.line_added: Callable[[], None] = lambda: None
        """Set by the engine: who keeps the history elsewhere too."""

    def open(self, group_id: str | None, tab: str | None = None) -> None:
        """In the tab that asks, or in `tab`."""
        tab = self._context.tab if tab is None else tab
        group = self._context.journal.find(GroupRecord, group_id or "")
        if tab is None:
            return
        if group is None:
            self._opened.pop(tab, None)
            return
        self._opened[tab] = OpenedChat(group.group_id)
        self._seen(tab)
        self._read("open", tab, group.group_id, before=None)

    def tab_gone(self, tab: str) -> None:
        self._opened.pop(tab, None)
        self._hidden.discard(tab)

    def visibility_changed(self, tab: str, visible: bool) -> None:
        self._hidden.discard(tab)
        if visible:
            self._seen(tab)
        else:
            self._hidden.add(tab)

    def _seen(self, tab: str) -> None:
        """What the tab has open is read now, if somebody looks at it."""
        opened = self._opened.get(tab)
        group = self._context.journal.find(GroupRecord, opened.group_id) if opened else None
        if group is not None and tab not in self._hidden:
            self.read_up_to(group, group.cursor)

    def read_up_to(self, group: GroupRecord, seq: int) -> None:
        """The person has seen it, here or on another device."""
        if seq > group.read_seq:
            group.read_seq = seq
            self.read(group)
            self.changed(group)
        if group.unread and group.read_seq >= group.last_seq:
            group.unread = 0
            self.changed(group)

    def tabs_with(self, group_id: str) -> list[str]:
        """Those that have the chat opened."""
        return [tab for tab, _ in self._tabs_with(group_id)]

    def _tabs_with(self, group_id: str) -> list[tuple[str, OpenedChat]]:
        return [(tab, opened) for tab, opened in self._opened.items() if opened.group_id == group_id]

    def earlier(self, group_id: str) -> None:
        opened = self._opened.get(self._context.tab or "")
        if opened is None or opened.group_id != group_id:
            return
        if opened.loaded is None:
            opened.wants_earlier = True
        else:
            self._read_earlier(self._context.tab or "", opened)

    def _read_earlier(self, tab: str, opened: OpenedChat) -> None:
        if opened.oldest:
            opened.reading = opened.oldest
            self._read(f"earlier {opened.oldest}", tab, opened.group_id, before=opened.oldest)

    def _read(self, what: str, tab: str, group_id: str, before: str | None) -> None:
        self._context.emit(ReadRows(f"{what}:{group_id}:{tab}", LineRecord.table, f"{group_id}/", before, PAGE_LINES))

    def rows_read(self, event: RowsRead) -> None:
        what, group_id, tab = event.read_id.split(":", 2)
        opened = self._opened.get(tab)
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or opened is None or opened.group_id != group_id:
            return
        lines = _readable(event, group.created_at)
        earlier = len(lines) == PAGE_LINES
        if what == "open":
            opened.begin(lines, earlier)
            if opened.wants_earlier:
                opened.wants_earlier = False
                self._read_earlier(tab, opened)
        elif what != f"earlier {opened.oldest}":  # what was the oldest line then is not now
            if opened.reading not in ("", opened.oldest):
                self._read_earlier(tab, opened)
        else:
            opened.reading = ""
            opened.put_above(lines, earlier)
            views = [render_line(lines[key], self._people) for key in sorted(lines)]
            self._context.show(EarlierView(group_id=group_id, lines=views, earlier=earlier), tab)

    def _show_opened(self, tab: str, opened: OpenedChat, group: GroupRecord) -> None:
        lines = opened.loaded or {}
        views = [render_line(lines[key], self._people) for key in sorted(lines)]
        views += [self._outbox_view(row) for row in self._outbox(group.group_id)]
        opened.changed, opened.outdated, opened.name, opened.alert = {}, False, group.name, self._alert(group)
        chat = ChatView(
            group_id=group.group_id,
            name=group.name,
            state=group.state,
            lines=views,
            earlier=opened.earlier,
            alert=opened.alert,
        )
        self._context.show(chat, tab)

    def _outbox(self, group_id: str) -> list[OutboxRecord]:
        rows = [row for row in self._context.journal.of_group(OutboxRecord, group_id) if row.text]
        return sorted(rows, key=lambda row: row.client_seq)

    def _outbox_view(self, row: OutboxRecord) -> LineView:
        return render_outbox(row, self._people, self._context.account.user_id)

    def outbox_changed(self, row: OutboxRecord) -> None:
        if row.text:
            for _, opened in self._tabs_with(row.group_id):
                opened.changed[row.message_id] = self._outbox_view(row)

    def add_line(self, group: GroupRecord, line: LineRecord) -> None:
        """Stores a line, shows it where its chat is open, counts it if nobody sees it; the caller stores `group`."""
        self._context.journal.put(line, keep=False)
        self.line_added()
        view, seen = render_line(line, self._people), False
        for tab, opened in self._tabs_with(group.group_id):
            seen = seen or tab not in self._hidden
            opened.add(line, view)
        if line.line == "text":
            group.last_seq = line.server_seq
        if seen:
            self.read_up_to(group, line.server_seq)
        elif line.line == "text" and not line.own and line.server_seq > group.read_seq:
            group.unread += 1
        if line.line == "problem":
            group.verdicts[line.what] = group.verdicts.get(line.what, 0) + 1
        if line.line == "text":
            group.last_line = f"{view.sender}: {view.text}"[:SUMMARY_CHARS]
        else:
            group.last_line = view.text[:SUMMARY_CHARS]
        group.last_time = line.time
        self._list_changed = True

    def put_history(self, group: GroupRecord, name: str, lines: list[LineRecord]) -> None:
        """Lines of before this device was in the group; nothing of it is new to the person."""
        for line in lines:
            self._context.journal.put(line, keep=False)
        told = [line for line in lines if line.line == "text"][-1:]
        if told and told[0].time > group.last_time:
            view = render_line(told[0], self._people)
            group.last_line, group.last_time = f"{view.sender}: {view.text}"[:SUMMARY_CHARS], told[0].time
        if not group.mls_group_id:  # else the group's own context has said its name
            group.name = name
        self.changed(group)
        for tab, _ in self._tabs_with(group.group_id):
            self._read("open", tab, group.group_id, before=None)

    def remove_lines(self, group: GroupRecord, seqs: Iterable[int], parts: int) -> None:
        """Takes out all that these log entries brought; `parts` lines each at most."""
        gone = [
            LineRecord(group_id=group.group_id, server_seq=seq, part=part, line="system", time=0, user_id="")
            for seq in seqs
            for part in range(parts)
        ]
        for line in gone:
            self._context.journal.delete(line)
        for _, opened in self._tabs_with(group.group_id):
            opened.remove(line.key for line in gone)

    def changed(self, group: GroupRecord) -> None:
        """Stores the group's record; the list is shown at the end of the step."""
        self._context.journal.put(group)
        self._list_changed = True

    def reshow(self) -> None:
        """Names or the group's state changed: everything that is on the screens is shown again."""
        self._list_changed = True
        for opened in self._opened.values():
            opened.outdated = True

    def list_changed(self) -> None:
        self._list_changed = True

    def flush(self) -> None:
        """Called once at the end of each step."""
        if self._list_changed:
            self._list_changed = False
            self.show_list()
        for tab, opened in self._opened.items():
            opened.bound()
            group = self._context.journal.find(GroupRecord, opened.group_id)
            if group is not None and opened.loaded is not None:
                self._show_changes(tab, opened, group)

    def _show_changes(self, tab: str, opened: OpenedChat, group: GroupRecord) -> None:
        if opened.outdated or group.name != opened.name:
            self._show_opened(tab, opened, group)
            return
        alert = self._alert(group)
        if alert != opened.alert:
            opened.alert = alert
            self._context.show(ChatAlertView(group_id=group.group_id, alert=alert), tab)
        if opened.changed:
            lines, opened.changed = list(opened.changed.values()), {}
            self._context.show(LinesView(group_id=opened.group_id, lines=lines), tab)

    def _alert(self, group: GroupRecord) -> AlertView | None:
        """Of an opened chat: also how far it is behind, when that is more than a page."""
        behind = self._heads.newest(group) - group.cursor
        return alert_view(group, self._people, behind if behind > PAGE_LINES else 0)

    def show_list(self, tab: str | None = None) -> None:
        groups = [group for group in self._context.journal.all(GroupRecord) if _listed(group)]
        groups.sort(key=lambda group: max(group.last_time, group.created_at))
        self._context.show(ChatsView(chats=[self._summary(group) for group in reversed(groups)]), tab)

    def _summary(self, group: GroupRecord) -> ChatSummary:
        return ChatSummary(
            group_id=group.group_id,
            name=group.name,
            last_line=group.last_line,
            last_time=group.last_time,
            unread=group.unread,
            state=group.state,
            alert=alert_view(group, self._people),
        )


def _listed(group: GroupRecord) -> bool:
    """The account's own group is hidden, and so is one that this device has just heard of: it may be that one."""
    unknown = group.state == "entering" and not group.last_time and group.alert in ("", "entering")
    return group.kind == "chat" and not unknown


def _readable(event: RowsRead, created_at: int) -> dict[str, LineRecord]:
    """By key; what can't be read has a line that says so, with the time of the line before it."""
    stored = {row.key: row for row in event.rows}
    lines: dict[str, LineRecord] = {}
    time = created_at
    for key in sorted([*stored, *(row.key for row in event.damaged)]):
        lines[key] = _line(stored.get(key), key, time)
        time = lines[key].time
    return lines


def _line(row: Row | None, key: str, time: int) -> LineRecord:
    try:
        return decode_record(LineRecord, row) if row else unreadable_line(key, "damaged", time)
    except RecordTooNew:
        return unreadable_line(key, "newer", time)
    except RecordUnreadable:
        return unreadable_line(key, "damaged", time)
