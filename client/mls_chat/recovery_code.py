"""The recovery code: thirty characters in six groups, and the keys that follow from it.

The first ten characters find the account (50 bits), eighteen are the secret (90 bits), the last two a checksum. The
server sees the first part and a key derived from the second by Argon2id (RFC 9106); another such key opens the vault.
"""

import hashlib
from typing import Final

import msgspec

from mls_chat.wire.bodies import CodeOpenReply
from mls_rs_python import Crypto

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O and U."""
READ_AS: Final = str.maketrans("OIL", "011", " -\t\r\n\u2013\u2014")
LOCATOR_CHARS: Final = 10
SECRET_CHARS: Final = 18
CHECK_CHARS: Final = 2
CHARS: Final = LOCATOR_CHARS + SECRET_CHARS + CHECK_CHARS
GROUP: Final = 5
SALT_BYTES: Final = 16
MOST_MEMORY_KIB: Final = 256 * 1024
MOST_ITERATIONS: Final = 16
"""What another version may have chosen."""


class CodeCost(msgspec.Struct, frozen=True):
    """Of Argon2id, for a new code; a server that asks for less is refused. The least that OWASP recommends: the secret
    is drawn, not chosen, so this is a second line."""

    memory_kib: int = 19 * 1024
    iterations: int = 2


class RecoveryCodeRefused(Exception):
    """What was entered is no recovery code; the text says what to look at."""


class WeakParameters(Exception):
    """The server names parameters for the code that no version of mls-chat has chosen."""


class CodeKeys(msgspec.Struct, frozen=True):
    access_key: bytes
    """Shown to the server, which knows its hash."""
    root_key: bytes
    """Seals the vault's root key."""


def new_code(crypto: Crypto) -> str:
    """In groups, as it is shown."""
    drawn = "".join(ALPHABET[byte & 31] for byte in crypto.random_bytes(LOCATOR_CHARS + SECRET_CHARS))
    return grouped(drawn + _check(drawn))


def grouped(code: str) -> str:
    return "-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read_code(entered: str) -> str:
    """The thirty characters. Raises RecoveryCodeRefused."""
    code = entered.upper().translate(READ_AS)
    wrong = sorted(set(code) - set(ALPHABET))
    if wrong:
        raise RecoveryCodeRefused(f"A recovery code has no “{wrong[0]}”. Look at it again.")
    if len(code) != CHARS:
        raise RecoveryCodeRefused(f"A recovery code has {CHARS} characters, this one has {len(code)}.")
    if _check(code[:-CHECK_CHARS]) != code[-CHECK_CHARS:]:
        raise RecoveryCodeRefused("A character of the recovery code is wrong. Look at it again.")
    return code


def _check(chars: str) -> str:
    number = int.from_bytes(hashlib.sha256(b"mls-chat recovery code v1" + chars.encode()).digest()[:2], "big")
    return ALPHABET[number >> 11] + ALPHABET[(number >> 6) & 31]


def locator_of(code: str) -> bytes:
    return code[:LOCATOR_CHARS].encode()


def check_cost(asked: CodeOpenReply, least: CodeCost) -> CodeCost:
    """Raises WeakParameters."""
    enough = asked.memory_kib >= least.memory_kib and asked.iterations >= least.iterations
    bounded = asked.memory_kib <= MOST_MEMORY_KIB and asked.iterations <= MOST_ITERATIONS
    if not (enough and bounded and len(asked.salt) == SALT_BYTES):
        raise WeakParameters(f"{asked.memory_kib} KiB, {asked.iterations} iterations, salt of {len(asked.salt)} bytes")
    return CodeCost(asked.memory_kib, asked.iterations)


def code_keys(crypto: Crypto, code: str, salt: bytes, cost: CodeCost) -> CodeKeys:
    """Takes about a tenth of a second."""
    secret = code[LOCATOR_CHARS : LOCATOR_CHARS + SECRET_CHARS].encode()
    stretched = crypto.argon2id(
        secret, salt, memory_kib=cost.memory_kib, iterations=cost.iterations, lanes=1, length=32
    )
    extracted = crypto.hkdf_extract(b"mls-chat recovery code v1", stretched)
    return CodeKeys(
        access_key=crypto.hkdf_expand(extracted, b"access", 32),
        root_key=crypto.hkdf_expand(extracted, b"root", crypto.aead_key_size),
    )
