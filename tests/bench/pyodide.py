"""Encrypt and decrypt with the wheel that the page runs, inside Pyodide on Deno."""

import subprocess

from deno import find_deno_bin  # type: ignore[import-untyped]

from stack.page_cache import ROOT, TOOLS
from stack.page_wheels import binding_wheel


def measure() -> None:
    wheel = binding_wheel()
    mounts = [f"--mount={wheel.parent}=/wheels", f"--mount={ROOT / 'tests' / 'bench'}=/project/tests/bench"]
    words = [word for mount in mounts for word in mount.split("=", 1)]
    command = [find_deno_bin(), "run", "--quiet", "--allow-all", str(TOOLS / "in_pyodide.ts"), *words]
    command += ["--install", f"/wheels/{wheel.name}", "/project/tests/bench/pyodide_program.py"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
