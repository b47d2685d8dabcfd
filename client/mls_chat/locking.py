"""Locking the account on this device: when a person asks for it, or after a while in which nobody did anything."""

from collections.abc import Callable
from typing import Final, Literal

from mls_chat import events
from mls_chat.account_secrets import AccountSecrets
from mls_chat.context import Context
from mls_chat.effects import LabelStorage, LockStorage, NoteActivity
from mls_chat.records import SettingRecord
from mls_chat.row_key import short_id_of
from mls_chat.settings import LOCK_AFTER, Settings

After = Literal["never", "5", "30", "60"]
MINUTES: Final[dict[After, int]] = {"never": 0, "5": 5, "30": 30, "60": 60}
MINUTE_MS: Final = 60_000
NOTE_MS: Final = 30_000
"""How often activity is noted, so that a page that is opened again much later finds out."""
TRY_MS: Final = 10_000
"""So long nothing is shown any more while the account is being locked."""
NOT_BY_HAND: Final = events.NetworkChanged | events.Woken | events.VisibilityChanged | events.PasskeyFailed
NO_VAULT: Final = (
    "Your account is not stored on the server yet: if it were locked now, nothing could open it again. "
    "Try again when you are connected."
)
NO_WAY: Final = (
    "Save your recovery code or add a passkey first: without either of them nothing could open your account again."
)


class Locking:
    def __init__(self, context: Context, secrets: AccountSecrets, settings: Settings, active_at: int) -> None:
        self._context, self._secrets, self._settings = context, secrets, settings
        self._last, self._noted = active_at, active_at
        """When somebody did something, 0 for not known."""
        self._begun: int | None = None
        self._labelled = False
        self._wanted = False
        """As soon as it is known whether there is a passkey."""
        self.passkeys: Callable[[], int | None] = lambda: None
        """Set by the engine: how many the account has, None for not known yet."""
        self.count_passkeys: Callable[[], None] = lambda: None
        """Set by the engine: asks the server."""
        self.failed: Callable[[str], None] = lambda sentence: None
        """Set by the engine: shows why it was not locked."""

    @property
    def after(self) -> After:
        setting = self._context.journal.find(SettingRecord, LOCK_AFTER)
        return next((after for after in MINUTES if setting is not None and setting.value == after), "never")

    @property
    def minutes(self) -> int:
        """0 for never."""
        return MINUTES[self.after]

    def label(self) -> None:
        """Once for each engine, as soon as there is an account."""
        if not self._labelled and self._context.has_account:
            self._labelled = True
            self._context.emit(LabelStorage(short_id_of(self._context.account.user_id)))

    @property
    def under_way(self) -> bool:
        """Nothing of the account is to be shown any more."""
        return self._begun is not None and self._context.now - self._begun < TRY_MS

    @property
    def has_way(self) -> bool:
        """Whether a passkey or the recovery code opens the account again, as far as is known."""
        if self._context.account.code_saved:
            return True
        count = self.passkeys()
        return not self._secrets.code_unsaved if count is None else count > 0

    @property
    def refused(self) -> str:
        """Why the account can't be locked now, empty where it can."""
        if not self._context.account.vault_generation:
            return NO_VAULT
        return "" if self.has_way else NO_WAY

    def change(self, after: After) -> None:
        if after != "never" and self.refused:
            self.failed(self.refused)
        elif after != self.after:
            self._settings.make(LOCK_AFTER, after)
            self.arm()

    def arm(self) -> None:
        """After a start, or when the setting has changed here or on another device."""
        now = self._context.now
        self._last = min(self._last, now) or now
        if self.minutes and not self._context.account.revoked:
            if not self._context.account.code_saved:
                self.count_passkeys()
            self._later(max(0, self._last + self.minutes * MINUTE_MS - now))

    def _later(self, delay_ms: int) -> None:
        self._context.later("lock", delay_ms)

    def is_due(self) -> bool:
        """Also where the timer is late, because the machine slept."""
        if not self._context.has_account or not self.minutes or not self._last:
            return False
        return self._context.now - self._last >= self.minutes * MINUTE_MS

    def noticed(self, event: events.PageEvent) -> None:
        """A page event: by a person, unless it is one that comes by itself."""
        if isinstance(event, NOT_BY_HAND) or not self._context.has_account:
            return
        self._last = self._context.now
        if self.minutes:
            self._later(self.minutes * MINUTE_MS)
            if self._last - self._noted >= NOTE_MS:
                self._noted = self._last
                self._context.emit(NoteActivity(self._last))

    def fired(self) -> None:
        if self.is_due():
            self.lock_by_itself()

    def lock_by_itself(self) -> None:
        if not self.refused and (self._context.account.code_saved or self.passkeys() is not None):
            self._lock()
            return
        self._wanted = True
        self.count_passkeys()
        self._later(MINUTE_MS)

    def counted(self) -> None:
        """The server has told how many passkeys there are."""
        if self._wanted and self.is_due():
            self._wanted = False
            if not self.refused:
                self._lock()

    def request(self) -> None:
        if refused := self.refused:
            self.failed(refused)
        else:
            self._lock()

    def _lock(self) -> None:
        account = self._context.account
        if not self.under_way and not account.revoked:
            self._begun = self._context.now
            self._context.emit(LockStorage(account.user_id, account.backup_public_key, account.storage_key))
