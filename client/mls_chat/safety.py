"""Who is who: the dialog "Safety code" of a contact, the mark that a person sets there, and what has changed since."""

from collections.abc import Callable
from typing import Literal

from mls_chat.alerts import clear_alert, raise_alert
from mls_chat.chats import Chats
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.people import People
from mls_chat.records import ContactRecord, DeviceLogRecord, GroupRecord
from mls_chat.safety_code import PREFIX, safety_code, safety_text
from mls_chat.view import SafetyView

Outcome = Literal["", "match", "other", "unreadable"]
ALERTS = ("device_lists", "ghost_device", "new_device")


class Safety:
    def __init__(self, context: Context, logs: DeviceLogs, people: People, chats: Chats) -> None:
        self._context, self._logs, self._people, self._chats = context, logs, people, chats
        self._opened: dict[str, tuple[str, Outcome]] = {}
        """User id and what a scan has said, by tab."""
        self.verified: Callable[[str], None] = lambda user_id: None
        """Set by the engine: who shows whom the person has verified, and tells the account's other devices."""

    def is_verified(self, user_id: str) -> bool:
        return self._context.journal.find(ContactRecord, user_id) is not None

    def open(self, user_id: str) -> None:
        if user_id != self._context.account.user_id:
            self._opened[self._context.tab or ""] = (user_id, "")
            self._logs.refresh(user_id)
            self._show(self._context.tab or "")

    def close(self) -> None:
        self.tab_gone(self._context.tab or "")

    def tab_gone(self, tab: str) -> None:
        self._opened.pop(tab, None)

    def scanned(self, user_id: str, text: str) -> None:
        """A QR code that the camera has read from the other person's screen."""
        tab = self._context.tab or ""
        if self._opened.get(tab, ("", ""))[0] != user_id:
            return
        if text == safety_text(self._context.account.user_id, user_id):
            self._opened[tab] = (user_id, "match")
            self.verify(user_id, verified=True)
            return
        self._opened[tab] = (user_id, "other" if text.startswith(PREFIX) else "unreadable")
        self._show(tab)

    def verify(self, user_id: str, *, verified: bool) -> None:
        """The person says that the codes are the same, or takes that back."""
        journal, known = self._context.journal, self._context.journal.find(ContactRecord, user_id)
        if not verified:
            if known is not None:
                journal.delete(known)
        elif user_id != self._context.account.user_id:
            log = self._logs.find(user_id)
            number = log.number if log else 0
            journal.put(ContactRecord(user_id=user_id, verified_at=self._context.now, log_number=number))
            for group in journal.all(GroupRecord):
                if group.alert_user == user_id and clear_alert(group, *ALERTS):
                    self._chats.changed(group)
        self.verified(user_id)
        self._show_all()

    def told(self) -> None:
        """Another device of the account has verified somebody, or taken that back."""
        self._show_all()

    def log_changed(self, log: DeviceLogRecord, *, groups: list[GroupRecord]) -> None:
        """A verified contact who has a new device is worth a word; `groups`: those that it is in."""
        contact = self._context.journal.find(ContactRecord, log.user_id)
        if contact is not None and log.number > contact.log_number:
            contact.log_number = log.number
            self._context.journal.put(contact)
            for group in groups:
                if raise_alert(group, "new_device", log.user_id):
                    self._chats.changed(group)
        self._show_all()

    def log_broken(self, user_id: str, groups: list[GroupRecord]) -> None:
        """The server shows different lists of this account's devices."""
        for group in groups:
            if raise_alert(group, "device_lists", user_id):
                self._chats.changed(group)

    def _show_all(self) -> None:
        for tab in self._opened:
            self._show(tab)

    def _show(self, tab: str) -> None:
        user_id, outcome = self._opened[tab]
        own, log = self._context.account.user_id, self._logs.find(user_id)
        contact = self._context.journal.find(ContactRecord, user_id)
        view = SafetyView(
            user_id=user_id,
            name=self._people.name_of(user_id),
            digits=safety_code(own, user_id),
            text=safety_text(own, user_id),
            verified_at=contact.verified_at if contact else 0,
            devices=len(log.live) if log else 0,
            outcome=outcome,
        )
        self._context.show(view, tab)
