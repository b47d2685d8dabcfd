"""The sealed vault of an account, and the recovery code that opens it, in memory (see tests/contract)."""

import hashlib
from typing import Final

from fake_account import Code
from fake_ledger import Ledger, refuse, require
from fake_registrations import require_signature
from mls_chat.account_log import vault_statement
from mls_chat.wire import bodies
from mls_chat.wire.limits import CODE_LOCKED_SECONDS, MAX_CODE_TRIES, MAX_SEALED_ROOT_BYTES, MAX_VAULT_BYTES

MOST_KIB: Final = 4 * 1024 * 1024
MOST_ITERATIONS: Final = 1000


def _signed(vault: bodies.VaultPut) -> tuple[int, bytes, bytes]:
    return vault.generation, vault.sealed_vault, vault.signature


class Vaults(Ledger):
    def vault_put(self, device: str, body: bodies.VaultPut) -> bodies.Empty:
        require(0 < len(body.sealed_vault) <= MAX_VAULT_BYTES and body.generation > 0 and len(body.signature) == 64)
        if body.code is not None:
            self._check_code(body.code)
        account, access_hash = self._account(device), body.code.access_hash if body.code is not None else b""
        signed = vault_statement(self.devices[device], body.generation, body.sealed_vault, access_hash)
        require_signature(account.public_key, body.signature, signed)
        if account.vault is not None and _signed(body) == _signed(account.vault):
            return bodies.Empty()
        if body.generation != account.generation + 1:
            raise refuse(409, "vault_conflict", generation=account.generation)
        account.vault = body
        if body.code is not None:
            account.code = Code(body.code, self._now())
        return bodies.Empty()

    def _check_code(self, code: bodies.CodeUnlock) -> None:
        require(len(code.locator_hash) == 32 and len(code.access_hash) == 32)
        require(0 < len(code.sealed_root) <= MAX_SEALED_ROOT_BYTES and 0 < len(code.salt) <= 64)
        require(0 < code.memory_kib <= MOST_KIB and 0 < code.iterations <= MOST_ITERATIONS)

    def _code(self, locator: bytes) -> tuple[str, Code]:
        """And whose it is. Raises FunctionRefused."""
        wanted = hashlib.sha256(locator).digest()
        for user_id, account in self.accounts.items():
            if account.code is not None and account.code.unlock.locator_hash == wanted:
                return user_id, account.code
        raise refuse(404, "code_unknown")

    def code_open(self, _device: str, body: bodies.CodeOpen) -> bodies.CodeOpenReply:
        unlock = self._code(body.locator)[1].unlock
        return bodies.CodeOpenReply(salt=unlock.salt, memory_kib=unlock.memory_kib, iterations=unlock.iterations)

    def code_unlock(self, _device: str, body: bodies.CodeUnlockTry) -> bodies.VaultReply:
        user_id, code = self._code(body.locator)
        seconds = (code.wrong_at + CODE_LOCKED_SECONDS * 1000 - self._now() + 999) // 1000
        if code.wrong >= MAX_CODE_TRIES and seconds > 0:
            raise refuse(429, "code_locked", seconds=seconds)
        if hashlib.sha256(body.access_key).digest() != code.unlock.access_hash:
            code.wrong, code.wrong_at = min(code.wrong + 1, MAX_CODE_TRIES), self._now()
            raise refuse(403, "code_wrong", left=MAX_CODE_TRIES - code.wrong)
        code.wrong = 0
        return self._opened(user_id, code.unlock.sealed_root)

    def _opened(self, user_id: str, sealed_root: bytes) -> bodies.VaultReply:
        account = self.accounts[user_id]
        assert account.vault is not None
        return bodies.VaultReply(
            user_id=user_id,
            account_public_key=account.public_key,
            generation=account.vault.generation,
            sealed_vault=account.vault.sealed_vault,
            sealed_root=sealed_root,
            entries=account.log,
        )
