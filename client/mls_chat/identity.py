"""Accounts and devices: ids that prove their keys, labelled signatures, and the credential in every leaf.

`user_id` is base64url(SHA-256(account public key)) without padding. A device's credential is a basic credential
(RFC 9420 section 5.3): one version byte, then user_id, device_id, account public key and the account's signature over
the device statement, each with a two-byte length.
"""

import base64
import hashlib
import uuid
from collections.abc import Callable
from typing import Final

import msgspec

from mls_rs_python import Crypto

CREDENTIAL_VERSION: Final = 1
CIPHER_SUITE: Final = 1
"""MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519."""


class CredentialRefused(Exception):
    """A leaf's credential is malformed or its signatures do not hold; the text says which."""


class DeviceIdentity(msgspec.Struct, frozen=True):
    """What a checked credential says."""

    user_id: str
    device_id: str
    account_public_key: bytes

    @property
    def identity(self) -> bytes:
        """Unique for each leaf of a group."""
        return f"{self.user_id}/{self.device_id}".encode()


def user_id_of(account_public_key: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(account_public_key).digest()).rstrip(b"=").decode()


def short_id(user_id: str) -> str:
    """Eight characters to show until a name is known."""
    return user_id[:8]


def statement(label: str, *fields: str | bytes) -> bytes:
    """Bytes to be signed: the label, then each field with a four-byte big-endian length."""
    parts = [label.encode()]
    for field in fields:
        raw = field.encode() if isinstance(field, str) else field
        parts += [len(raw).to_bytes(4, "big"), raw]
    return b"".join(parts)


def auth_statement(origin: str, user_id: str, device_id: str, challenge: bytes) -> bytes:
    return statement("mls-chat auth v1", origin, user_id, device_id, challenge)


def device_statement(user_id: str, device_id: str, device_public_key: bytes) -> bytes:
    return statement("mls-chat device v1", user_id, device_id, device_public_key)


def encode_credential(user_id: str, device_id: str, account_public_key: bytes, account_signature: bytes) -> bytes:
    out = bytes([CREDENTIAL_VERSION])
    for field in (user_id.encode(), device_id.encode(), account_public_key, account_signature):
        out += len(field).to_bytes(2, "big") + field
    return out


def _fields(credential: bytes) -> list[bytes]:
    if not credential or credential[0] != CREDENTIAL_VERSION:
        raise CredentialRefused("unknown credential version")
    fields, at = [], 1
    while at < len(credential):
        end = at + 2 + int.from_bytes(credential[at : at + 2], "big")
        if end > len(credential) or at + 2 > len(credential):
            raise CredentialRefused("credential is cut short")
        fields.append(credential[at + 2 : end])
        at = end
    if len(fields) != 4:
        raise CredentialRefused(f"credential has {len(fields)} fields instead of 4")
    return fields


def read_credential(crypto: Crypto, credential: bytes, device_public_key: bytes) -> DeviceIdentity:
    """Checks that the id proves the account key and that the account signed this device. Raises CredentialRefused."""
    raw_user, raw_device, account_key, signature = _fields(credential)
    try:
        user_id, device_id = raw_user.decode("ascii"), raw_device.decode("ascii")
        canonical = str(uuid.UUID(device_id))
    except ValueError as error:
        raise CredentialRefused("user or device id is malformed") from error
    if canonical != device_id:
        raise CredentialRefused("device id is not in canonical form")
    if user_id != user_id_of(account_key):
        raise CredentialRefused("user id does not match the account key")
    if not crypto.verify(account_key, device_statement(user_id, device_id, device_public_key), signature):
        raise CredentialRefused("the account did not sign this device")
    return DeviceIdentity(user_id, device_id, account_key)


def account_in(credential: bytes) -> tuple[str, bytes]:
    """User id and public key of the account in a leaf of a tree: both were checked when the leaf came in."""
    raw_user, _, account_key, _ = _fields(credential)
    return raw_user.decode("ascii"), account_key


def device_in(credential: bytes) -> tuple[str, str]:
    """User id and device id of a leaf of a tree: both were checked when the leaf came in."""
    raw_user, raw_device, _, _ = _fields(credential)
    return raw_user.decode("ascii"), raw_device.decode("ascii")


def leaf_validator(crypto: Crypto) -> Callable[[bytes, bytes], bytes]:
    """The binding's identity validator; remembers what it has verified, since each leaf is asked for often."""
    seen: dict[tuple[bytes, bytes], bytes] = {}

    def validate(credential: bytes, device_public_key: bytes) -> bytes:
        found = seen.get((credential, device_public_key))
        if found is None:
            found = read_credential(crypto, credential, device_public_key).identity
            seen[credential, device_public_key] = found
        return found

    return validate
