"""What a person does: each event of the page goes to the part that carries it out."""

from typing import Final

from mls_chat import events
from mls_chat.parts import Parts
from mls_chat.view import NoticeView

WITHOUT_ACCOUNT: Final = (
    events.NameEntered | events.LinkOpened | events.LinkClosed | events.NetworkChanged | events.VisibilityChanged
)


class PageEvents:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def handle(self, event: events.PageEvent) -> None:
        if not self._parts.context.has_account and not isinstance(event, WITHOUT_ACCOUNT):
            return
        match event:
            case events.NameEntered(name=name):
                self._parts.session.make_account(name)
                self._parts.chats.list_changed()
            case events.GroupRequested(name=name):
                self._parts.groups.create(name)
            case events.ChatOpened(group_id=group_id):
                self._parts.chats.open(group_id)
            case events.EarlierRequested(group_id=group_id):
                self._parts.chats.earlier(group_id)
            case events.TextEntered(group_id=group_id, text=text):
                self._parts.outbox.enter_text(group_id, text)
            case events.RetryRequested(group_id=group_id, id=message_id):
                self._parts.outbox.retry(group_id, message_id)
            case events.InviteRequested(group_id=group_id):
                self._parts.invites.request(group_id)
            case events.LinkOpened(fragment=fragment):
                self._parts.joins.open_link(fragment)
            case events.JoinRequested():
                self._parts.joins.request()
            case events.LinkClosed():
                self._parts.joins.close_link()
            case events.MembersOpened(group_id=group_id):
                self._parts.members.open(group_id)
            case events.MembersClosed():
                self._parts.members.close()
            case events.RenameRequested(group_id=group_id, name=name):
                self._parts.changes.rename(group_id, name)
            case events.RemovalRequested(group_id=group_id, user_id=user_id):
                self._parts.changes.remove(group_id, user_id)
            case events.RenewalRequested(group_id=group_id):
                self._parts.changes.renew(group_id)
            case events.RejoinRequested(group_id=group_id):
                self._parts.rejoins.ask(group_id)
            case events.HealthOpened():
                self._parts.health.open()
            case events.HealthClosed():
                self._parts.health.close()
            case events.DamageRemovalRequested():
                self._parts.context.journal.remove_damaged()
                self._parts.context.answer(NoticeView(level="info", text="What was damaged is removed."))
            case events.NetworkChanged(online=online):
                self._parts.connection.network_changed(online)
                if online:
                    self._parts.calls.retry_all()
            case events.Woken():
                self._parts.connection.woken()
                self._parts.calls.retry_all()
            case events.VisibilityChanged(visible=visible):
                self._parts.chats.visibility_changed(self._parts.context.tab or "", visible)
