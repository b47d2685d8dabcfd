"""The sizes that every end checks, in one place (the SQL repeats them; a test compares)."""

from typing import Final

MAX_TEXT_BYTES: Final = 64 * 1024
"""UTF-8 bytes of one message's text."""
MAX_CIPHERTEXT_BYTES: Final = 256 * 1024
"""One MLS message as the server stores it."""
MAX_BODY_BYTES: Final = 1024 * 1024
"""One HTTP request body."""
MAX_FRAME_BYTES: Final = 512 * 1024
"""One frame from a client on the delivery channel."""
MAX_NAME_CHARS: Final = 64
"""A person's or a group's name."""
MAX_GROUPS_PER_SUBSCRIBE: Final = 1000
PAGE_DEFAULT: Final = 200
PAGE_MAX: Final = 1000
"""Messages in one reply of get_messages and in one replay frame."""
MAX_GROUP_INFO_BYTES: Final = 512 * 1024
"""One sealed GroupInfo, with the tree of the group."""
MAX_SEALED_KEY_BYTES: Final = 256
"""One sealed rejoin key."""
MAX_COMMIT_KEYS: Final = 500
"""Sealed rejoin keys that one commit brings."""
MAX_WRAPS: Final = 32
"""The newest of them that the server keeps for an account."""
