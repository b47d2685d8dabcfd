"""What an account signs beside its devices' credentials, and the log of its devices.

The log is append-only: each entry names the digest of the one before, is numbered from 1 and signed by the account. So
two different logs of one account can't both be continued, and whoever has seen one entry knows all before it.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from mls_chat.identity import statement
from mls_chat.wire.records import DeviceLogEntry
from mls_rs_python import Crypto

START: Final = bytes(32)
"""`previous` of the first entry."""
MARK_BYTES: Final = 8
"""Of an entry's digest, as devices tell it each other inside ciphertext."""


class DeviceLogBroken(Exception):
    """The entries are no continuation of a log that this account has signed; the text says why."""


def device_log_statement(user_id: str, entry: DeviceLogEntry) -> bytes:
    return statement(
        "mls-chat device log v1",
        user_id,
        str(entry.number),
        entry.previous,
        entry.change,
        entry.device_id,
        entry.device_public_key,
        str(entry.made_at),
    )


def entry_digest(user_id: str, entry: DeviceLogEntry) -> bytes:
    """What the next entry names as `previous`; 32 bytes."""
    return hashlib.sha256(device_log_statement(user_id, entry)).digest()


def vault_statement(user_id: str, generation: int, sealed_vault: bytes, code_access_hash: bytes) -> bytes:
    """`code_access_hash`: of the new recovery code, empty where it stays as it is."""
    digest = hashlib.sha256(sealed_vault).digest()
    return statement("mls-chat vault v1", user_id, str(generation), digest, code_access_hash)


def passkey_statement(user_id: str, passkey_id: str, sealed_root: bytes) -> bytes:
    return statement("mls-chat passkey v1", user_id, passkey_id, hashlib.sha256(sealed_root).digest())


def passkey_removal_statement(user_id: str, passkey_id: str) -> bytes:
    return statement("mls-chat passkey removal v1", user_id, passkey_id)


def check_log(
    crypto: Crypto, user_id: str, account_public_key: bytes, head: bytes, number: int, entries: Sequence[DeviceLogEntry]
) -> bytes:
    """The log's head after `entries`, which must continue it after entry `number` with digest `head`. Raises
    DeviceLogBroken."""
    for entry in entries:
        number += 1
        if entry.number != number or entry.previous != head:
            raise DeviceLogBroken(f"entry {number} does not continue the log")
        if not crypto.verify(account_public_key, device_log_statement(user_id, entry), entry.signature):
            raise DeviceLogBroken(f"entry {number} is not signed by the account")
        head = entry_digest(user_id, entry)
    return head
