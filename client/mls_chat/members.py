"""The members panel: who is in the group by MLS, who is online by the server's word."""

from typing import Final

from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.group_errors import GroupDamaged
from mls_chat.identity import short_id
from mls_chat.people import People
from mls_chat.readable_group import authenticator_digits
from mls_chat.records import ChangeRecord, GroupRecord
from mls_chat.safety import Safety
from mls_chat.view import MembersView, MemberView, NoticeView, PendingView
from mls_chat.wire.bodies import GroupMembersList, GroupMembersListReply
from mls_rs_python import MlsError

REFRESH_MS: Final = 15_000


class Members:
    def __init__(self, context: Context, calls: Calls, people: People, safety: Safety) -> None:
        self._context, self._calls, self._people, self._safety = context, calls, people, safety
        self._opened: dict[str, str] = {}
        """Group by tab."""
        calls.route("group_members_list", self._listed, self._refused)

    def open(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None:
            return
        tab = self._context.tab or ""
        self._opened[tab] = group_id
        self._show(group, None, [tab])
        self._ask(group_id)
        self._context.later("members", REFRESH_MS)

    def close(self) -> None:
        self.tab_gone(self._context.tab or "")

    def tab_gone(self, tab: str) -> None:
        self._opened.pop(tab, None)

    def refresh(self) -> None:
        for group_id in sorted(set(self._opened.values())):
            self._ask(group_id)
        if self._opened:
            self._context.later("members", REFRESH_MS)

    def _ask(self, group_id: str) -> None:
        self._calls.call("group_members_list", group_id, GroupMembersList(group_id=group_id))

    def _tabs_with(self, group_id: str) -> list[str]:
        return [tab for tab, opened in self._opened.items() if opened == group_id]

    def commit_applied(self, group: GroupRecord) -> None:
        if tabs := self._tabs_with(group.group_id):
            self._show(group, None, tabs)
            self._ask(group.group_id)

    def _listed(self, group_id: str, reply: GroupMembersListReply) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is not None and (tabs := self._tabs_with(group_id)):
            self._show(group, reply, tabs)

    def _refused(self, group_id: str, refusal: FunctionRefused) -> None:
        notice = NoticeView(level="error", text=f"Who is online can't be told: {refusal.message}")
        for tab in self._tabs_with(group_id):
            self._context.show(notice, tab)

    def _show(self, group: GroupRecord, reply: GroupMembersListReply | None, tabs: list[str]) -> None:
        try:
            mls = self._context.backend.look(group.mls_group_id)
            identities = [member.identity.decode().partition("/") for member in mls.members()]
            code = authenticator_digits(mls)
        except (MlsError, GroupDamaged):
            identities, code = [], ""  # its state is lost; the group's alert says so
        active = group.state == "active" and not group.lost and bool(identities)
        devices: dict[str, set[str]] = {}
        for user_id, _, device_id in identities:
            devices.setdefault(user_id, set()).add(device_id)
        staying = set(devices) - self._leaving(group) if active else set()
        members = [self._member(user_id, owned, reply, user_id in staying) for user_id, owned in devices.items()]
        members.sort(key=lambda member: (not member.you, not member.online, member.name.casefold()))
        pending = [
            PendingView(request_id=p.request_id, short_id=short_id(p.user_id), created_at=p.created_at)
            for p in (reply.pending if reply else [])
        ]
        view = MembersView(
            group_id=group.group_id,
            members=members,
            pending=pending,
            renamable=active,
            code=code if active else "",
        )
        for tab in tabs:
            self._context.show(view, tab)

    def _leaving(self, group: GroupRecord) -> set[str]:
        """Whose removal is on its way."""
        changes = self._context.journal.of_group(ChangeRecord, group.group_id)
        return {change.user_id for change in changes if change.change == "remove"}

    def _member(
        self, user_id: str, devices: set[str], reply: GroupMembersListReply | None, staying: bool
    ) -> MemberView:
        rows = [m for m in (reply.members if reply else []) if m.user_id == user_id and m.device_id in devices]
        you = user_id == self._context.account.user_id
        return MemberView(
            user_id=user_id,
            name=self._people.name_of(user_id),
            short_id=short_id(user_id),
            you=you,
            role=rows[0].role if rows else "",
            online=you or any(row.online for row in rows),
            last_seen=max((row.last_seen for row in rows), default=0),
            devices=len(devices),
            removable=staying and not you,
            verified=self._safety.is_verified(user_id),
        )
