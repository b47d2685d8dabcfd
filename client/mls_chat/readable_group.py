"""What can be read of a group without changing it."""

from collections.abc import Callable
from typing import Final, Protocol

from mls_rs_python import ApplicationMessage, CommitReceived, Member, ProposalReceived

Received = ApplicationMessage | CommitReceived | ProposalReceived


class ReadableGroup(Protocol):
    """The part of `mls_rs_python.Group` that leaves it as it is."""

    @property
    def group_id(self) -> bytes: ...
    @property
    def epoch(self) -> int: ...
    @property
    def own_leaf_index(self) -> int: ...
    @property
    def context_extensions(self) -> dict[int, bytes]: ...
    @property
    def epoch_authenticator(self) -> bytes: ...
    @property
    def has_pending_commit(self) -> bool: ...
    def members(self) -> list[Member]: ...
    def group_info(self) -> bytes: ...


AUTHENTICATOR_BYTES: Final = 8
"""As much of the epoch authenticator (RFC 9420, section 8.7) as two people would compare aloud."""


def authenticator_digits(mls: ReadableGroup) -> str:
    """Four groups of four hexadecimal digits."""
    digits = mls.epoch_authenticator[:AUTHENTICATOR_BYTES].hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


Check = Callable[[ReadableGroup, Received], None]
"""Raises where what came must not have been processed."""
