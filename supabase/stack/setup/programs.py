"""Runs a program of the setup with its output in a log; a failure shows the end of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from stack.setup.stamps import BUILD, ROOT, SetupError

TAIL_LINES: Final = 25


def run(name: str, command: Sequence[str | Path], extra: Mapping[str, str] | None = None) -> None:
    """Raises SetupError when the program fails or is missing; then the end of its log is on stderr."""
    log = BUILD / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as output:
            done = subprocess.run(command, stdout=output, stderr=output, cwd=ROOT, env=_environment(extra), check=False)
    except FileNotFoundError as cause:
        raise SetupError(f"{command[0]} is missing: run `make clean`, then try again") from cause
    if done.returncode:
        tail = log.read_text(errors="replace").splitlines()[-TAIL_LINES:]
        print("\n".join(tail), file=sys.stderr)
        raise SetupError(f"{name} failed (exit code {done.returncode}): the whole output is in {log}")


def _environment(extra: Mapping[str, str] | None) -> dict[str, str]:
    """Debian's compilers come first: another toolchain on the PATH has no sources for the browser's target."""
    path = f"/usr/bin:{os.environ.get('PATH', '')}"
    return {**os.environ, "PATH": path, "CARGO": "/usr/bin/cargo", "RUSTC": "/usr/bin/rustc", **(extra or {})}
