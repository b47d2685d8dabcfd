"""What a person sets for all devices of the account, and the texts that are not sent yet."""

from typing import Final

from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.envelope import Profile, clean_name
from mls_chat.outbox import Outbox
from mls_chat.people import People
from mls_chat.records import DraftRecord, GroupRecord, SettingRecord
from mls_chat.self_group import SelfGroup
from mls_chat.view import DraftView
from mls_chat.wire.limits import MAX_TEXT_BYTES

NAME: Final = "name"
CODE_SAVED: Final = "code_saved"
LOCK_AFTER: Final = "lock_after"
"""Minutes; see locking.py."""


class Settings:
    def __init__(self, context: Context, outbox: Outbox, chats: Chats, people: People, self_group: SelfGroup) -> None:
        self._context, self._outbox, self._chats = context, outbox, chats
        self._people, self._self_group = people, self_group

    def make(self, name: str, value: str) -> None:
        self._context.journal.put(SettingRecord(name=name, value=value, made_at=self._context.now))
        self._self_group.setting_made(name)

    def rename(self, raw_name: str) -> None:
        """The person's own name, for everybody in every group."""
        name = clean_name(raw_name)
        if not name:
            self._context.notice("Please give a name: at least one visible character.")
        elif name != self._context.account.name:
            self.make(NAME, name)
            self._take_name(name)
            for group in self._context.journal.all(GroupRecord):
                if group.state == "active" and group.kind == "chat":
                    self._outbox.enqueue(group, Profile(name=name))

    def _take_name(self, name: str) -> None:
        account = self._context.account
        account.name = name
        self._context.journal.put(account)
        self._people.learn(account.user_id, name, confirmed=True)
        self._chats.reshow()

    def code_saved(self) -> None:
        self.make(CODE_SAVED, "yes")

    def changed(self, setting: SettingRecord) -> None:
        """By another device."""
        if setting.name == NAME and (name := clean_name(setting.value)):
            self._take_name(name)
        elif setting.name == CODE_SAVED:
            self._context.account.code_saved = True
            self._context.journal.put(self._context.account)

    # Drafts

    def draft(self, group_id: str, text: str) -> None:
        """What stands in the composer of a chat; empty for nothing any more."""
        known = self._context.journal.find(DraftRecord, group_id)
        if len(text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES or (known.text if known else "") == text:
            return
        clean = text.encode("utf-8", "replace").decode()
        draft = DraftRecord(group_id=group_id, text=clean, made_at=self._context.now)
        self._context.journal.put(draft)
        self._self_group.draft_made(group_id)
        for tab in self._chats.tabs_with(group_id):
            if tab != self._context.tab:
                self._context.show(DraftView(group_id=group_id, text=clean), tab)

    def show_draft(self, draft: DraftRecord) -> None:
        self._context.show(DraftView(group_id=draft.group_id, text=draft.text))

    def show_drafts(self, tab: str) -> None:
        for draft in self._context.journal.all(DraftRecord):
            if draft.text:
                self._context.show(DraftView(group_id=draft.group_id, text=draft.text), tab)
