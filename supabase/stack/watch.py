"""Keeps services alive: one that ends is started again with a growing delay, until that does not help any more."""

import os
import select
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from stack.errors import StackError

DELAYS: Final = (0.1, 0.5, 1.0, 2.0, 5.0)
FORGIVEN_AFTER: Final = 60.0


class Service(Protocol):
    @property
    def pid(self) -> int | None:
        """Of the running process; None when it was not started."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


class KeepsDyingError(StackError):
    def __init__(self, name: str, log: object) -> None:
        super().__init__(f"{name} keeps dying although it was started again {len(DELAYS)} times: see {log}")


@dataclass
class Watch:
    """Watches `services` until `quit_fd` is readable; `log_of` names a service's log file."""

    services: Mapping[str, Service]
    quit_fd: int
    say: Callable[[str], None]
    log_of: Callable[[str], object]
    _deaths: dict[str, list[float]] = field(default_factory=dict)

    def run(self) -> None:
        """Returns when asked to quit. Raises KeepsDyingError."""
        while (name := self._next_death()) is not None:
            delay = self._delay(name)
            self.say(f"{name} ended; starting it again in {delay:g} s (log: {self.log_of(name)})")
            if self._quit_within(delay):
                return
            self._restart(name)

    def _next_death(self) -> str | None:
        """The service that ends next; None when asked to quit."""
        waiter = select.poll()
        waiter.register(self.quit_fd, select.POLLIN)
        names: dict[int, str] = {}
        try:
            for name, service in self.services.items():
                fd = _pidfd(service.pid)
                if fd is None:
                    return name
                names[fd] = name
                waiter.register(fd, select.POLLIN)
            ready = {fd for fd, _ in waiter.poll()}
            return None if self.quit_fd in ready else names[ready.pop()]
        finally:
            for fd in names:
                os.close(fd)

    def _delay(self, name: str) -> float:
        now = time.monotonic()
        deaths = [at for at in self._deaths.get(name, []) if now - at < FORGIVEN_AFTER]
        if len(deaths) == len(DELAYS):
            raise KeepsDyingError(name, self.log_of(name))
        self._deaths[name] = [*deaths, now]
        return DELAYS[len(deaths)]

    def _restart(self, name: str) -> None:
        service = self.services[name]
        try:
            service.stop()
            service.start()
        except StackError as error:
            self.say(str(error).splitlines()[0])  # the next look finds it dead again
            with suppress(StackError):  # said already
                service.stop()
            return
        self.say(f"{name} runs again")

    def _quit_within(self, seconds: float) -> bool:
        waiter = select.poll()
        waiter.register(self.quit_fd, select.POLLIN)
        return bool(waiter.poll(seconds * 1000))


def _pidfd(pid: int | None) -> int | None:
    with suppress(ProcessLookupError):  # ended and reaped
        return None if pid is None else os.pidfd_open(pid)
    return None
