"""Port `Vault`: rows sealed with AES-GCM under a key in a file that only its owner can read.

It keeps the secrets out of a copied or backed-up state file; whoever can read both files has them.
"""

import os
from pathlib import Path
from typing import Final

from mls_chat.native.errors import StateBroken
from mls_chat.ports import RowDamaged, StorageTooNew
from mls_rs_python import Crypto, MlsError

FORMAT: Final = 1
AES_GCM_SUITE: Final = 1
_LABEL: Final = b"mls-chat row v1"
_END: Final = b"."
"""Closes each value, since the cipher takes no empty text."""


class KeyFileVault:
    """A sealed row is: format version (1 byte), nonce, ciphertext and tag."""

    def __init__(self, key: bytes) -> None:
        self._crypto, self._key = Crypto(AES_GCM_SUITE), key

    async def seal(self, table: str, key: str, value: bytes) -> bytes:
        nonce = self._crypto.random_bytes(self._crypto.aead_nonce_size)
        return bytes([FORMAT]) + nonce + self._crypto.aead_seal(self._key, nonce, value + _END, _place(table, key))

    async def unseal(self, table: str, key: str, sealed: bytes) -> bytes:
        start = 1 + self._crypto.aead_nonce_size
        if len(sealed) < start:
            raise RowDamaged(f"the stored row {table}/{key} is cut off")
        try:
            value = self._crypto.aead_open(self._key, sealed[1:start], sealed[start:], _place(table, key))
        except MlsError as error:
            if sealed[0] > FORMAT:
                raise StorageTooNew(f"the stored row {table}/{key} has format {sealed[0]}: update mls-chat") from error
            raise RowDamaged(f"the stored row {table}/{key} was changed or belongs elsewhere") from error
        return value.removesuffix(_END)


def open_vault(state: Path, *, new: bool) -> KeyFileVault:
    """The vault of a state file; its key is made for a new one. Raises StateBroken when the key is missing."""
    path, size = key_path(state), Crypto(AES_GCM_SUITE).aead_key_size
    if new and not path.exists():
        _write_new(path, Crypto(AES_GCM_SUITE).random_bytes(size))
    if not path.exists():
        raise StateBroken(state, f"its key {path.name} is gone")
    key = path.read_bytes()
    if len(key) != size:
        raise StateBroken(state, f"its key {path.name} is damaged")
    return KeyFileVault(key)


def key_path(state: Path) -> Path:
    return state.with_name(f"{state.name}.key")


def _write_new(path: Path, key: bytes) -> None:
    """Durable, whole or not at all, and never readable by others."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _place(table: str, key: str) -> bytes:
    """What binds a sealed row to its place."""
    fields = (_LABEL, table.encode(), key.encode())
    return b"".join(len(field).to_bytes(4, "big") + field for field in fields)
