"""The group of the account's own devices: what one of them learns or sets, the others hear inside MLS ciphertext.

It is made by the second device of an account, hidden from the chats, and entered and left like any other group. What is
to be told waits a moment for more; of two values for the same thing the later one counts.
"""

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from mls_chat.commits import AppliedCommit
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import Sync
from mls_chat.group_errors import GroupDamaged
from mls_chat.outbox import Outbox
from mls_chat.people import People
from mls_chat.records import ContactRecord, DraftRecord, GroupRecord, NameRecord, R, SettingRecord, UntoldRecord
from mls_rs_python import MlsError

SEND_MS: Final = 3_000
"""How long a change waits for others to be sent with it."""
AGAIN_MS: Final = 10_000
ENTRIES: Final = 200
"""Of one kind in one message."""
K = TypeVar("K")
V = TypeVar("V")


class SelfGroup:
    def __init__(self, context: Context, outbox: Outbox, people: People, logs: DeviceLogs) -> None:
        self._context, self._outbox, self._people, self._logs = context, outbox, people, logs
        self._hears = False
        self._early: dict[str, int] = {}
        """How far the person has read groups that this device is not in yet."""
        self.create: Callable[[], None] = lambda: None
        """Set by the engine: makes the group."""
        self.names_changed: Callable[[], None] = lambda: None
        self.was_read: Callable[[GroupRecord, int], None] = lambda group, seq: None
        self.setting_changed: Callable[[SettingRecord], None] = lambda setting: None
        self.draft_changed: Callable[[DraftRecord], None] = lambda draft: None
        self.contacts_changed: Callable[[], None] = lambda: None
        """Set by the engine: who shows or keeps what another device has told."""

    @property
    def _group(self) -> GroupRecord | None:
        groups = [group for group in self._context.journal.all(GroupRecord) if group.kind == "self"]
        return min((g for g in groups if g.state == "active"), key=lambda group: group.group_id, default=None)

    def ensure(self) -> None:
        """The newest device makes the group where there is none: it is there now, and nobody does it twice. Called when
        the server has told of all the account's groups."""
        groups, live = self._context.journal.all(GroupRecord), list(self._logs.own.live)
        known = any(g.state == "entering" or (g.kind == "self" and g.state != "removed") for g in groups)
        if not known and len(live) > 1 and live[-1] == self._context.account.device_id:
            self.create()

    # What has changed on this device

    def name_learned(self, user_id: str) -> None:
        if not self._hears:
            self._note(names={user_id})

    def read(self, group: GroupRecord) -> None:
        self._note(read={group.group_id})

    def setting_made(self, key: str) -> None:
        self._note(settings={key})

    def draft_made(self, group_id: str) -> None:
        self._note(drafts={group_id})

    def contact_changed(self, user_id: str) -> None:
        self._note(contacts={user_id})

    @property
    def _untold(self) -> UntoldRecord:
        return next(iter(self._context.journal.all(UntoldRecord)), UntoldRecord())

    def _note(self, **keys: set[str]) -> None:
        """Until it is on its way; without a group nobody is there to be told, and who comes gets all of it."""
        if not any(group.kind == "self" for group in self._context.journal.all(GroupRecord)):
            return
        untold = self._untold
        for kind, changed in keys.items():
            getattr(untold, kind).update(changed)
        self._context.journal.put(untold)
        self._context.later("sync", SEND_MS)

    def resume(self) -> None:
        """What was not told when the device went down."""
        if self._context.journal.all(UntoldRecord):
            self._context.later("sync", SEND_MS)

    def _has_others(self) -> bool:
        group = self._group
        if group is None or group.lost:
            return False
        try:
            return len(self._context.backend.look(group.mls_group_id).members()) > 1
        except (MlsError, GroupDamaged):
            return False

    def send(self) -> None:
        """What has changed, to whoever is in the group; a device that comes later gets all of it."""
        group, untold = self._group, self._untold
        if group is None or group.lost:
            if self._context.journal.all(UntoldRecord):
                self._context.later("sync", AGAIN_MS)
            return
        self._context.journal.delete(untold)
        if self._has_others():
            for message in self._messages(untold):
                self._outbox.enqueue(group, message)

    def _messages(self, untold: UntoldRecord) -> list[Sync]:
        groups, known = self._found(GroupRecord, untold.read), self._found(NameRecord, untold.names)
        made, typed = self._found(SettingRecord, untold.settings), self._found(DraftRecord, untold.drafts)
        return [
            *(Sync(names=each) for each in _parts({n.user_id: (n.name, n.confirmed) for n in known})),
            *(Sync(read=each) for each in _parts({g.group_id: g.read_seq for g in groups})),
            *(Sync(settings=each) for each in _parts({s.name: (s.value, s.made_at) for s in made})),
            *(Sync(drafts={d.group_id: (d.text, d.made_at)}) for d in typed),
            *(Sync(contacts=each) for each in _parts({key: self._contact(key) for key in sorted(untold.contacts)})),
        ]

    def _found(self, kind: type[R], keys: set[str]) -> list[R]:
        return [record for key in sorted(keys) if (record := self._context.journal.find(kind, key)) is not None]

    def _contact(self, user_id: str) -> tuple[int, int]:
        contact = self._context.journal.find(ContactRecord, user_id)
        return (contact.verified_at, contact.log_number) if contact else (0, 0)

    # What another device of the account has

    def commit_applied(self, group: GroupRecord, applied: AppliedCommit) -> None:
        """Who has come in, or back after a loss, is told everything; in a chat, how far the person has read it."""
        if not (applied.entered or applied.rejoined):
            return
        if group.kind == "self":
            self.arrived(group)
        elif applied.committer_user == self._context.account.user_id:
            self.read(group)

    def arrived(self, group: GroupRecord) -> None:
        """So is whoever was there before this device."""
        if group.kind != "self":
            return
        journal = self._context.journal
        self._note(
            names={record.key for record in journal.all(NameRecord)},
            read={each.group_id for each in journal.all(GroupRecord) if each.read_seq},
            settings={record.key for record in journal.all(SettingRecord)},
            drafts={record.key for record in journal.all(DraftRecord)},
            contacts={record.key for record in journal.all(ContactRecord)},
        )

    def entered_chat(self, group: GroupRecord) -> None:
        """What was told of it before counts now."""
        if (seq := self._early.pop(group.group_id, 0)) > 0:
            self.was_read(group, seq)

    def received(self, group: GroupRecord, user_id: str, sync: Sync) -> None:
        """Only the account's own devices have a say, and only in its own group."""
        if group.kind != "self" or user_id != self._context.account.user_id:
            return
        self._hears = True  # what comes from a device of the account need not be told to it again
        names = {key: name for key, name in sync.names.items() if key != user_id}  # the own one is a setting
        learned = [self._people.learn(key, name, confirmed=sure) for key, (name, sure) in names.items()]
        self._hears = False
        if any(learned):
            self.names_changed()
        for group_id, seq in sync.read.items():
            other = self._context.journal.find(GroupRecord, group_id)
            if other is not None and other.state == "active":
                self.was_read(other, seq)
            else:  # on its way in, or not heard of yet
                self._early[group_id] = max(seq, self._early.get(group_id, 0))
        for key, (value, made_at) in sync.settings.items():
            self._take_setting(SettingRecord(name=key, value=value, made_at=made_at))
        for group_id, (text, made_at) in sync.drafts.items():
            self._take_draft(DraftRecord(group_id=group_id, text=text, made_at=made_at))
        for key, (verified_at, log_number) in sync.contacts.items():
            self._take_contact(ContactRecord(user_id=key, verified_at=verified_at, log_number=log_number))

    def _take_setting(self, setting: SettingRecord) -> None:
        known = self._context.journal.find(SettingRecord, setting.name)
        if known is None or known.made_at < setting.made_at:
            self._context.journal.put(setting)
            self.setting_changed(setting)

    def _take_draft(self, draft: DraftRecord) -> None:
        known = self._context.journal.find(DraftRecord, draft.group_id)
        if known is None or known.made_at < draft.made_at:
            self._context.journal.put(draft)
            self.draft_changed(draft)

    def _take_contact(self, contact: ContactRecord) -> None:
        known = self._context.journal.find(ContactRecord, contact.user_id)
        if contact.verified_at:
            if known is not None and known.verified_at >= contact.verified_at:
                return
            self._context.journal.put(contact)
        elif known is not None:
            self._context.journal.delete(known)
        self.contacts_changed()


def _parts(entries: dict[K, V]) -> Iterable[dict[K, V]]:
    keys = list(entries)
    for at in range(0, len(keys), ENTRIES):
        yield {key: entries[key] for key in keys[at : at + ENTRIES]}
