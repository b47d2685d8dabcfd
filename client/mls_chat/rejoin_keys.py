"""The group's rejoin key: it seals the GroupInfo that the server keeps for a device that lost its state.

The key is random, part of the group context (so every member has it and none can be given another), and made anew by
whoever removes somebody. Each account keeps it on the server under a key of its own, which is derived from the account
key and so outlives every device.
"""

from typing import Final

from mls_chat.identity import statement
from mls_chat.sealing import seal, unseal
from mls_rs_python import Crypto

KEY_BYTES: Final = 32


def _derived(crypto: Crypto, key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return crypto.hkdf_expand(crypto.hkdf_extract(salt, key), purpose, crypto.aead_key_size)


def seal_group_info(crypto: Crypto, group_key: bytes, group_id: str, epoch: int, group_info: bytes) -> bytes:
    key = _derived(crypto, group_key, b"mls-chat rejoin v1", b"group info")
    return seal(crypto, key, group_info, statement("mls-chat group info v1", group_id, str(epoch)))


def open_group_info(crypto: Crypto, group_key: bytes, group_id: str, epoch: int, sealed: bytes) -> bytes:
    """Raises SealBroken."""
    key = _derived(crypto, group_key, b"mls-chat rejoin v1", b"group info")
    return unseal(crypto, key, sealed, statement("mls-chat group info v1", group_id, str(epoch)))


def seal_group_key(crypto: Crypto, account_secret_key: bytes, group_id: str, group_key: bytes) -> bytes:
    key = _derived(crypto, account_secret_key, b"mls-chat account v1", b"group keys")
    return seal(crypto, key, group_key, statement("mls-chat group key v1", group_id))


def open_group_key(crypto: Crypto, account_secret_key: bytes, group_id: str, sealed: bytes) -> bytes:
    """Raises SealBroken."""
    key = _derived(crypto, account_secret_key, b"mls-chat account v1", b"group keys")
    return unseal(crypto, key, sealed, statement("mls-chat group key v1", group_id))
