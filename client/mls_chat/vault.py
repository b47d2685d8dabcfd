"""The vault: what an account needs to live on without any of its devices, sealed under a root key.

The root key is sealed in turn under each passkey and under the recovery code, so that any of them opens the vault, and
what is in it can change without them. No device keeps the root key.
"""

import hashlib
from typing import Final, Literal

import msgspec

from mls_chat.identity import statement, user_id_of
from mls_chat.sealing import SealBroken, seal, unseal
from mls_chat.wire.decoding import decoded
from mls_rs_python import Crypto, MlsError

ROOT_BYTES: Final = 32
STORAGE_BYTES: Final = 32
PRF_SALT: Final = hashlib.sha256(b"mls-chat prf v1").digest()
"""First input of the passkey's PRF (WebAuthn, section 10.1.4)."""
PRF_BYTES: Final = 32

Way = Literal["passkey", "code"]


class VaultBroken(Exception):
    """It does not open, or does not hold what an account's vault holds; the text says which."""


class Vault(msgspec.Struct, kw_only=True):
    """`storage_key` and the public half of the backup key are known to each device, the rest to none. `log_number` and
    `log_head`: the device log as it was when this was sealed, so that nobody is shown an older one."""

    v: int = 1
    account_secret_key: bytes
    storage_key: bytes
    backup_secret_key: bytes
    backup_public_key: bytes
    code: str
    name: str
    log_number: int
    log_head: bytes


_decoder: Final = msgspec.msgpack.Decoder(Vault)


def new_root_key(crypto: Crypto) -> bytes:
    return crypto.random_bytes(ROOT_BYTES)


def _derived(crypto: Crypto, key: bytes, purpose: bytes) -> bytes:
    return crypto.hkdf_expand(crypto.hkdf_extract(b"mls-chat vault v1", key), purpose, crypto.aead_key_size)


def prf_key(crypto: Crypto, prf: bytes) -> bytes:
    """The key of a passkey, from the output of its PRF. Raises VaultBroken for another length."""
    if len(prf) != PRF_BYTES:
        raise VaultBroken(f"the passkey gave {len(prf)} bytes")
    return _derived(crypto, prf, b"passkey")


def seal_root(crypto: Crypto, key: bytes, user_id: str, way: Way, root_key: bytes) -> bytes:
    return seal(crypto, key, root_key, statement("mls-chat root v1", user_id, way))


def open_root(crypto: Crypto, key: bytes, user_id: str, way: Way, sealed: bytes) -> bytes:
    """Raises VaultBroken: that key is not the one that it was sealed under."""
    try:
        return unseal(crypto, key, sealed, statement("mls-chat root v1", user_id, way))
    except SealBroken as error:
        raise VaultBroken("it was sealed under another key") from error


def seal_vault(crypto: Crypto, root_key: bytes, user_id: str, generation: int, vault: Vault) -> bytes:
    return seal_vault_data(crypto, root_key, user_id, generation, msgspec.msgpack.encode(vault))


def seal_vault_data(crypto: Crypto, root_key: bytes, user_id: str, generation: int, data: bytes) -> bytes:
    """`data`: an encoded Vault."""
    aad = statement("mls-chat vault v1", user_id, str(generation))
    return seal(crypto, _derived(crypto, root_key, b"vault"), data, aad)


def open_vault(
    crypto: Crypto, root_key: bytes, user_id: str, account_public_key: bytes, generation: int, sealed: bytes
) -> Vault:
    """Raises VaultBroken, also where the key in it is not that account's."""
    aad = statement("mls-chat vault v1", user_id, str(generation))
    try:
        vault = decoded(_decoder.decode, unseal(crypto, _derived(crypto, root_key, b"vault"), sealed, aad))
    except SealBroken as error:
        raise VaultBroken("it was sealed under another key") from error
    except msgspec.DecodeError as error:
        raise VaultBroken("it was made by a newer version of mls-chat") from error
    if vault.v != 1:
        raise VaultBroken("it was made by a newer version of mls-chat")
    if user_id != user_id_of(account_public_key):
        raise VaultBroken("the user id does not match the account key")
    probe = statement("mls-chat key check v1", user_id)
    try:
        belongs = crypto.verify(account_public_key, probe, crypto.sign(vault.account_secret_key, probe))
    except MlsError as error:
        raise VaultBroken("it holds no account key") from error
    if not belongs:
        raise VaultBroken("it belongs to another account")
    return vault


def seal_name(crypto: Crypto, storage_key: bytes, subject: str, name: str) -> bytes:
    """Of a device or a passkey, for the devices of the account."""
    return seal(crypto, _derived(crypto, storage_key, b"names"), name.encode(), statement("mls-chat name v1", subject))


def open_name(crypto: Crypto, storage_key: bytes, subject: str, sealed: bytes) -> str:
    """Raises SealBroken."""
    aad = statement("mls-chat name v1", subject)
    return unseal(crypto, _derived(crypto, storage_key, b"names"), sealed, aad).decode("utf-8", "replace")
