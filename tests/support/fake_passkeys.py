"""Passkeys in memory, without WebAuthn: who names a credential has it. The real functions verify (tests/functions)."""

import msgspec

from fake_account import Passkey
from fake_ledger import refuse
from fake_registrations import require_signature
from fake_vault import Vaults
from mls_chat.account_log import passkey_removal_statement, passkey_statement
from mls_chat.wire import bodies

CHALLENGE = "00000000-0000-4000-8000-000000000000"


class _Response(msgspec.Struct):
    id: str


def _named(response: str) -> str:
    return msgspec.json.decode(response, type=_Response).id


class Passkeys(Vaults):
    def passkey_create(self, device: str, _body: bodies.Empty) -> bodies.PasskeyCreateReply:
        self._account(device)
        return bodies.PasskeyCreateReply(challenge_id=CHALLENGE, options="{}")

    def passkey_add(self, device: str, body: bodies.PasskeyAdd) -> bodies.Empty:
        account, passkey_id = self._account(device), _named(body.response)
        signed = passkey_statement(self.devices[device], passkey_id, body.sealed_root)
        require_signature(account.public_key, body.signature, signed)
        account.passkeys[passkey_id] = Passkey(body.sealed_root, body.sealed_name, self._now())
        return bodies.Empty()

    def passkey_remove(self, device: str, body: bodies.PasskeyRemove) -> bodies.Empty:
        account = self._account(device)
        signed = passkey_removal_statement(self.devices[device], body.passkey_id)
        require_signature(account.public_key, body.signature, signed)
        account.passkeys.pop(body.passkey_id, None)
        return bodies.Empty()

    def passkey_get(self, _device: str, _body: bodies.Empty) -> bodies.PasskeyGetReply:
        return bodies.PasskeyGetReply(challenge_id=CHALLENGE, options="{}")

    def passkey_unlock(self, _device: str, body: bodies.PasskeyUnlock) -> bodies.VaultReply:
        passkey_id = _named(body.response)
        for user_id, account in self.accounts.items():
            if passkey_id in account.passkeys:
                account.passkeys[passkey_id].last_used = self._now()
                return self._opened(user_id, account.passkeys[passkey_id].sealed_root)
        raise refuse(404, "passkey_unknown")
