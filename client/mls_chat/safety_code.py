"""Safety codes: sixty digits that two people compare, and the text of the QR code that says the same.

A user id is the hash of the account's key, and every device of the account is signed by that key; so two people who see
the same code know each other's devices, whatever the server says.
"""

import hashlib
from typing import Final

from mls_chat.identity import statement

ROUNDS: Final = 5200
"""So many hashes make the search for another key with the same digits dearer."""
CHUNKS: Final = 6
PREFIX: Final = "mls-chat-safety-1"


def _digits(user_id: str) -> list[str]:
    """Thirty, in fives."""
    start = statement("mls-chat safety v1", user_id)
    digest = start
    for _ in range(ROUNDS):
        digest = hashlib.sha512(digest + start).digest()
    chunks = (digest[at * 5 : at * 5 + 5] for at in range(CHUNKS))
    return [f"{int.from_bytes(chunk, 'big') % 100_000:05d}" for chunk in chunks]


def safety_code(user_id: str, other_user_id: str) -> list[str]:
    """Twelve groups of five digits; the same on both sides."""
    return [group for each in sorted((user_id, other_user_id)) for group in _digits(each)]


def safety_text(user_id: str, other_user_id: str) -> str:
    """What the QR code says; the same on both sides."""
    return ".".join((PREFIX, *sorted((user_id, other_user_id))))
