"""A step of the setup and the stamp that lets it be skipped: a hash of everything that it reads."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
BUILD: Final = ROOT / ".build"
IGNORED: Final = {"__pycache__", "target", "dist", "node_modules", "tests"}


class SetupError(Exception):
    """The setup cannot go on; the text says in one line what to do."""


@dataclass(frozen=True)
class Step:
    """`inputs` are files, folders or patterns below the root; each of the patterns `outputs` must match for a skip."""

    name: str
    run: Callable[[], None]
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    salt: str = ""

    def ensure(self) -> None:
        """Runs the step unless nothing that it reads has changed since it last went well."""
        stamp = BUILD / "stamps" / self.name.replace(" ", "-").lower()
        wanted = self._hash()
        made = all(any(ROOT.glob(pattern)) for pattern in self.outputs)
        if made and stamp.exists() and stamp.read_text() == wanted:
            return
        print(f"setup: {self.name} ...", file=sys.stderr, flush=True)
        begun = time.monotonic()
        stamp.unlink(missing_ok=True)
        self.run()
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)
        print(f"setup: {self.name} done in {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)

    def _hash(self) -> str:
        state = hashlib.sha256(f"{sys.version_info[:2]} {self.salt}".encode())
        for pattern in self.inputs:
            for path in _files(pattern):
                state.update(f"{path.relative_to(ROOT)} ".encode())
                state.update(hashlib.sha256(path.read_bytes()).digest())
        return state.hexdigest()


def _files(pattern: str) -> Iterator[Path]:
    for path in sorted(ROOT.glob(pattern)):
        if path.is_file():
            yield path
        elif path.is_dir():
            inner = (each for each in path.rglob("*") if each.is_file())
            yield from sorted(each for each in inner if not IGNORED & set(each.relative_to(path).parts))
