"""The embedded server's life: kills, taken ports, broken folders, folders that its system user cannot enter."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from database import running_postgres
from stack.errors import BrokenDataError, DataFolderInUseError, PortInUseError
from stack.ports import free_ports
from stack.postgres import LOGINS, Postgres


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A folder whose server has run once."""
    with running_postgres() as server:
        folder = server.data
        server.stop()
        yield folder


@pytest.fixture
def data(template: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="mls-chat-test-") as folder:
        subprocess.run(["cp", "--archive", f"{template}/.", folder], check=True)
        yield Path(folder)


@pytest.fixture
def server(data: Path) -> Iterator[Postgres]:
    server = Postgres(data, free_ports(1)[0], durable=False)
    yield server
    server.stop()


async def ask(server: Postgres, query: str) -> object:
    connection = await asyncpg.connect(server.dsn("supabase_admin"))
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_rows_outlive_a_stop_and_a_kill(server: Postgres) -> None:
    server.start()
    await ask(server, "create table kept (n int)")
    await ask(server, "insert into kept values (7)")
    server.stop()
    assert server.pid is None
    server.start()
    assert await ask(server, "select n from kept") == 7
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()
    assert await ask(server, "select n from kept") == 7


STARTER = """
import sys
from pathlib import Path
from stack.postgres import Postgres
server = Postgres(Path(sys.argv[1]), int(sys.argv[2]), durable=False)
server.start()
print(server.pid, flush=True)
sys.stdin.read()
"""


async def test_whoever_started_it_was_killed(server: Postgres, data: Path) -> None:
    """At once after that a successor may take the folder and the port, though the old server still shuts down."""
    argv = [sys.executable, "-c", STARTER, str(data), str(server.port)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as starter:
        assert starter.stdout is not None
        orphan = psutil.Process(int(starter.stdout.readline()))
        starter.kill()
        starter.wait()
        server.start()
    assert not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE
    assert await ask(server, "select 1") == 1


def test_one_stack_a_folder(server: Postgres, data: Path) -> None:
    server.start()
    second = Postgres(data, free_ports(1)[0], durable=False)
    with pytest.raises(DataFolderInUseError, match=str(data)):
        second.start()
    assert psutil.pid_exists(server.pid or 0)


def test_a_taken_port_is_named(server: Postgres) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        with pytest.raises(PortInUseError, match=str(server.port)):
            server.start()
    server.start()


@pytest.mark.parametrize("lost", ["PG_VERSION", "global/pg_control", "global"])
def test_a_broken_cluster_is_named(server: Postgres, data: Path, lost: str) -> None:
    server.start()
    server.stop()
    path = data / "postgres/cluster" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    with pytest.raises(BrokenDataError, match=r"cluster.*move it away"):
        server.start()


def test_another_version_is_named(server: Postgres, data: Path) -> None:
    server.start()
    server.stop()
    other = Postgres(data, server.port, major=34 - server.major, durable=False)
    with pytest.raises(BrokenDataError, match=f"made by Postgres {server.major}"):
        other.start()


def test_lost_passwords_are_made_again_and_broken_ones_named(server: Postgres, data: Path) -> None:
    server.start()
    server.stop()
    (data / "postgres.passwords.json").write_text("{")
    with pytest.raises(BrokenDataError, match="passwords"):
        server.start()


async def test_every_login_needs_its_password(server: Postgres, data: Path) -> None:
    server.start()
    assert (data / "postgres.passwords.json").stat().st_mode & 0o077 == 0
    for role in LOGINS:
        with pytest.raises((asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)):
            await asyncpg.connect(host="127.0.0.1", port=server.port, user=role, password="guess", database="postgres")


async def test_no_superuser_but_the_one(server: Postgres) -> None:
    server.start()
    assert await ask(server, "select string_agg(rolname, ' ') from pg_roles where rolsuper") == "supabase_admin"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's server runs as another user")
async def test_a_folder_that_the_system_user_cannot_enter(data: Path) -> None:
    server = Postgres(data / "closed" / "data", free_ports(1)[0], durable=False)
    (data / "closed").mkdir(mode=0o700)
    try:
        server.start()
        assert await ask(server, "select 1") == 1
        assert (data / "closed").stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
        shutil.rmtree((server.data / "postgres").resolve())
