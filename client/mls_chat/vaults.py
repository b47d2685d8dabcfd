"""The account's vault on the server: made once the account is registered, with its recovery code, and kept up."""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.account_log import vault_statement
from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.events import FunctionRefused
from mls_chat.records import GroupRecord, SecretsRecord
from mls_chat.recovery_code import SALT_BYTES, RecoveryCodeRefused, code_keys, grouped, locator_of, new_code, read_code
from mls_chat.vault import STORAGE_BYTES, Vault, new_root_key, seal_root, seal_vault
from mls_chat.wire.bodies import CodeUnlock, Empty, VaultPut

MAKE_MS: Final = 1_500
"""After a start: its first moments belong to the person."""


class Vaults:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets, logs: DeviceLogs) -> None:
        self._context, self._calls, self._secrets, self._logs = context, calls, secrets, logs
        self.changed: Callable[[], None] = lambda: None
        """Set by the engine: who shows whether the code is safe."""
        self.saved: Callable[[], None] = lambda: None
        """Set by the engine: who tells the account's other devices that it is."""
        calls.route("vault_put", self._stored, self._refused)

    def resume(self) -> None:
        """A record from before there were vaults gets one."""
        account = self._context.account
        if account.account_secret_key:
            self.begin(account.account_secret_key)
            account.account_secret_key, account.registered = b"", False  # its registration brings the log's first entry
            self._context.journal.put(account)
            for group in self._context.journal.all(GroupRecord):
                group.key_stored = False  # it was sealed under a key that this device no longer keeps
                self._context.journal.put(group)
        if self._secrets.opened is not None:
            self._context.later("vault", MAKE_MS)
            self._secrets.used()

    def begin(self, account_secret_key: bytes) -> None:
        """A new account's secrets; they stay here until the recovery code is in a safe place."""
        crypto, account = self._context.crypto, self._context.account
        backup_secret, account.backup_public_key = crypto.generate_signature_key_pair()
        account.storage_key = crypto.random_bytes(STORAGE_BYTES)
        record = SecretsRecord(
            root_key=new_root_key(crypto),
            account_secret_key=account_secret_key,
            backup_secret_key=backup_secret,
            code=new_code(crypto),
            kept="unsaved",
        )
        self._context.journal.put(record)
        self._context.journal.put(account)

    def go_on(self) -> None:
        """Stores the vault that there is none of yet, or the one whose storing was not confirmed. Called when the own
        device log is known: with the entry of this device in it the account is registered."""
        opened = self._secrets.opened
        if opened is None or not self._context.account.registered:
            return
        if opened.pending:
            self._calls.call("vault_put", "", msgspec.msgpack.decode(opened.pending, type=VaultPut))
        elif not self._context.account.vault_generation and self._logs.own.number:
            self._put(opened, with_code=True)

    def keep_up(self) -> None:
        """While the secrets are open the vault learns of the device log, so that nobody is shown an older one."""
        account = self._context.account
        if account.vault_generation and account.vault_log_number < self._logs.own.number:
            self.renew()

    def renew(self) -> None:
        """After something in it has changed, while the secrets are open."""
        opened = self._secrets.opened
        if opened is not None and not opened.pending and self._context.account.vault_generation:
            self._put(opened, with_code=False)

    def _put(self, opened: SecretsRecord, *, with_code: bool) -> None:
        crypto, account, own = self._context.crypto, self._context.account, self._logs.own
        generation = account.vault_generation + 1
        vault = Vault(
            account_secret_key=opened.account_secret_key,
            storage_key=account.storage_key,
            backup_secret_key=opened.backup_secret_key,
            backup_public_key=account.backup_public_key,
            code=opened.code,
            name=account.name,
            log_number=own.number,
            log_head=own.head,
        )
        sealed = seal_vault(crypto, opened.root_key, account.user_id, generation, vault)
        code = self._unlock(opened) if with_code else None
        signed = vault_statement(account.user_id, generation, sealed, code.access_hash if code else b"")
        body = VaultPut(generation=generation, sealed_vault=sealed, signature=self._secrets.sign(signed), code=code)
        account.vault_log_number = own.number
        self._context.journal.put(account)
        opened.pending = msgspec.msgpack.encode(body)
        self._context.journal.put(opened)
        self._calls.call("vault_put", "", body)

    def _unlock(self, opened: SecretsRecord) -> CodeUnlock:
        crypto, cost, code = self._context.crypto, self._context.code_cost, read_code(opened.code)
        salt = crypto.random_bytes(SALT_BYTES)
        keys = code_keys(crypto, code, salt, cost)
        return CodeUnlock(
            locator_hash=hashlib.sha256(locator_of(code)).digest(),
            access_hash=hashlib.sha256(keys.access_key).digest(),
            salt=salt,
            memory_kib=cost.memory_kib,
            iterations=cost.iterations,
            sealed_root=seal_root(crypto, keys.root_key, self._context.account.user_id, "code", opened.root_key),
        )

    def _stored(self, _subject: str, _reply: Empty) -> None:
        opened, account = self._secrets.opened, self._context.account
        if opened is None or not opened.pending:
            return
        account.vault_generation = msgspec.msgpack.decode(opened.pending, type=VaultPut).generation
        opened.pending = b""
        self._context.journal.put(opened)
        self._context.journal.put(account)
        self._secrets.put_away()
        self.changed()

    def _refused(self, _subject: str, refusal: FunctionRefused) -> None:
        """`vault_conflict`: another device has changed it meanwhile, from what the vault itself holds."""
        opened, account = self._secrets.opened, self._context.account
        if opened is None:
            return
        opened.pending = b""
        self._context.journal.put(opened)
        if refusal.code == "vault_conflict":
            account.vault_generation = int(refusal.details.get("generation", account.vault_generation))
            self._context.journal.put(account)
            self.renew()
            return
        self._context.notice(f"Your account could not be prepared for the loss of your devices: {refusal.message}")

    def confirm(self, entered: str) -> str:
        """The person shows to have the code; a sentence where it is another one. The secrets leave this device then."""
        opened, account = self._secrets.opened, self._context.account
        try:
            right = opened is not None and grouped(read_code(entered)) == opened.code
        except RecoveryCodeRefused as refused:
            return str(refused)
        if not right:
            return "This is not the code that is shown. Compare it once more."
        if not account.vault_generation:
            return "The server has not stored the code yet. Try again when you are connected."
        account.code_saved, account.code_checked_at = True, self._context.now
        self.saved()
        self._context.journal.put(account)
        self._secrets.release()
        self.changed()
        return ""
