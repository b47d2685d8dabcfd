"""The key that a device seals its rows under, while the device is locked: sealed to the account's backup key.

A passkey or the recovery code opens the vault on the server, and what is in the vault opens this. A device that is open
knows the account's storage key, and so does the vault: mixed in as pre-shared key it shows that a device of the account
has sealed the key, so nobody can put another one, with rows of his own, in its place.
"""

from typing import Final

from mls_chat.identity import statement
from mls_chat.sealing import open_sealed, seal_to
from mls_rs_python import Crypto

ROW_KEY_BYTES: Final = 32
SHORT_ID_CHARS: Final = 8
"""All that can be read of whose account is locked here."""


def short_id_of(user_id: str) -> str:
    return user_id[:SHORT_ID_CHARS]


def _locker_key(crypto: Crypto, storage_key: bytes) -> bytes:
    return crypto.hkdf_expand(crypto.hkdf_extract(b"mls-chat row key v1", storage_key), b"locker", 32)


def seal_row_key(crypto: Crypto, backup_public_key: bytes, storage_key: bytes, user_id: str, row_key: bytes) -> bytes:
    return seal_to(crypto, backup_public_key, row_key, _aad(user_id), _locker_key(crypto, storage_key))


def open_row_key(crypto: Crypto, backup_secret_key: bytes, storage_key: bytes, user_id: str, sealed: bytes) -> bytes:
    """Raises SealBroken."""
    return open_sealed(crypto, backup_secret_key, sealed, _aad(user_id), _locker_key(crypto, storage_key))


def _aad(user_id: str) -> bytes:
    return statement("mls-chat row key v1", user_id)
