"""Invite links of our groups: made here, shared with the other members so that any of them can admit."""

from typing import Final

from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.envelope import SharedInvite
from mls_chat.events import FunctionRefused
from mls_chat.link import SECRET_BYTES, Link, LinkKeys
from mls_chat.outbox import Outbox
from mls_chat.records import GroupRecord, InviteRecord
from mls_chat.view import InviteView
from mls_chat.wire.bodies import InviteCreate, InviteCreateReply

INVITE_SECONDS: Final = 7 * 24 * 3600


class Invites:
    def __init__(self, context: Context, calls: Calls, outbox: Outbox) -> None:
        self._context, self._calls, self._outbox = context, calls, outbox
        self._awaited: dict[str, str] = {}
        """The link that each tab waits for."""
        calls.route("invite_create", self._created, self._refused)

    def resume(self) -> None:
        for invite in self._context.journal.all(InviteRecord):
            if invite.expires_at <= self._context.now:
                self._context.journal.delete(invite)
            elif invite.state == "creating":
                self._tell_server(invite)

    def request(self, group_id: str) -> None:
        group = self._context.journal.find(GroupRecord, group_id)
        if group is None or group.state not in ("creating", "active"):
            sentence = "You are not in this group, so nobody can be let in by you."
            self._context.answer(InviteView(group_id=group_id, stage="failed", error=sentence))
            return
        invite = InviteRecord(
            invite_id=self._context.random_id(),
            group_id=group_id,
            secret=self._context.crypto.random_bytes(SECRET_BYTES),
            expires_at=self._context.now + INVITE_SECONDS * 1000,
            state="creating",
        )
        self._context.journal.put(invite)
        self._awaited[self._context.tab or ""] = invite.invite_id
        self._context.answer(InviteView(group_id=group_id, stage="creating"))
        self._tell_server(invite)

    def group_created(self, group: GroupRecord) -> None:
        """The server knows the group now, or has refused it."""
        for invite in self._context.journal.of_group(InviteRecord, group.group_id):
            if group.state == "active":
                self._tell_server(invite)
            else:
                self._context.journal.delete(invite)
                sentence = "The link could not be made, since the group could not be created."
                self._tell(invite.invite_id, InviteView(group_id=group.group_id, stage="failed", error=sentence))

    def _tell_server(self, invite: InviteRecord) -> None:
        group = self._context.journal.find(GroupRecord, invite.group_id)
        if group is None:
            self._context.journal.delete(invite)
            return
        if group.state == "creating":
            return  # group_created goes on
        keys = LinkKeys(self._context.crypto, Link(invite.invite_id, invite.secret))
        body = InviteCreate(
            invite_id=invite.invite_id,
            group_id=invite.group_id,
            access_hash=keys.access_hash,
            sealed_info=keys.seal("name", group.name.encode()),
            expires_in=INVITE_SECONDS,
        )
        self._calls.call("invite_create", invite.invite_id, body)

    def _created(self, invite_id: str, reply: InviteCreateReply) -> None:
        invite = self._context.journal.find(InviteRecord, invite_id)
        if invite is None or invite.state != "creating":
            return
        invite.state, invite.expires_at = "active", reply.expires_at
        self._context.journal.put(invite)
        group = self._context.journal.find(GroupRecord, invite.group_id)
        if group is not None:
            shared = SharedInvite(invite_id=invite_id, secret=invite.secret, expires_at=invite.expires_at)
            self._outbox.enqueue(group, shared)
        fragment = Link(invite_id, invite.secret).fragment
        view = InviteView(group_id=invite.group_id, stage="ready", fragment=fragment, expires_at=invite.expires_at)
        self._tell(invite_id, view)

    def _refused(self, invite_id: str, refusal: FunctionRefused) -> None:
        invite = self._context.journal.find(InviteRecord, invite_id)
        if invite is not None:
            self._context.journal.delete(invite)
            sentence = f"The link could not be made: {refusal.message}"
            self._tell(invite_id, InviteView(group_id=invite.group_id, stage="failed", error=sentence))

    def _tell(self, invite_id: str, view: InviteView) -> None:
        for tab in [tab for tab, awaited in self._awaited.items() if awaited == invite_id]:
            del self._awaited[tab]
            self._context.show(view, tab)

    def tab_gone(self, tab: str) -> None:
        self._awaited.pop(tab, None)

    def open_invites(self, group_id: str) -> list[SharedInvite]:
        """For a newcomer, who may admit others."""
        invites = self._context.journal.of_group(InviteRecord, group_id)
        live = [i for i in invites if i.state == "active" and i.expires_at > self._context.now]
        return [SharedInvite(i.invite_id, i.secret, i.expires_at) for i in live]
