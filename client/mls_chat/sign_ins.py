"""Signing in to an account that there is: its vault is opened, and this browser becomes a device of its own."""

from collections.abc import Callable
from typing import Final

from mls_chat.account_secrets import AccountSecrets
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import clean_name
from mls_chat.identity import device_statement, encode_credential
from mls_chat.records import AccountRecord, DeviceLogRecord, NameRecord
from mls_chat.unlocks import Opened, Unlocks
from mls_chat.vault import Way
from mls_chat.view import SignInView
from mls_chat.wire.bodies import DeviceLogGetReply

AGAIN_MS: Final = 30_000


class SignIns:
    def __init__(self, context: Context, unlocks: Unlocks, secrets: AccountSecrets, logs: DeviceLogs) -> None:
        self._context, self._unlocks, self._secrets, self._logs = context, unlocks, secrets, logs
        self.begun: Callable[[], None] = lambda: None
        """Set by the engine: there is an account here now, and it is to be registered."""
        self.begun_again: Callable[[], None] = lambda: None
        """Set by the engine: the registration is tried with the log as it is now."""

    def request(self, way: Way, code: str, device_name: str) -> None:
        tab = self._context.tab

        def failed(sentence: str) -> None:
            self._context.show(SignInView(stage="failed", error=sentence), tab)

        self._unlocks.begin(
            way,
            code,
            said=lambda step: self._context.show(SignInView(stage="working", step=step), tab),
            done=lambda opened: self._enter(opened, clean_name(device_name), way),
            failed=failed,
        )

    def read_log_again(self) -> None:
        """Another device came to the account before this one was registered. Who has no token yet reads the device log
        with the vault; the recovery code is in it, whatever has opened it."""
        opened = self._secrets.opened
        if opened is None:
            self._context.notice("This device can't be registered without your account. Sign in again.")
            return
        self._unlocks.begin("code", opened.code, said=lambda step: None, done=self._log_read, failed=self._not_read)

    def _log_read(self, opened: Opened) -> None:
        reply = opened.reply
        self._logs.take(self._logs.own, DeviceLogGetReply(reply.account_public_key, reply.entries, len(reply.entries)))
        self.begun_again()

    def _not_read(self, sentence: str) -> None:
        self._context.notice(sentence)
        self._context.later("token", self._context.jitter(AGAIN_MS))

    def _enter(self, opened: Opened, device_name: str, way: Way) -> None:
        """Keys for this device, certified by the account; nothing is sent before they are stored."""
        if self._context.has_account:
            return
        crypto, vault, reply = self._context.crypto, opened.vault, opened.reply
        device_secret, device_public = crypto.generate_signature_key_pair()
        device_id = self._context.random_id()
        signature = crypto.sign(vault.account_secret_key, device_statement(reply.user_id, device_id, device_public))
        account = AccountRecord(
            name=vault.name,
            user_id=reply.user_id,
            account_public_key=reply.account_public_key,
            device_id=device_id,
            device_secret_key=device_secret,
            device_public_key=device_public,
            credential=encode_credential(reply.user_id, device_id, reply.account_public_key, signature),
            device_name=device_name,
            storage_key=vault.storage_key,
            backup_public_key=vault.backup_public_key,
            vault_generation=reply.generation,
            vault_log_number=vault.log_number,
            code_saved=way == "code",
            code_checked_at=self._context.now,
        )
        self._context.journal.put(account)
        self._context.journal.put(NameRecord(user_id=account.user_id, name=account.name, confirmed=True))
        self._context.open_backend()
        self._secrets.keep(opened.root_key, vault)
        log = DeviceLogRecord(user_id=account.user_id, account_public_key=reply.account_public_key)
        self._logs.take(log, DeviceLogGetReply(reply.account_public_key, reply.entries, len(reply.entries)))
        self._context.show(SignInView(stage="none"), self._context.tab)
        self.begun()
