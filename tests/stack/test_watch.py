"""A service that ends is started again, until that does not help."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import watch
from stack.process import Child
from stack.watch import KeepsDyingError, Watch


class Service:
    """A real process; `lives` tells for each start whether it stays or ends at once."""

    def __init__(self, log: Path, lives: list[bool], quit_fd: int) -> None:
        self._log, self._lives, self._quit_fd = log, lives, quit_fd
        self.starts = 0
        self.child: Child | None = None

    @property
    def pid(self) -> int | None:
        return self.child.pid if self.child else None

    def start(self) -> None:
        stays = self._lives[min(self.starts, len(self._lives) - 1)]
        self.child = Child("service", ["sleep", "60"] if stays else ["true"], self._log)
        self.child.start()
        self.starts += 1
        if stays and self.starts > 1:
            os.write(self._quit_fd, b"x")

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "DELAYS", (0.0, 0.0, 0.0))


def run(service: Service, quit_fd: int, log: Path) -> list[str]:
    said: list[str] = []
    service.start()
    try:
        Watch({"service": service}, quit_fd, said.append, lambda name: log).run()
    finally:
        service.stop()
    return said


def test_it_starts_again_what_ended_and_says_so(tmp_path: Path, pipe: tuple[int, int]) -> None:
    service = Service(tmp_path / "log", [False, True], pipe[1])
    said = run(service, pipe[0], tmp_path / "log")
    assert service.starts == 2
    assert said[0].startswith("service ended; starting it again")
    assert said[1] == "service runs again"


def test_it_gives_up_on_what_keeps_dying(tmp_path: Path, pipe: tuple[int, int]) -> None:
    service = Service(tmp_path / "log", [False], pipe[1])
    with pytest.raises(KeepsDyingError, match="service keeps dying although it was started again 3 times"):
        run(service, pipe[0], tmp_path / "log")
    assert service.starts == 4


def test_it_returns_when_asked(tmp_path: Path, pipe: tuple[int, int]) -> None:
    os.write(pipe[1], b"x")
    service = Service(tmp_path / "log", [True], pipe[1])
    assert run(service, pipe[0], tmp_path / "log") == []
    assert service.starts == 1
