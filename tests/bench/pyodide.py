"""Encrypt, decrypt and catch up with the wheels that the page runs, inside Pyodide on Deno."""

import subprocess
from typing import Final

from deno import find_deno_bin  # type: ignore[import-untyped]

from stack.page_cache import ROOT, TOOLS
from stack.page_wheels import binding_wheel, engine_wheel, locked_wheel

FOLDERS: Final = ("tests/bench", "tests/support")


def measure() -> None:
    wheels = [binding_wheel(), engine_wheel(), locked_wheel("msgspec")]
    mounts = {wheel.parent: f"/wheels{number}" for number, wheel in enumerate(wheels)}
    mounts |= {ROOT / folder: f"/project/{folder}" for folder in FOLDERS}
    command = [find_deno_bin(), "run", "--quiet", "--allow-all", str(TOOLS / "in_pyodide.ts")]
    for host, inside in mounts.items():
        command += ["--mount", f"{host}={inside}"]
    for wheel in wheels:
        command += ["--install", f"{mounts[wheel.parent]}/{wheel.name}"]
    command += ["/project/tests/bench/pyodide_program.py"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=240)
