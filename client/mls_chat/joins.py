"""Joining by a link: look at it, submit a key package bound to its secret, enter by the Welcome bound to it."""

from typing import Final, Literal

from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.calls import Calls
from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.envelope import EnvelopeUnreadable, GroupData, Profile, clean_name, decode_group_data
from mls_chat.events import FunctionRefused
from mls_chat.groups import Groups
from mls_chat.link import Link, LinkKeys, LinkRefused, parse_fragment, same_mac
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, JoinRecord
from mls_chat.view import JoinView
from mls_chat.wire.bodies import (
    InviteInfo,
    InviteInfoReply,
    InviteJoin,
    InviteJoinReply,
    InvitePoll,
    InvitePollReply,
)
from mls_rs_python import Group, MlsError

KEY_PACKAGE_SECONDS: Final = 90 * 24 * 3600
BAD_LINK: Final = "This is not a working invite link. Check that you copied all of it, or ask for a new one."
SENTENCES: Final = {
    "used": "This link was already used. Ask for a new one.",
    "expired": "This link has expired. Ask for a new one.",
    "revoked": "This link was withdrawn. Ask for a new one.",
    "invite_used": "This link was already used. Ask for a new one.",
    "invite_expired": "This link has expired. Ask for a new one.",
    "invite_revoked": "This link was withdrawn. Ask for a new one.",
    "invite_unknown": BAD_LINK,
    "invite_access_denied": BAD_LINK,
    "bad_request": BAD_LINK,
    "request_unknown": "The way in was taken back before you were through. Open the link again.",
    "already_member": "You are already a member of this group.",
}


class WelcomeRefused(Exception):
    """The Welcome is not what the link promises; the text says why."""


class OpenedLink:
    """The link that one tab has open."""

    def __init__(self, link: Link, name: str = "") -> None:
        self.link, self.name = link, name
        self.ready = self.wanted = False
        """The link was looked at and is good; Join was pressed before that."""


class Joins:
    def __init__(self, context: Context, calls: Calls, chats: Chats, groups: Groups, outbox: Outbox) -> None:
        self._context, self._calls, self._chats = context, calls, chats
        self._groups, self._outbox = groups, outbox
        self._opened: dict[str, OpenedLink] = {}
        """By tab."""
        calls.route("invite_info", self._informed, self._info_refused)
        calls.route("invite_join", self._submitted, self._join_refused)
        calls.route("invite_poll", self._polled, self._poll_refused)

    def resume(self) -> None:
        for join in self._context.journal.all(JoinRecord):
            self._go_on(join)

    @property
    def waiting(self) -> bool:
        return bool(self._context.journal.all(JoinRecord))

    def open_link(self, fragment: str) -> None:
        tab = self._context.tab or ""
        try:
            link = parse_fragment(fragment)
        except LinkRefused:
            self._opened.pop(tab, None)
            self._context.answer(JoinView(stage="failed", error=BAD_LINK))
            return
        opened = self._opened[tab] = OpenedLink(link)
        groups = self._context.journal.all(GroupRecord)
        entered = next((g for g in groups if g.invite_id == link.invite_id), None)
        join = self._context.journal.find(JoinRecord, link.invite_id)
        if entered is not None:
            self._context.answer(JoinView(stage="joined", group_name=entered.name, group_id=entered.group_id))
        elif join is not None:
            opened.name = join.group_name
            self._show(tab, "waiting")
        else:
            self._look(tab, link)

    def _look(self, tab: str, link: Link) -> None:
        self._show(tab, "loading")
        self._calls.call("invite_info", link.invite_id, InviteInfo(invite_id=link.invite_id))

    def close_link(self) -> None:
        self.tab_gone(self._context.tab or "")
        self._context.answer(JoinView(stage="none"))

    def tab_gone(self, tab: str) -> None:
        self._opened.pop(tab, None)

    def _tabs_with(self, invite_id: str) -> list[str]:
        return [tab for tab, opened in self._opened.items() if opened.link.invite_id == invite_id]

    def _show(self, tab: str, stage: Literal["loading", "ready", "joining", "waiting"]) -> None:
        self._context.show(JoinView(stage=stage, group_name=self._opened[tab].name), tab)

    def _informed(self, invite_id: str, reply: InviteInfoReply) -> None:
        for tab in self._tabs_with(invite_id):
            self._looked_at(tab, self._opened[tab], reply)

    def _looked_at(self, tab: str, opened: OpenedLink, reply: InviteInfoReply) -> None:
        if reply.status != "active":
            self._fail(tab, SENTENCES[reply.status])
            return
        try:
            name = LinkKeys(self._context.crypto, opened.link).unseal("name", reply.sealed_info)
        except LinkRefused:
            self._fail(tab, BAD_LINK)
            return
        opened.name, opened.ready = clean_name(name.decode("utf-8", "replace")), True
        self._show(tab, "ready")
        if opened.wanted:
            self._join(tab, opened)

    def _info_refused(self, invite_id: str, refusal: FunctionRefused) -> None:
        for tab in self._tabs_with(invite_id):
            self._fail(tab, SENTENCES.get(refusal.code, refusal.message))

    def _fail(self, tab: str, sentence: str) -> None:
        self._context.show(JoinView(stage="failed", group_name=self._opened[tab].name, error=sentence), tab)

    def request(self) -> None:
        tab = self._context.tab or ""
        if tab in self._opened and self._context.has_account:
            self._join(tab, self._opened[tab])

    def _join(self, tab: str, opened: OpenedLink) -> None:
        """The key package's private part is stored before the package leaves the device."""
        link = opened.link
        join = self._context.journal.find(JoinRecord, link.invite_id)
        if join is None and not opened.ready:
            opened.wanted = True
            self._look(tab, link)
            return
        if join is None:
            package = self._context.backend.generate_key_package(
                now=self._context.seconds, lifetime=KEY_PACKAGE_SECONDS
            )
            join = JoinRecord(
                invite_id=link.invite_id,
                secret=link.secret,
                group_name=opened.name,
                key_package=package.data,
                key_package_reference=package.reference,
            )
            self._context.journal.put(join)
        self._show(tab, "joining")
        self._go_on(join)

    def _go_on(self, join: JoinRecord, *, rung: bool = False) -> None:
        if join.request_id:
            self._calls.call("invite_poll", join.invite_id, InvitePoll(request_id=join.request_id), again=rung)
            return
        account = self._context.account
        keys = LinkKeys(self._context.crypto, Link(join.invite_id, join.secret))
        body = InviteJoin(
            invite_id=join.invite_id,
            access_key=keys.access_key,
            key_package=join.key_package,
            mac=keys.join_mac(account.user_id, account.device_id, join.key_package),
            sealed_profile=keys.seal("profile", account.name.encode()),
        )
        self._calls.call("invite_join", join.invite_id, body)

    def _submitted(self, invite_id: str, reply: InviteJoinReply) -> None:
        join = self._context.journal.find(JoinRecord, invite_id)
        if join is None:
            return
        join.request_id = reply.request_id
        self._context.journal.put(join)
        for tab in self._tabs_with(invite_id):
            self._show(tab, "waiting")
        self._go_on(join)

    def _join_refused(self, invite_id: str, refusal: FunctionRefused) -> None:
        self._give_up(invite_id, SENTENCES.get(refusal.code, refusal.message))

    def _give_up(self, invite_id: str, sentence: str) -> None:
        join = self._context.journal.find(JoinRecord, invite_id)
        if join is None:
            return
        self._context.backend.forget_key_package(join.key_package_reference)
        self._context.journal.delete(join)
        tabs = self._tabs_with(invite_id)
        for tab in tabs:
            self._fail(tab, sentence)
        if not tabs:
            self._context.notice(f"You could not join {join.group_name}: {sentence}")

    def poll(self, request_id: str | None = None) -> None:
        """After a bell for this request, or now and then for all."""
        for join in self._context.journal.all(JoinRecord):
            if request_id is None or join.request_id == request_id:
                self._go_on(join, rung=request_id is not None)

    def _poll_refused(self, invite_id: str, refusal: FunctionRefused) -> None:
        self._give_up(invite_id, SENTENCES.get(refusal.code, refusal.message))

    def _polled(self, invite_id: str, reply: InvitePollReply) -> None:
        join = self._context.journal.find(JoinRecord, invite_id)
        if join is None:
            return
        if reply.state == "refused":
            self._give_up(invite_id, f"The request was refused: {reply.reason or 'no reason given'}.")
        elif reply.state == "expired":
            self._give_up(invite_id, SENTENCES["expired"])
        elif reply.state == "complete":
            try:
                group = self._enter(join, reply)
            except WelcomeRefused as refused:
                self._give_up(invite_id, f"The invitation to the group is not genuine ({refused}). Ask for a new link.")
                return
            self._entered(join, group, reply.admitted_by or "")

    def _enter(self, join: JoinRecord, reply: InvitePollReply) -> GroupRecord:
        """Raises WelcomeRefused; nothing of the group stays then."""
        if reply.welcome is None or reply.mac is None or reply.group_id is None or reply.joined_seq is None:
            raise WelcomeRefused("the server's answer is incomplete")
        keys = LinkKeys(self._context.crypto, Link(join.invite_id, join.secret))
        if not same_mac(keys.welcome_mac(self._context.account.device_id, reply.welcome), reply.mac):
            raise WelcomeRefused("it is not bound to the link")
        try:
            mls = self._context.backend.open_welcome(reply.welcome, now=self._context.seconds)
        except MlsError as error:
            raise WelcomeRefused(f"{type(error).__name__}") from error
        data = _group_data(mls)
        known = self._context.journal.find(GroupRecord, reply.group_id)
        if data.group_id != reply.group_id or (known is not None and known.state != "removed" and not known.lost):
            raise WelcomeRefused("it leads into another group than the link")
        others = [group for group in self._context.journal.all(GroupRecord) if group is not known]
        if any(group.mls_group_id == mls.group_id for group in others):
            raise WelcomeRefused("it would replace another group")
        if known is not None:
            self._context.backend.forget_group(known.mls_group_id)
        self._context.backend.adopt(mls)
        return GroupRecord(
            group_id=reply.group_id,
            mls_group_id=mls.group_id,
            name=data.name,
            state="active",
            created_at=self._context.now,
            committed_at=self._context.now,
            cursor=reply.joined_seq,
            client_seq=known.client_seq if known else 0,
            confirmed=False,
            invite_id=join.invite_id,
        )

    def _entered(self, join: JoinRecord, group: GroupRecord, admitted_by: str) -> None:
        self._context.journal.delete(join)
        self._groups.entered(group, admitted_by)
        self._outbox.enqueue(group, Profile(name=self._context.account.name))
        for tab in self._tabs_with(join.invite_id):
            del self._opened[tab]
            self._context.show(JoinView(stage="joined", group_name=group.name, group_id=group.group_id), tab)
            self._chats.open(group.group_id, tab)


def _group_data(mls: Group) -> GroupData:
    try:
        return decode_group_data(mls.context_extensions.get(GROUP_DATA_EXTENSION, b""))
    except EnvelopeUnreadable as error:
        raise WelcomeRefused("the group has no readable name") from error
