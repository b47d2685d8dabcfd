"""A passkey authenticator in software: WebAuthn answers as a browser gives them, or wrong in one place."""

import base64
import hashlib
import json
import os
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT: Final = 0x01
VERIFIED: Final = 0x04
ATTESTED: Final = 0x40

Json = dict[str, Any]


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def cbor(value: Any) -> bytes:
    """Of what an attestation holds: numbers, bytes, texts, maps and lists."""
    match value:
        case int():
            return _head(0, value) if value >= 0 else _head(1, -1 - value)
        case bytes():
            return _head(2, len(value)) + value
        case str():
            return _head(3, len(value.encode())) + value.encode()
        case list():
            return _head(4, len(value)) + b"".join(map(cbor, value))
        case dict():
            return _head(5, len(value)) + b"".join(cbor(key) + cbor(each) for key, each in value.items())
    raise TypeError(type(value))


def _head(major: int, count: int) -> bytes:
    if count < 24:
        return bytes([major << 5 | count])
    size, more = next((size, more) for size, more in ((1, 24), (2, 25), (4, 26)) if count < 1 << 8 * size)
    return bytes([major << 5 | more]) + count.to_bytes(size, "big")


@dataclass
class Authenticator:
    """One credential. `changes` of its answers: what the client data says, or `flags`, `rp_id`, `signer`."""

    user_handle: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    counter: int = 0
    more_key: dict[int, bytes] = field(default_factory=dict)
    """In its COSE key, beside what belongs there."""

    @property
    def passkey_id(self) -> str:
        return b64url(self.credential_id)

    def create(self, options: Json, origin: str, /, *, attestation: Json | None = None, **changes: Any) -> Json:
        """RegistrationResponseJSON."""
        client = self._client_data("webauthn.create", options["challenge"], origin, changes)
        flags = changes.get("flags", PRESENT | VERIFIED) | ATTESTED
        numbers = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        credential = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id
        credential += cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y} | self.more_key)
        data = self._data(changes.get("rp_id", options["rp"]["id"]), flags) + credential
        attested = cbor({"fmt": "none", "attStmt": {}, "authData": data} | (attestation or {}))
        return self._answer(
            {"clientDataJSON": b64url(client), "attestationObject": b64url(attested), "transports": ["internal"]}
        )

    def get(self, options: Json, origin: str, /, **changes: Any) -> Json:
        """AuthenticationResponseJSON."""
        client = self._client_data("webauthn.get", options["challenge"], origin, changes)
        rp_id: str = changes.get("rp_id") or options["rpId"]
        data = self._data(rp_id, changes.get("flags", PRESENT | VERIFIED))
        signer: ec.EllipticCurvePrivateKey = changes.get("signer", self.key)
        signature = signer.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": b64url(client),
                "authenticatorData": b64url(data),
                "signature": b64url(signature),
                "userHandle": changes.get("user_handle", self.user_handle),
            }
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client_data(self, kind: str, challenge: str, origin: str, changes: Json) -> bytes:
        fields = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(fields | {key: each for key, each in changes.items() if key in fields}).encode()

    def _answer(self, response: Json) -> Json:
        identity = {"id": self.passkey_id, "rawId": self.passkey_id, "type": "public-key"}
        return identity | {"response": response, "clientExtensionResults": {}}
