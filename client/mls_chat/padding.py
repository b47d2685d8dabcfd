"""Plaintexts are padded, so that a ciphertext's size tells little: to 256, 512, 1024 bytes, above by mls-rs (Padmé)."""

from typing import Final

BUCKETS: Final = (256, 512, 1024)
HEADER_BYTES: Final = 4


class PaddingRefused(Exception):
    """The length does not fit the data, or what follows it is not zero."""


def pad(data: bytes) -> bytes:
    """Four bytes of length (big endian), the data, zeros up to the next bucket."""
    framed = len(data).to_bytes(HEADER_BYTES, "big") + data
    bucket = next((size for size in BUCKETS if size >= len(framed)), 0)
    return framed.ljust(bucket, b"\0")


def unpad(padded: bytes) -> bytes:
    """Raises PaddingRefused."""
    end = HEADER_BYTES + int.from_bytes(padded[:HEADER_BYTES], "big")
    if len(padded) < HEADER_BYTES or end > len(padded) or padded[end:].strip(b"\0"):
        raise PaddingRefused(f"{len(padded)} bytes do not hold {end - HEADER_BYTES} and zeros")
    return padded[HEADER_BYTES:end]
