"""The group's rejoin key: it seals the GroupInfo that the server keeps for a device that lost its state.

The key is random, part of the group context (so every member has it and none can be given another), and made anew by
whoever removes somebody. Each account keeps it on the server under a key of its own, which is derived from the
account's storage key and so outlives every device.

Whoever makes a new key wraps it for each remaining device and account, so that a device that was away then comes to it
as well. Anybody can seal to such a key: the rejoin key before the new one is the pre-shared key of that seal, so that a
wrap comes from somebody who was a member, and leads from a key that the account trusts to the next one.
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

import msgspec

from mls_chat.identity import statement
from mls_chat.sealing import SealBroken, open_sealed, seal, seal_to, unseal
from mls_rs_python import Crypto

KEY_BYTES: Final = 32
OWN: Final = b"\x01"
"""First byte of a key that the account has sealed for itself."""
WRAPPED: Final = b"\x02"
"""First byte of a key that a committer has sealed to a device's or an account's signature key."""


class OwnKeys(msgspec.Struct, frozen=True):
    """What this device opens sealed keys with. `secrets`: its own signature key, and the account's where it is open."""

    user_id: str
    storage_key: bytes
    secrets: tuple[bytes, ...]


def _derived(crypto: Crypto, key: bytes, salt: bytes, purpose: bytes) -> bytes:
    return crypto.hkdf_expand(crypto.hkdf_extract(salt, key), purpose, crypto.aead_key_size)


def seal_group_info(crypto: Crypto, group_key: bytes, group_id: str, epoch: int, group_info: bytes) -> bytes:
    key = _derived(crypto, group_key, b"mls-chat rejoin v1", b"group info")
    return seal(crypto, key, group_info, statement("mls-chat group info v1", group_id, str(epoch)))


def open_group_info(crypto: Crypto, group_key: bytes, group_id: str, epoch: int, sealed: bytes) -> bytes:
    """Raises SealBroken."""
    key = _derived(crypto, group_key, b"mls-chat rejoin v1", b"group info")
    return unseal(crypto, key, sealed, statement("mls-chat group info v1", group_id, str(epoch)))


def seal_group_key(crypto: Crypto, storage_key: bytes, group_id: str, group_key: bytes) -> bytes:
    key = _derived(crypto, storage_key, b"mls-chat account v1", b"group keys")
    return OWN + seal(crypto, key, group_key, statement("mls-chat group key v1", group_id))


def wrap_group_key(
    crypto: Crypto, public_key: bytes, group_id: str, user_id: str, group_key: bytes, former_key: bytes
) -> bytes:
    """To a device's or an account's signature key. Raises UsageError where that is none that one can seal to."""
    aad = statement("mls-chat group key v1", group_id, user_id)
    return WRAPPED + seal_to(crypto, public_key, group_key, aad, _succession(crypto, former_key))


def open_group_key(crypto: Crypto, own: OwnKeys, group_id: str, sealed: bytes, known: Sequence[bytes] = ()) -> bytes:
    """Of either kind; a wrapped one opens with the right one of the known keys alone. Raises SealBroken."""
    kind, rest = sealed[:1], sealed[1:]
    if kind == OWN:
        key = _derived(crypto, own.storage_key, b"mls-chat account v1", b"group keys")
        return _of_size(unseal(crypto, key, rest, statement("mls-chat group key v1", group_id)))
    if kind != WRAPPED:
        raise SealBroken("a group key of an unknown kind")
    aad = statement("mls-chat group key v1", group_id, own.user_id)
    for secret, former_key in product(own.secrets, known):
        try:
            return _of_size(open_sealed(crypto, secret, rest, aad, _succession(crypto, former_key)))
        except SealBroken:
            continue
    raise SealBroken("wrapped by somebody who had none of the known keys")


def _succession(crypto: Crypto, former_key: bytes) -> bytes:
    """The pre-shared key by which the maker of the next key shows that it was a member."""
    return crypto.hkdf_expand(crypto.hkdf_extract(b"mls-chat rejoin v1", former_key), b"next key", KEY_BYTES)


def _of_size(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise SealBroken(f"a group key of {len(key)} bytes")
    return key


class KeyRing:
    """The rejoin keys of a group that this account trusts, newest first: its own, and what they lead to."""

    def __init__(self, crypto: Crypto, own: OwnKeys, group_id: str, key: bytes) -> None:
        self._crypto, self._own, self._group_id = crypto, own, group_id
        self.keys = [key] if key else []

    def add(self, sealed: bytes) -> bool:
        """Whether it opens. A wrapped key may not, where the one known here is newer."""
        try:
            key = open_group_key(self._crypto, self._own, self._group_id, sealed, self.keys)
        except SealBroken:
            return False
        if key not in self.keys:
            self.keys.insert(0, key)
        return True

    def open_group_info(self, epoch: int, sealed: bytes) -> tuple[bytes, bytes]:
        """The GroupInfo and the key that opens it, which must be the one that its context names. Raises SealBroken."""
        for key in self.keys:
            try:
                return open_group_info(self._crypto, key, self._group_id, epoch, sealed), key
            except SealBroken:
                continue
        raise SealBroken("no key of this device opens the group info")
