"""The data folder: one stack at a time."""

import fcntl
import os
from pathlib import Path

from stack.errors import DataFolderInUseError, StackError


class DataFolder:
    """Everything that a stack keeps. `take` raises DataFolderInUseError when another stack runs on it."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.logs = self.path / "logs"
        self._lock: int | None = None

    def take(self) -> None:
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / "stack.lock", os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as cause:
            raise StackError(f"{self.path} cannot be used as data folder: {cause.strerror}") from cause
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # vanishes with its holder however that one ends
        except BlockingIOError as cause:
            os.close(lock)
            raise DataFolderInUseError(self.path) from cause
        self._lock = lock

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
