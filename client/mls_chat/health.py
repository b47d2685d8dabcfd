"""The panel "Connection & health": connection, storage and each group in numbers, and the same as a report.

The report is made to be handed to somebody else: no text, no name of a person or a group, no key.
"""

from collections import Counter
from datetime import UTC, datetime

import msgspec

from mls_chat.alerts import alert_view
from mls_chat.connection import Connection
from mls_chat.context import Context
from mls_chat.damage import damage_told
from mls_chat.group_errors import GroupDamaged
from mls_chat.heads import Heads
from mls_chat.identity import short_id
from mls_chat.people import People
from mls_chat.readable_group import authenticator_digits
from mls_chat.records import GroupRecord, OutboxRecord, encode_record
from mls_chat.view import GroupHealth, HealthView, VerdictCount
from mls_rs_python import MlsError


class _MlsFacts(msgspec.Struct, frozen=True):
    epoch: int = 0
    members: int = 0
    authenticator: str = ""


class Health:
    def __init__(self, context: Context, connection: Connection, heads: Heads, people: People) -> None:
        self._context, self._connection, self._heads, self._people = context, connection, heads, people
        self._shown: dict[str, HealthView | None] = {}
        """By tab that has the panel open, what it was shown last."""
        self._facts: dict[str, tuple[bytes, _MlsFacts]] = {}
        """Each group's record as it was, and what MLS said then: no change of a group leaves its record alone."""

    def open(self) -> None:
        self._shown[self._context.tab or ""] = None
        self._facts.clear()

    def close(self) -> None:
        self.tab_gone(self._context.tab or "")

    def tab_gone(self, tab: str) -> None:
        self._shown.pop(tab, None)

    def flush(self) -> None:
        """Called last in each step: shows what changed where the panel is open."""
        if not self._shown:
            return
        view = self._view()
        for tab, shown in self._shown.items():
            if view != shown:
                self._shown[tab] = view
                self._context.show(view, tab)

    def _view(self) -> HealthView:
        waiting = Counter(row.group_id for row in self._context.journal.all(OutboxRecord) if row.state != "sent")
        groups = sorted(self._context.journal.all(GroupRecord), key=lambda group: group.name.casefold())
        view = HealthView(
            status=self._connection.status,
            last_save=self._context.last_save,
            rows=self._context.journal.row_count,
            groups=[self._group(group, waiting[group.group_id]) for group in groups],
            report="",
            damaged=damage_told(self._context.damaged),
        )
        view.report = make_report(view)
        return view

    def _group(self, group: GroupRecord, waiting: int) -> GroupHealth:
        facts = self._mls_facts(group)
        return GroupHealth(
            group_id=group.group_id,
            name=group.name,
            state=group.state,
            server_seq=group.cursor,
            head_seq=self._heads.newest(group),
            epoch=facts.epoch,
            members=facts.members,
            waiting=waiting,
            authenticator=facts.authenticator,
            renewed_at=group.committed_at,
            verdicts=[VerdictCount(verdict=_words(what), count=n) for what, n in sorted(group.verdicts.items())],
            alert=alert_view(group, self._people),
        )

    def _mls_facts(self, group: GroupRecord) -> _MlsFacts:
        record = encode_record(group)
        known, facts = self._facts.get(group.group_id, (b"", _MlsFacts()))
        if known != record:
            facts = self._read_mls(group)
            self._facts[group.group_id] = record, facts
        return facts

    def _read_mls(self, group: GroupRecord) -> _MlsFacts:
        try:
            mls = self._context.backend.look(group.mls_group_id)
            people = {member.identity.partition(b"/")[0] for member in mls.members()}
            return _MlsFacts(mls.epoch, len(people), authenticator_digits(mls))
        except (MlsError, GroupDamaged):
            return _MlsFacts()  # its state is lost; the group's alert says so


def make_report(view: HealthView) -> str:
    saved = datetime.fromtimestamp(view.last_save / 1000, UTC).isoformat(" ", "seconds") if view.last_save else "none"
    lines = [
        "mls-chat: connection and health",
        f"connection: {view.status}",
        f"last save: {saved}",
        f"rows stored, lines of chats left out: {view.rows}",
        f"groups: {len(view.groups)}",
    ]
    if view.damaged:
        lines.append(view.damaged)
    for group in view.groups:
        lines += _report_of(group)
    return "\n".join(lines)


def _report_of(group: GroupHealth) -> list[str]:
    lines = [
        f"group {short_id(group.group_id)}: {group.state}, entry {group.server_seq} of {group.head_seq}, "
        f"epoch {group.epoch}, members {group.members}, unsent {group.waiting}, "
        f"authenticator {group.authenticator or 'none'}"
    ]
    if group.verdicts:
        lines.append("  not shown: " + ", ".join(f"{each.count} {each.verdict}" for each in group.verdicts))
    if group.alert:
        lines.append(f"  alert: {group.alert.level}" + (f", offers {group.alert.action}" if group.alert.action else ""))
    return lines


def _words(what: str) -> str:
    """A verdict's name in lines.PROBLEMS, as words."""
    return what.replace("_", " ")
