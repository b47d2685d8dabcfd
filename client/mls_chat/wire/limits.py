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
MAX_COMMIT_KEYS: Final = 1000
"""Sealed rejoin keys that one commit brings."""
MAX_WRAPS: Final = 32
"""The newest of them that the server keeps for an account, and for each of its devices."""
MAX_DEVICES: Final = 50
"""Live devices of an account."""
MAX_PASSKEYS: Final = 20
"""Of an account."""
MAX_SEALED_NAME_BYTES: Final = 512
"""A sealed name of a device or passkey."""
MAX_VAULT_BYTES: Final = 16 * 1024
"""A sealed vault."""
MAX_SEALED_ROOT_BYTES: Final = 256
"""The root key of a vault, sealed under a passkey or the recovery code."""
MAX_CODE_TRIES: Final = 10
"""Wrong tries of a recovery code in a row; the next one may come CODE_LOCKED_SECONDS later."""
CODE_LOCKED_SECONDS: Final = 3600
MAX_LINK_BYTES: Final = 16 * 1024
"""An offer of a device that waits to be linked, and the sealed answer to it."""
LINK_SECONDS: Final = 900
"""How long such an offer lives."""
MAX_SEGMENT_BYTES: Final = 512 * 1024
"""One segment of a backup."""
MAX_BACKUP_SEGMENTS: Final = 2000
DEVICE_LOG_PAGE: Final = 1000
"""Entries in one reply of device_log_get."""
