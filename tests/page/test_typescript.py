"""The page's own unit tests (`deno test`), and its two worlds checked apart: a window here, a worker there."""

import subprocess

import pytest
from deno import find_deno_bin  # type: ignore[import-untyped]

from stack.page_cache import ROOT


def deno(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [find_deno_bin(), *words], cwd=ROOT, capture_output=True, text=True, timeout=50, env={"NO_COLOR": "1"}
    )


def test_unit_tests_pass() -> None:
    done = deno("test", "--frozen", "--no-check", "client/web/tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize(
    ("folder", "source"),
    [("client/web/src/worker", "document.title;"), ("client/web/src", "new ServiceWorkerGlobalScope();")],
)
def test_compiler_guards_the_border(folder: str, source: str) -> None:
    trespasser = ROOT / folder / "trespasser_for_a_test.ts"
    trespasser.write_text(f"{source}\nexport {{}};\n")
    try:
        assert deno("check", str(trespasser)).returncode != 0
    finally:
        trespasser.unlink()
