"""How a device comes into an account's log and gets a token, in memory (see tests/contract)."""

import uuid
from collections.abc import Callable
from typing import Final

import msgspec

from fake_account import Account, Registration
from fake_ledger import Ledger, refuse, require
from mls_chat.account_log import device_log_statement
from mls_chat.identity import device_statement, encode_credential, user_id_of
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_DEVICES, MAX_SEALED_NAME_BYTES
from mls_chat.wire.records import DeviceLogEntry
from mls_rs_python import Crypto

TOKEN_MS: Final = 15 * 60_000
SIGNATURE_BYTES: Final = 64
_CRYPTO: Final = Crypto()


def require_signature(key: bytes, signature: bytes, signed: bytes) -> None:
    if not _CRYPTO.verify(key, signed, signature):
        raise refuse(401, "signature_invalid")


class Registrations(Ledger):
    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self.challenges = 0

    def auth_challenge(self, _device: str, _body: bodies.AuthChallenge) -> bodies.AuthChallengeReply:
        self.challenges += 1
        challenge_id, expires = str(uuid.UUID(int=self.challenges)), self._now() + 300_000
        return bodies.AuthChallengeReply(challenge_id=challenge_id, challenge=b"c" * 32, expires_at=expires)

    def auth_register(self, _device: str, body: bodies.AuthRegister) -> bodies.TokenReply:
        key, entry = body.account_public_key, body.entry
        require(body.user_id == user_id_of(key))
        require((entry.device_id, entry.device_public_key) == (body.device_id, body.device_public_key))
        self._check_new(body.user_id, key, entry, body.credential, body.sealed_name)
        if self.devices.get(body.device_id) == body.user_id:
            self._require_not_revoked(body.device_id)
        self.accounts.setdefault(body.user_id, Account(key))
        self._register(body.user_id, entry, body.sealed_name)
        return self._token(body.device_id)

    def auth_login(self, _device: str, body: bodies.AuthLogin) -> bodies.TokenReply:
        if self.devices.get(body.device_id) != body.user_id:
            raise refuse(401, "device_unknown")
        if self._revoked(body.device_id):
            raise refuse(401, "device_revoked", **self._revocation(body.user_id, body.device_id))
        self.accounts[body.user_id].devices[body.device_id].last_seen = self._now()
        return self._token(body.device_id)

    def _token(self, device: str) -> bodies.TokenReply:
        expires = self._now() + TOKEN_MS
        return bodies.TokenReply(token=f"{device}/{expires}", expires_at=expires)

    def _revocation(self, user_id: str, device: str) -> dict[str, str]:
        """What shows that the account has done it; empty where the log was changed since."""
        log = self.accounts[user_id].log
        shown = [entry for entry in log if (entry.change, entry.device_id) == ("revoke", device)]
        return {"entry": msgspec.json.encode(shown[0]).decode()} if shown else {}

    def _require_not_revoked(self, device: str) -> None:
        if self._revoked(device):
            raise refuse(401, "device_revoked")

    def _check_entry(self, user_id: str, key: bytes, entry: DeviceLogEntry, change: str) -> None:
        require(entry.change == change and entry.number > 0)
        require((len(entry.previous), len(entry.device_public_key), len(entry.signature)) == (32, 32, SIGNATURE_BYTES))
        require_signature(key, entry.signature, device_log_statement(user_id, entry))

    def _check_new(
        self, user_id: str, key: bytes, entry: DeviceLogEntry, credential: bytes, sealed_name: bytes
    ) -> None:
        require(len(sealed_name) <= MAX_SEALED_NAME_BYTES)
        self._check_entry(user_id, key, entry, "add")
        signature = credential[-SIGNATURE_BYTES:]
        require(credential == encode_credential(user_id, entry.device_id, key, signature))
        require_signature(key, signature, device_statement(user_id, entry.device_id, entry.device_public_key))

    def _register(self, user_id: str, entry: DeviceLogEntry, sealed_name: bytes) -> None:
        """What was checked. The same registration again changes nothing."""
        account, device = self.accounts[user_id], entry.device_id
        known = self._bound(user_id, entry)
        if known is None and len(account.live) >= MAX_DEVICES:
            raise refuse(409, "too_many_devices")
        added = any(each.device_id == device for each in account.log)
        if not added:
            self._append(user_id, entry)
        self.devices[device] = user_id
        if known is None:
            known = Registration(entry.device_public_key, self._now(), self._now(), sealed_name)
        account.devices[device] = known
        if not added:
            known.sealed_name = sealed_name
            if len(account.live) > 1:
                self._ring_devices(user_id)

    def _bound(self, user_id: str, entry: DeviceLogEntry) -> Registration | None:
        """What is known of the device. Raises FunctionRefused if its id is bound otherwise."""
        known = self.accounts[user_id].devices.get(entry.device_id)
        same = known is None or (known.public_key, known.revoked_at) == (entry.device_public_key, 0)
        if not same or self.devices.get(entry.device_id, user_id) != user_id:
            raise refuse(409, "device_exists")
        return known

    def _append(self, user_id: str, entry: DeviceLogEntry) -> None:
        account = self.accounts[user_id]
        if (entry.number, entry.previous) != (len(account.log) + 1, account.head(user_id)):
            raise refuse(409, "log_conflict", number=len(account.log))
        account.log.append(entry)
