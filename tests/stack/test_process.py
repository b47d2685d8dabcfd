"""A service's process: started, watched, stopped with all that it started, never left behind."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.errors import ServiceFailedError
from stack.process import Child

SHELL = ("/bin/sh", "-c")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "service.log"


@pytest.fixture
def started() -> Iterator[list[Child]]:
    children: list[Child] = []
    yield children
    for child in children:
        child.stop()


def gone(pid: int) -> bool:
    """Waits until the process has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    waiter = select.poll()
    waiter.register(descriptor, select.POLLIN)
    ended = bool(waiter.poll(5000))
    os.close(descriptor)
    return ended


def grandchild(child: Child) -> int:
    """The process that the shell of a test has started."""
    child.wait_ready(lambda: "pid " in child.tail())
    return int(child.tail().rpartition("pid ")[2])


def test_output_goes_to_the_log(log: Path, started: list[Child]) -> None:
    child = Child("service", [*SHELL, "echo out; echo err >&2; exec sleep 60"], log)
    started.append(child)
    child.start()
    child.wait_ready(lambda: child.tail() == "out\nerr")
    assert child.alive


def test_stop_ends_everything_that_it_started(log: Path) -> None:
    child = Child("service", [*SHELL, "sleep 60 & echo pid $!; wait"], log)
    child.start()
    inner, outer = grandchild(child), child.pid
    child.stop()
    assert not child.alive
    assert outer is not None
    assert gone(outer)
    assert gone(inner)
    child.stop()


def test_what_does_not_listen_to_the_signal_is_killed(log: Path) -> None:
    child = Child("service", [*SHELL, "trap '' TERM; echo pid $$; while :; do sleep 1; done"], log, patience=0.2)
    child.start()
    pid = grandchild(child)
    child.stop()
    assert gone(pid)


def test_a_service_that_ends_early_is_named_with_its_last_words(log: Path) -> None:
    child = Child("service", [*SHELL, "echo the reason; exit 3"], log)
    child.start()
    with pytest.raises(ServiceFailedError, match=r"(?s)service did not start.*the reason"):
        child.wait_ready(lambda: False)
    assert child.pid is None


def test_a_service_that_never_gets_ready_is_stopped(log: Path) -> None:
    child = Child("service", ["sleep", "60"], log)
    child.start()
    pid = child.pid
    with pytest.raises(ServiceFailedError):
        child.wait_ready(lambda: False, seconds=0.1)
    assert pid is not None
    assert gone(pid)


def test_a_kill_is_seen_and_a_start_begins_anew(log: Path, started: list[Child]) -> None:
    child = Child("service", ["sleep", "60"], log)
    started.append(child)
    child.start()
    first = child.pid
    child.kill()
    assert not child.alive
    child.start()
    assert child.alive
    assert child.pid != first


def test_it_dies_with_whoever_started_it(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from stack.process import Child
child = Child("service", ["sleep", "60"], Path({str(tmp_path)!r}) / "log")
child.start()
print(child.pid, flush=True)
input()
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)
