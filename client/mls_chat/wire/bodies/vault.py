"""The vault: the account's secrets, sealed under a root key that only a passkey or the recovery code opens."""

import msgspec

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count, DeviceLogEntry


class CodeUnlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A recovery code as the server knows it: hashes, the parameters of Argon2id, and the root key sealed under it."""

    locator_hash: bytes
    """SHA-256 of the locator, the part of the code by which the account is found; 32 bytes."""
    access_hash: bytes
    """SHA-256 of the access key, which shows that one has the whole code; 32 bytes."""
    salt: bytes
    memory_kib: int
    iterations: int
    sealed_root: bytes


class VaultPut(Body):
    """Takes the place of generation - 1. `signature`: the account's own, over `vault_statement` (account_log.py), so
    that a device alone can't spoil it. `code` None keeps the recovery code that there is."""

    generation: Count
    sealed_vault: bytes
    signature: bytes
    code: CodeUnlock | None = None


class VaultReply(Body):
    """What somebody who has shown a passkey or the recovery code is given; `entries`: the account's device log."""

    user_id: str
    account_public_key: bytes
    generation: Count
    sealed_vault: bytes
    sealed_root: bytes
    entries: list[DeviceLogEntry]


class CodeOpen(Body):
    locator: bytes


class CodeOpenReply(Body):
    salt: bytes
    memory_kib: Count
    iterations: Count


class CodeUnlockTry(Body):
    locator: bytes
    access_key: bytes


class PasskeyCreateReply(Body):
    """`options`: PublicKeyCredentialCreationOptions as JSON text (WebAuthn)."""

    challenge_id: str
    options: str


class PasskeyAdd(Body):
    """`response`: RegistrationResponseJSON (WebAuthn) as text. `signature`: the account's own, over `passkey_statement`
    (account_log.py)."""

    challenge_id: str
    response: str
    sealed_root: bytes
    sealed_name: bytes
    signature: bytes


class PasskeyRemove(Body):
    """`signature`: the account's own, over `passkey_removal_statement` (account_log.py)."""

    passkey_id: str
    signature: bytes


class PasskeyGetReply(Body):
    """`options`: PublicKeyCredentialRequestOptions as JSON text, without a list of credentials: any of this site."""

    challenge_id: str
    options: str


class PasskeyUnlock(Body):
    """`response`: AuthenticationResponseJSON (WebAuthn) as text."""

    challenge_id: str
    response: str
