"""One service's process: tied to the stack's life, its output in a log file, stopped with all that it started."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import ServiceFailedError

TETHER = Path(__file__).with_name("tether.py")
TAIL_BYTES = 2000


@dataclass
class Child:
    """A program that dies with the thread that started it, however that ends.

    `user` is (uid, gid) to run as. `stop_signal` asks the program to end; after `patience` seconds it is killed.
    """

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path = Path("/")
    user: tuple[int, int] = (-1, -1)
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 5.0
    _popen: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _pidfd: int = -1

    @property
    def pid(self) -> int | None:
        return None if self._popen is None else self._popen.pid

    @property
    def pidfd(self) -> int:
        """Readable once the process has ended; -1 before the start and after `stop`."""
        return self._pidfd

    @property
    def alive(self) -> bool:
        return self._popen is not None and not self._ended_within(0)

    def start(self) -> None:
        """Starts the program; a former one is stopped first."""
        self.stop()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        tie = [os.getpid(), int(self.stop_signal), *self.user]
        tether = [sys.executable, "-IS", str(TETHER), *map(str, tie)]
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                [*tether, *self.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.cwd,
                env=self.env,
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._popen.pid)

    def wait_ready(self, probe: Callable[[], bool], seconds: float = 20.0) -> None:
        """Returns when `probe` is true. Raises ServiceFailedError when the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not probe():
            if self._ended_within(0.02) or time.monotonic() > deadline:
                tail = self.tail()
                self.stop()
                raise ServiceFailedError(self.name, self.log, tail)

    def tail(self) -> str:
        """The end of the log."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - TAIL_BYTES))
            return log.read().decode(errors="replace").strip()

    def stop(self) -> None:
        """Ends the process and everything in its process group; harmless when it is not running."""
        if self._popen is None:
            return
        if not self._ended_within(0):
            self._signal_group(self.stop_signal)
            self._ended_within(self.patience)
        self._signal_group(signal.SIGKILL)  # the leader is not reaped yet, so the group's number is still ours
        self._popen.wait()
        os.close(self._pidfd)
        self._popen, self._pidfd = None, -1

    def kill(self) -> None:
        """Ends the process without a warning, as a crash would."""
        self._signal_group(signal.SIGKILL)
        self._ended_within(self.patience)

    def _ended_within(self, seconds: float) -> bool:
        waiter = select.poll()
        waiter.register(self._pidfd, select.POLLIN)
        return bool(waiter.poll(seconds * 1000))

    def _signal_group(self, number: signal.Signals) -> None:
        if self._popen is not None:
            os.killpg(self._popen.pid, number)
