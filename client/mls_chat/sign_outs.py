"""Signing this device out for good: the account takes it from its list where it can, then everything here is erased."""

from typing import Final

from mls_chat.account_secrets import AccountSecrets
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.devices import Devices
from mls_chat.effects import EraseStorage, MarkForErasure
from mls_chat.locking import Locking
from mls_chat.records import OutboxRecord
from mls_chat.session import Session
from mls_chat.view import LeavingView

REVOKE_MS: Final = 8_000
"""How long the server's answer is waited for; then it goes on whatever comes."""


class SignOuts:
    def __init__(
        self,
        context: Context,
        secrets: AccountSecrets,
        logs: DeviceLogs,
        session: Session,
        devices: Devices,
        locking: Locking,
    ) -> None:
        self._context, self._secrets, self._logs = context, secrets, logs
        self._session, self._devices, self._locking = session, devices, locking
        devices.left = self.finish

    @property
    def leaving(self) -> LeavingView:
        rows = self._context.journal.all(OutboxRecord)
        others = len(self._logs.own.live) > 1
        return LeavingView(
            lock_after=self._locking.after,
            refused=self._locking.refused,
            unsent=sum(bool(row.text) and row.state != "sent" for row in rows),
            reopens=others or not self._locking.refused,
            revokes=self._revokes,
        )

    @property
    def _revokes(self) -> bool:
        account = self._context.account
        listed = account.device_id in self._logs.own.live
        return self._secrets.opened is not None and account.registered and listed and not account.revoked

    def erase(self) -> None:
        if self._session.erasing:
            return
        self._session.erasing = True
        self._session.show()
        if self._revokes:
            self._context.emit(MarkForErasure())
            self._devices.revoke_this()
            self._context.later("erase", REVOKE_MS)
        else:
            self.finish()

    def finish(self) -> None:
        if self._session.erasing:
            self._context.emit(EraseStorage())
