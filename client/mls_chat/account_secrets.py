"""The account's secrets while they are opened on this device: no longer than they must be."""

from collections.abc import Callable
from typing import Final

from mls_chat.context import Context
from mls_chat.records import SecretsRecord
from mls_chat.vault import Vault

FOR_NOW_MS: Final = 120_000
"""How long secrets stay that were opened for something, after the last use."""


class SecretsSealed(Exception):
    """They are not opened on this device: a passkey or the recovery code is needed."""


class AccountSecrets:
    def __init__(self, context: Context) -> None:
        self._context = context
        self.busy: Callable[[], bool] = lambda: False
        """Set by the engine: whether something still needs them."""

    @property
    def _kept(self) -> SecretsRecord | None:
        return next(iter(self._context.journal.all(SecretsRecord)), None)

    @property
    def opened(self) -> SecretsRecord | None:
        """None where the account can't sign here."""
        kept = self._kept
        return kept if kept is not None and kept.account_secret_key else None

    @property
    def backup_secret_key(self) -> bytes:
        """Empty where the backup can't be opened here. A linked device is given this one alone."""
        kept = self._kept
        return kept.backup_secret_key if kept is not None else b""

    @property
    def code_unsaved(self) -> bool:
        """Whether they are kept here because nothing else opens the account yet."""
        kept = self._kept
        return kept is not None and kept.kept == "unsaved"

    def require(self) -> SecretsRecord:
        """Raises SecretsSealed."""
        if (opened := self.opened) is None:
            raise SecretsSealed("open the account's secrets first")
        return opened

    def keep(self, root_key: bytes, vault: Vault) -> None:
        """For now, unless they are kept already."""
        if self.opened is None:
            record = SecretsRecord(
                root_key=root_key,
                account_secret_key=vault.account_secret_key,
                backup_secret_key=vault.backup_secret_key,
                code=vault.code,
                kept="for_now",
            )
            self._context.journal.put(record)
        self.used()

    def keep_backup_key(self, backup_secret_key: bytes) -> None:
        """For now, on a device that was linked: for its history."""
        record = SecretsRecord(
            root_key=b"", account_secret_key=b"", backup_secret_key=backup_secret_key, code="", kept="for_now"
        )
        self._context.journal.put(record)
        self.used()

    def used(self) -> None:
        self._context.later("secrets", FOR_NOW_MS)

    def sign(self, statement: bytes) -> bytes:
        """By the account. Raises SecretsSealed."""
        signature = self._context.crypto.sign(self.require().account_secret_key, statement)
        self.used()
        return signature

    def release(self) -> None:
        """Nobody has to keep the recovery code here any more."""
        opened = self.opened
        if opened is not None and opened.kept == "unsaved":
            opened.kept = "for_now"
            self._context.journal.put(opened)
        self.put_away()

    def put_away(self) -> None:
        """What is open for now and not needed any more is gone from this device."""
        kept = self._kept
        if kept is None or kept.kept == "unsaved":
            return
        if kept.pending or self.busy():
            self.used()
        else:
            self._context.journal.delete(kept)
