"""An account as its owner has it: its key, and the log of its devices as far as the server took it."""

from typing import Any, Literal

from mls_chat.account_log import START, device_log_statement, entry_digest, vault_statement
from mls_chat.identity import device_statement, encode_credential, user_id_of
from mls_chat.wire import bodies
from mls_chat.wire.records import DeviceLogEntry
from mls_rs_python import Crypto

CRYPTO = Crypto()
MADE_AT = 1_800_000_000_000


class Account:
    def __init__(self) -> None:
        self._secret, self.public_key = CRYPTO.generate_signature_key_pair()
        self.user_id = user_id_of(self.public_key)
        self.log: list[DeviceLogEntry] = []

    def sign(self, signed: bytes) -> bytes:
        return CRYPTO.sign(self._secret, signed)

    def credential(self, device_id: str, device_public_key: bytes) -> bytes:
        signature = self.sign(device_statement(self.user_id, device_id, device_public_key))
        return encode_credential(self.user_id, device_id, self.public_key, signature)

    def entry(
        self, change: Literal["add", "revoke"], device_id: str, device_public_key: bytes, **changes: Any
    ) -> DeviceLogEntry:
        """The next one, signed with its `changes`; it is not in the log yet."""
        fields: dict[str, Any] = {
            "number": len(self.log) + 1,
            "previous": entry_digest(self.user_id, self.log[-1]) if self.log else START,
            "change": change,
            "device_id": device_id,
            "device_public_key": device_public_key,
            "made_at": MADE_AT,
        }
        fields |= changes
        signed = device_log_statement(self.user_id, DeviceLogEntry(**{"signature": b""} | fields))
        return DeviceLogEntry(**{"signature": self.sign(signed)} | fields)

    def vault(self, generation: int, code: bodies.CodeUnlock | None = None, **changes: Any) -> bodies.VaultPut:
        """Signed with its `changes`."""
        fields: dict[str, Any] = {"generation": generation, "sealed_vault": b"vault %d" % generation, "code": code}
        fields |= changes
        access_hash = code.access_hash if code is not None else b""
        signed = vault_statement(self.user_id, generation, fields["sealed_vault"], access_hash)
        return bodies.VaultPut(**{"signature": self.sign(signed)} | fields)
