"""An embedded PostgreSQL that looks like a hosted Supabase database, without a container.

It listens on the loopback alone and has no unix socket. Every login needs its password (SCRAM): other local users can
reach a loopback port, so trusting it would let each of them read the database. The passwords are made here and lie in
one file that only we can read.
"""

import fcntl
import json
import os
import secrets
import select
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from stack import owner
from stack.errors import BrokenDataError, DataFolderInUseError, PortInUseError, ServiceFailedError, StackError
from stack.ports import require_free
from stack.process import Child

SUPERUSER: Final = "supabase_admin"
LOGINS: Final = (SUPERUSER, "postgres", "mls_chat_functions", "mls_chat_delivery")
BOOTSTRAP: Final = Path(__file__).with_name("bootstrap.sql")
START_SECONDS: Final = 30.0
DAMAGE: Final = ("PANIC:", "could not open", "could not read", "could not locate", "checksum", "invalid data")
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "log_min_error_statement": "panic",  # the text of a failed statement may hold what its caller sent
    "log_error_verbosity": "terse",  # so may the details of an error
}
NOT_DURABLE: Final = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class Postgres:
    """One cluster below the folder `data`, on 127.0.0.1:`port`. `durable=False` is for tests: no fsync.

    `major` is 16 or 18 (environment variable PG_MAJOR, else 18): they bracket the hosted 17.
    """

    def __init__(self, data: Path, port: int, *, major: int | None = None, durable: bool = True) -> None:
        self.data = data.resolve()
        self.port = port
        self.major = major or int(os.environ.get("PG_MAJOR", "18"))
        self.log = self.data / "postgres.log"
        self._durable = durable
        self._owner = owner.current()
        self._child: Child | None = None
        self._lock: IO[str] | None = None
        self._passwords: dict[str, str] = {}
        self._bin = Path()
        self._cluster = Path()

    @property
    def pid(self) -> int | None:
        """Process id of the running server. SIGINT stops it at once and cleanly, as `stop` does."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Returns when the server answers; recovers from a kill. Raises a StackError otherwise."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._take_folder()
        try:
            self._bin = owner.programs(self._owner, owner.installation(self.major))
            self._passwords = self._read_passwords()
            self._cluster = self._open_cluster()
            self._end_orphan()
            require_free(self.port)
            self._launch()
            self._bootstrap()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the server (running transactions are rolled back) and waits for it. Harmless when it does not run."""
        if self._child is not None:
            self._child.stop()
            self._child = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def dsn(self, role: str, database: str = "postgres") -> str:
        """Connection string of one of LOGINS, with its password: never log it."""
        return f"postgresql://{role}:{self._passwords[role]}@127.0.0.1:{self.port}/{database}"

    def set_passwords(self) -> None:
        """Gives each login role that the migrations have made its password. Call it after migrating."""
        known = ", ".join(f"('{role}', '{self._passwords[role]}')" for role in LOGINS)
        self._psql(
            f"""select format('alter role %I password %L', r, p) from (values {known}) as t (r, p)
                where exists (select from pg_roles where rolname = r) \\gexec"""
        )

    def _take_folder(self) -> None:
        lock = (self.data / "postgres.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # vanishes with its holder however that one ends
        except BlockingIOError as cause:
            lock.close()
            raise DataFolderInUseError(self.data) from cause
        self._lock = lock

    def _read_passwords(self) -> dict[str, str]:
        path = self.data / "postgres.passwords.json"
        known: dict[str, str] = {}
        if path.exists():
            try:
                known = json.loads(path.read_text())
            except ValueError as cause:
                raise BrokenDataError(path, "the file of its passwords cannot be read") from cause
        if missing := [role for role in LOGINS if role not in known]:
            known |= {role: secrets.token_hex(24) for role in missing}
            fresh = path.with_suffix(".new")
            owner.write_private(fresh, json.dumps(known))
            fresh.rename(path)
        return known

    def _open_cluster(self) -> Path:
        """The cluster's folder; a new cluster is made beside it and renamed, so that a half-made one is never used."""
        folder = owner.home(self._owner, self.data / "postgres")
        cluster = folder / "cluster"
        if cluster.exists():
            version = cluster / "PG_VERSION"
            found = version.read_text().strip() if version.exists() else "unknown"
            if found != str(self.major):
                raise BrokenDataError(cluster, f"made by Postgres {found}, not {self.major}")
            return cluster
        fresh = folder / f"new-{secrets.token_hex(4)}"
        self._initdb(fresh)
        fresh.rename(cluster)
        return cluster

    def _initdb(self, folder: Path) -> None:
        secret = folder.with_suffix(".pw")
        owner.write_private(secret, self._passwords[SUPERUSER])
        self._owner.own(secret)
        command = [str(self._bin / "initdb"), f"--pgdata={folder}", f"--pwfile={secret}", f"--username={SUPERUSER}"]
        flags = [
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *([] if self._durable else ["--no-sync"]),
        ]
        done = self._owner.run([*command, *flags])
        secret.unlink()
        if done.returncode:
            raise ServiceFailedError("initdb", "its output", done.stderr.decode(errors="replace")[-2000:])

    def _end_orphan(self) -> None:
        """We hold the folder's lock, so a server that still runs on it has lost whoever started it."""
        with suppress(OSError, ValueError):  # no pid file, or a stale one: Postgres removes it itself
            pid = int((self._cluster / "postmaster.pid").read_text().splitlines()[0])
            if str(self._cluster).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                _end(pid)

    def _launch(self) -> None:
        settings = SETTINGS if self._durable else SETTINGS | NOT_DURABLE
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        argv = [str(self._bin / "postgres"), "-D", str(self._cluster), "-p", str(self.port), *flags]
        self._child = Child("postgres", argv, self.log, user=self._owner.ids, stop_signal=signal.SIGINT, patience=30)
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._child.start()
            try:
                return self._child.wait_ready(self._ready, START_SECONDS)
            except ServiceFailedError as failure:
                # backends of a killed server hold its memory until they notice
                why = failure.tail.splitlines()[-6:]
                if not any("pre-existing shared memory" in line for line in why) or time.monotonic() > deadline:
                    raise self._named(failure, why) from failure
                time.sleep(0.2)

    def _named(self, failure: ServiceFailedError, why: list[str]) -> StackError:
        if any("could not bind" in line for line in why):
            return PortInUseError(self.port)
        damage = [line for line in why if any(sign in line for sign in DAMAGE)]
        if damage:
            return BrokenDataError(self._cluster, damage[-1])
        return failure

    def _ready(self) -> bool:
        # the file's first line names the server that wrote it, the eighth what it does
        with suppress(OSError):
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
            return len(lines) > 7 and lines[0] == str(self.pid) and lines[7].strip() == "ready"
        return False

    def _bootstrap(self) -> None:
        if self._psql("select to_regnamespace('auth') is not null") == "f":
            self._psql(BOOTSTRAP.read_text())
        self.set_passwords()

    def _psql(self, script: str) -> str:
        """Runs one transaction as superuser; the script and the password go where no process list shows them."""
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", "postgres"]
        done = subprocess.run(
            [self._bin / "psql", "-XqAt1", "-v", "ON_ERROR_STOP=1", *where, "-f", "-"],
            input=script,
            env={**os.environ, "PGPASSWORD": self._passwords[SUPERUSER]},
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise BrokenDataError(self._cluster, done.stderr.strip()[-500:])
        return done.stdout.strip()


def _end(pid: int) -> None:
    """Asks a server that is no child of ours to stop, and waits until it has."""
    pidfd = os.pidfd_open(pid)
    try:
        signal.pidfd_send_signal(pidfd, signal.SIGINT)
        waiter = select.poll()
        waiter.register(pidfd, select.POLLIN)
        waiter.poll(START_SECONDS * 1000)
    finally:
        os.close(pidfd)
