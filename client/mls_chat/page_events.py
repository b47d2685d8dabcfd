"""What a person does: each event of the page goes to the part that carries it out."""

from typing import Final

from mls_chat import events
from mls_chat.parts import Parts
from mls_chat.view import NoticeView

WITHOUT_ACCOUNT: Final = (
    events.NameEntered
    | events.SignInRequested
    | events.LinkCodeRequested
    | events.LinkingClosed
    | events.PasskeyAnswered
    | events.PasskeyFailed
    | events.LinkOpened
    | events.LinkClosed
    | events.NetworkChanged
    | events.VisibilityChanged
)


class PageEvents:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def handle(self, event: events.PageEvent) -> None:
        if not self._parts.context.has_account and not isinstance(event, WITHOUT_ACCOUNT):
            return
        match event:
            case events.NameEntered(name=name, device=device, passkey=passkey):
                self._parts.session.make_account(name, device)
                if passkey:
                    self._parts.passkeys.add_first(device)
                self._parts.chats.list_changed()
            case events.SignInRequested(way=way, code=code, device=device):
                self._parts.sign_ins.request(way, code, device)
            case events.LinkCodeRequested(device=device):
                if not self._parts.context.has_account:
                    self._parts.linking.offer(device)
            case events.LinkCodeEntered(code=code):
                self._parts.linking.look(code)
            case events.LinkConfirmed(history=history):
                self._parts.account_panel.confirm_link(history)
            case events.LinkingClosed():
                self._parts.linking.stop()
            case events.PasskeyAnswered() | events.PasskeyFailed():
                self._passkey(event)
            case events.AccountOpened():
                self._parts.account_panel.open()
            case events.AccountClosed():
                self._parts.account_panel.close()
            case events.SecretsRequested(way=way, code=code):
                self._parts.account_panel.open_secrets(way, code)
            case events.PasskeyAddRequested(name=name):
                self._parts.account_panel.add_passkey(name)
            case events.PasskeyRemovalRequested(passkey_id=passkey_id):
                self._parts.account_panel.remove_passkey(passkey_id)
            case events.RecoveryCodeRequested():
                self._parts.account_panel.show_code()
            case events.RecoveryCodeConfirmed(code=code):
                self._parts.account_panel.confirm_code(code)
            case events.BackupTestRequested():
                self._parts.account_panel.test_backup()
            case events.LockAfterChanged(after=after):
                self._parts.locking.change(after)
                self._parts.account_panel.show()
            case events.LockRequested():
                self._parts.locking.request()
            case events.EraseRequested():
                self._parts.sign_outs.erase()
            case events.DeviceRenameRequested(device_id=device_id, name=name):
                self._parts.account_panel.rename_device(device_id, name)
            case events.DeviceRevocationRequested(device_id=device_id):
                self._parts.account_panel.revoke_device(device_id)
            case events.GroupRequested(name=name):
                self._parts.groups.create(name)
            case events.ChatOpened(group_id=group_id):
                self._parts.chats.open(group_id)
            case events.EarlierRequested(group_id=group_id):
                self._parts.chats.earlier(group_id)
            case events.TextEntered(group_id=group_id, text=text):
                self._parts.outbox.enter_text(group_id, text)
            case events.DraftChanged(group_id=group_id, text=text):
                self._parts.settings.draft(group_id, text)
            case events.OwnNameChanged(name=name):
                self._parts.settings.rename(name)
                self._parts.session.show()
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
            case events.SafetyOpened(user_id=user_id):
                self._parts.safety.open(user_id)
            case events.SafetyClosed():
                self._parts.safety.close()
            case events.SafetyScanned(user_id=user_id, text=text):
                self._parts.safety.scanned(user_id, text)
            case events.VerificationChanged(user_id=user_id, verified=verified):
                self._parts.safety.verify(user_id, verified=verified)
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
                if not visible:
                    self._parts.backups.save_now()

    def _passkey(self, event: events.PasskeyAnswered | events.PasskeyFailed) -> None:
        """For whoever has asked."""
        if isinstance(event, events.PasskeyFailed):
            if not self._parts.unlocks.passkey_failed(event):
                self._parts.passkeys.passkey_failed(event)
        elif not self._parts.unlocks.answered(event):
            self._parts.passkeys.answered(event)
