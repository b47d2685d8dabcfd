"""The page's own unit tests (`deno test`), and its two worlds checked apart: a window here, a worker there."""

import os
import subprocess
from pathlib import Path

import pytest
from deno import find_deno_bin  # type: ignore[import-untyped]

from stack.page_cache import ROOT


def deno(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [find_deno_bin(), *words]
    environment = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=50)


def test_unit_tests_pass() -> None:
    done = deno(ROOT, "test", "--frozen", "--no-check", "client/web/tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.fixture
def settings_alone(tmp_path: Path) -> Path:
    """The compiler's settings of the whole tree, without its sources."""
    for path in [ROOT / "deno.json", *(ROOT / "client" / "web").rglob("deno.json")]:
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return tmp_path


@pytest.mark.parametrize(
    ("folder", "world"), [("src", "document"), ("src/worker", "DedicatedWorkerGlobalScope"), ("build", "Deno")]
)
def test_each_folder_knows_its_own_world_alone(settings_alone: Path, folder: str, world: str) -> None:
    for other in ("src", "src/worker", "build"):
        source = settings_alone / "client" / "web" / other / "names_a_world.ts"
        source.write_text(f"export type World = typeof {world};\n")
        assert (deno(settings_alone, "check", str(source)).returncode == 0) is (other == folder), other
