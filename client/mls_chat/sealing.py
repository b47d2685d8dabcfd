"""AES-GCM by the binding's suite: a random nonce in front, the place of use as additional data."""

from mls_rs_python import Crypto, MlsError


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
