"""What a received message means: a line of text, a name, an invite's secret."""

from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.envelope import Content, Profile, Roster, SharedInvite, Sync, Text, Unknown
from mls_chat.lines import line_of
from mls_chat.link import SECRET_BYTES
from mls_chat.people import People
from mls_chat.records import GroupRecord, InviteRecord, LineRecord
from mls_chat.rosters import Rosters
from mls_chat.self_group import SelfGroup
from mls_chat.wire.records import StoredMessage


class Contents:
    def __init__(self, context: Context, chats: Chats, people: People, rosters: Rosters, self_group: SelfGroup) -> None:
        self._context, self._chats, self._people, self._rosters = context, chats, people, rosters
        self._self_group = self_group

    def received(self, group: GroupRecord, message: StoredMessage, content: Content | Unknown) -> None:
        match content:
            case Text(text=text):
                self._text(group, message, text)
            case Profile() if message.user_id == self._context.account.user_id:
                pass  # the own name is a setting of the account's devices
            case Profile(name=name):
                if self._people.learn(message.user_id, name, confirmed=True):
                    self._chats.reshow()
            case SharedInvite():
                self._invite(group, content)
            case Roster(names=names, invites=invites):
                self._rosters.heard(group.group_id)
                changed = [self._people.learn(user_id, name, confirmed=False) for user_id, name in names.items()]
                for invite in invites:
                    self._invite(group, invite)
                if any(changed):
                    self._chats.reshow()
            case Sync():
                self._self_group.received(group, message.user_id, content)
            case Unknown(fallback=fallback):
                self._unknown(group, message, fallback)

    def _text(self, group: GroupRecord, message: StoredMessage, text: str) -> None:
        line = self._line(group, message)
        line.text = text
        self._chats.add_line(group, line)

    def _unknown(self, group: GroupRecord, message: StoredMessage, fallback: str) -> None:
        line = self._line(group, message)
        if fallback:
            line.text = fallback
        else:
            line.line, line.what = "problem", "not_understood"
        self._chats.add_line(group, line)

    def _line(self, group: GroupRecord, message: StoredMessage) -> LineRecord:
        line = line_of(group, message, "text")
        line.message_id = message.message_id
        line.own = message.user_id == self._context.account.user_id  # by another device of the account
        return line

    def _invite(self, group: GroupRecord, invite: SharedInvite) -> None:
        known = self._context.journal.find(InviteRecord, invite.invite_id)
        if known is None and len(invite.secret) == SECRET_BYTES and invite.expires_at > self._context.now:
            record = InviteRecord(
                invite_id=invite.invite_id,
                group_id=group.group_id,
                secret=invite.secret,
                expires_at=invite.expires_at,
            )
            self._context.journal.put(record)
