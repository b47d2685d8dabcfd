"""`python -m stack` as a program: ready line, clear refusals, clean ends, and recovery from a kill."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

from mls_chat.native.app import open_client
from stack.ports import free_ports

pytestmark = pytest.mark.timeout(120)
SOON = 40.0


class Run:
    """One `python -m stack`; its error output goes to a file."""

    def __init__(self, data: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.errors = data.with_name(f"{data.name}.err")
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "stack"],
                env={**os.environ, "PORT": str(port), "MLS_CHAT_DATA": str(data)},
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def wait_ready(self) -> None:
        assert self._line(self.process.stdout) == f"ready {self.url}\n", self.said
        assert self.said.count("ready") == 0

    @staticmethod
    def _line(output: IO[bytes] | None) -> str:
        assert output is not None
        assert select.select([output], [], [], SOON)[0], "nothing was printed"
        return output.readline().decode()

    @property
    def said(self) -> str:
        return self.errors.read_text()

    def says(self, text: str) -> None:
        """Waits until the error output holds the text."""
        deadline = time.monotonic() + SOON
        while text not in self.said:
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def services(self) -> dict[str, psutil.Process]:
        """Its direct children by what they run."""
        marks = {"postgres": "postgres", "deno": "functions", "delivery": "delivery", "stack.page": "page"}
        found: dict[str, psutil.Process] = {}
        for child in psutil.Process(self.process.pid).children():
            words = " ".join(child.cmdline())
            found |= {name: child for mark, name in marks.items() if mark in words}
        return found

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=SOON)


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mls-chat-run-"))
    folder.chmod(0o755)  # Postgres may run as another user
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def runs(data: Path) -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
        if run.process.stdout:
            run.process.stdout.close()


def start(runs: list[Run], data: Path, port: int = 0) -> Run:
    runs.append(Run(data, port or free_ports(1)[0]))
    return runs[-1]


def all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=SOON)[1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_leaves_no_process(runs: list[Run], data: Path, number: signal.Signals) -> None:
    run = start(runs, data)
    run.wait_ready()
    family = run.family()
    assert set(run.services()) == {"postgres", "functions", "delivery", "page"}
    assert run.end(number) == 0
    assert all_gone(family)


def test_a_stop_signal_during_the_start_leaves_no_process(runs: list[Run], data: Path) -> None:
    run = start(runs, data)
    run.says("starting functions")
    family = run.family()
    assert run.end(signal.SIGTERM) == 0
    assert all_gone(family)


async def test_after_a_kill_it_starts_again_with_all_data(runs: list[Run], data: Path, tmp_path: Path) -> None:
    first = start(runs, data)
    first.wait_ready()
    async with open_client(tmp_path / "ann.db", first.url) as ann:
        await ann.introduce("Ann")
        group = await ann.create_group("Kept")
        await ann.send(group.group_id, "before the kill")
    family = first.family()
    first.end(signal.SIGKILL)
    assert all_gone(family)
    second = start(runs, data, int(first.url.rpartition(":")[2]))
    second.wait_ready()
    async with open_client(tmp_path / "ann.db", second.url) as ann:
        await ann.online()
        await ann.send(group.group_id, "after the kill")
        assert [line.text for line in ann.board.ordered_lines() if line.own] == ["before the kill", "after the kill"]


def test_a_service_that_dies_is_started_again(runs: list[Run], data: Path) -> None:
    run = start(runs, data)
    run.wait_ready()
    for name in ("delivery", "functions", "page", "postgres"):
        run.services()[name].kill()
        run.says(f"{name} runs again")
    assert set(run.services()) == {"postgres", "functions", "delivery", "page"}


def test_a_taken_port_is_one_clear_line(runs: list[Run], data: Path) -> None:
    run = start(runs, data)
    run.wait_ready()
    other = start(runs, data.with_name("other"), int(run.url.rpartition(":")[2]))
    assert other.process.wait(timeout=SOON) == 1
    assert len(other.said.splitlines()) == 1
    assert "is taken" in other.said
    assert "PORT=" in other.said


def test_a_second_stack_on_the_same_data_is_refused(runs: list[Run], data: Path) -> None:
    start(runs, data).wait_ready()
    other = start(runs, data)
    assert other.process.wait(timeout=SOON) == 1
    assert other.said.startswith(f"stack: another stack runs on {data}")
    assert len(other.said.splitlines()) == 1


def test_a_broken_database_says_what_to_do(runs: list[Run], data: Path) -> None:
    run = start(runs, data)
    run.wait_ready()
    run.end(signal.SIGTERM)
    control = next(data.resolve().rglob("pg_control"), None) or next(
        Path(data / "postgres").resolve().rglob("pg_control")
    )
    control.write_bytes(b"")
    broken = start(runs, data)
    assert broken.process.wait(timeout=SOON) == 1
    assert "holds no usable database" in broken.said
    assert "restore it from a backup, or move it away" in broken.said
    assert len(broken.said.splitlines()) == 2, "what it starts, and one line that says why it stopped"


def test_a_wrong_port_is_one_clear_line(data: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stack"],
        env={**os.environ, "PORT": "http", "MLS_CHAT_DATA": str(data)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "stack: PORT='http' is no port: give a number from 1 to 65535\n")
    assert not data.exists()
