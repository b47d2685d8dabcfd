"""The binding's and the engine's own tests, once more inside Pyodide: the very wheels that the page runs."""

import subprocess
from typing import Final

import pytest
from deno import find_deno_bin  # type: ignore[import-untyped]

from stack.page_cache import ROOT, TOOLS
from stack.page_wheels import binding_wheel, engine_wheel, locked_wheel

TOOL_WHEELS: Final = ("pytest", "pluggy", "iniconfig", "pygments", "packaging", "hypothesis", "sortedcontainers")
SUITES: Final = {"binding": "client/mls_rs_python/tests", "engine": "tests/engine"}


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """`pytest` inside Pyodide with these words; the project's folders are mounted below /project."""
    wheels = [binding_wheel(), engine_wheel(), *(locked_wheel(name) for name in ("msgspec", *TOOL_WHEELS))]
    mounts = {wheel.parent: f"/wheels{number}" for number, wheel in enumerate(wheels)}
    folders = [*SUITES.values(), "tests/support", "tests/pyodide"]
    mounts |= {ROOT / folder: f"/project/{folder}" for folder in folders}
    command = [find_deno_bin(), "run", "--quiet", "--allow-all", str(TOOLS / "in_pyodide.ts")]
    for host, inside in mounts.items():
        command += ["--mount", f"{host}={inside}"]
    for wheel in wheels:
        command += ["--install", f"{mounts[wheel.parent]}/{wheel.name}"]
    command += ["/project/tests/pyodide/run_pytest.py", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("suite", SUITES)
def test_suite_passes_inside_pyodide(suite: str, capsys: pytest.CaptureFixture[str]) -> None:
    done = run(f"/project/{SUITES[suite]}")
    summary = done.stdout.strip().splitlines()[-1:] or [done.stderr]
    with capsys.disabled():
        print(f"\n  {suite} inside Pyodide: {summary[0]}")
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " passed" in summary[0]


@pytest.mark.timeout(120)
def test_failure_inside_is_a_failure_outside() -> None:
    assert run("/project/tests/pyodide/no_such_test.py").returncode != 0
