"""What can be wrong with a state file; each says what to do."""

from pathlib import Path

from mls_chat.ports import StorageFailed


class StateError(StorageFailed):
    """The state file cannot be used."""


class StateInUse(StateError):
    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is in use by another mls-chat: stop that one or give another --state")


class StateTooNew(StateError):
    def __init__(self, path: Path, found: int, known: int) -> None:
        super().__init__(f"{path} has format {found}, this program knows up to {known}: update mls-chat")


class StateBroken(StateError):
    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be used ({why}): restore it from a backup or give another --state")


class CommandFailed(Exception):
    """What was asked for did not happen; the text says why in one sentence."""
