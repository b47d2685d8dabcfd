"""Sealing by the binding's suite, with the place of use as additional data: AES-GCM with a random nonce in front, and
HPKE to a signature key of an account or a device."""

from typing import Final

from mls_rs_python import Crypto, MlsError

INFO: Final = b"mls-chat sealed to account v1"
PSK_ID: Final = b"mls-chat succession v1"


class SealBroken(Exception):
    """Sealed under another key or for another place, or changed since."""


def seal(crypto: Crypto, key: bytes, data: bytes, aad: bytes) -> bytes:
    nonce = crypto.random_bytes(crypto.aead_nonce_size)
    return nonce + crypto.aead_seal(key, nonce, data, aad)


def unseal(crypto: Crypto, key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Raises SealBroken."""
    size = crypto.aead_nonce_size
    try:
        return crypto.aead_open(key, sealed[:size], sealed[size:], aad)
    except MlsError as error:
        raise SealBroken(str(error)) from error


def seal_to(crypto: Crypto, public_key: bytes, data: bytes, aad: bytes, psk: bytes) -> bytes:
    """For the key's owner alone, and from somebody who has `psk`. Raises UsageError where nobody can seal to it."""
    return crypto.seal_to(public_key, INFO, aad, data, psk=psk, psk_id=PSK_ID)


def open_sealed(crypto: Crypto, secret_key: bytes, sealed: bytes, aad: bytes, psk: bytes) -> bytes:
    """Raises SealBroken."""
    try:
        return crypto.open_sealed(secret_key, INFO, aad, sealed, psk=psk, psk_id=PSK_ID)
    except MlsError as error:
        raise SealBroken(str(error)) from error
