"""What the build leaves behind: complete, hashed, compressed, of our own origin, and enough to start on."""

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from deno import find_deno_bin  # type: ignore[import-untyped]

from stack import page_wheels
from stack.page_cache import ROOT, TOOLS, PageBuildError

SMALL = 512
NAMED_ONLY = ("http://www.w3.org/", "https://simplewebauthn.dev/docs/")
"""Namespaces, and what a library names in a warning: nothing is fetched from there."""
pytestmark = pytest.mark.timeout(240)  # a first build compiles and compresses everything


def lock_of(built: Path) -> dict[str, Any]:
    [path] = built.glob("assets/*/lock.json")
    lock: dict[str, Any] = json.loads(path.read_text())
    return lock


def test_index_names_files_of_the_build(built: Path) -> None:
    addresses = re.findall(r'(?:src|href)="([^"]+)"', (built / "index.html").read_text())
    assert len(addresses) == 3
    assert [address for address in addresses if not (built / address.lstrip("/")).is_file()] == []


def test_service_worker_keeps_every_asset(built: Path) -> None:
    kept = set(re.findall(r'"(/assets/[^"]+)"', (built / "sw.js").read_text()))
    assets = {f"/{path.relative_to(built)}" for path in built.glob("assets/**/*") if path.is_file()}
    assert kept == {address for address in assets if not address.endswith(".br")}


def test_large_files_have_their_brotli_stream(built: Path) -> None:
    plain = [path for path in built.rglob("*") if path.is_file() and path.suffix != ".br"]
    large = [path for path in plain if path.stat().st_size >= SMALL]
    assert len(large) > 10
    for path in large:
        assert brotli.decompress(path.with_name(f"{path.name}.br").read_bytes()) == path.read_bytes()


def test_names_follow_content(built: Path) -> None:
    for name, entry in lock_of(built)["packages"].items():
        wheel = built / "assets" / entry["file_name"]
        assert hashlib.sha256(wheel.read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["file_name"].startswith(entry["sha256"][:12])


def test_lock_holds_the_engine_and_what_it_needs(built: Path) -> None:
    packages = lock_of(built)["packages"]
    assert set(packages) == {"mls-chat", "mls-rs-python", "msgspec"}
    assert set(packages["mls-chat"]["depends"]) == {"mls-rs-python", "msgspec"}


def test_no_script_names_another_origin(built: Path) -> None:
    ours = [built / "index.html", built / "sw.js", *built.glob("assets/main-*.js"), *built.glob("assets/*.css")]
    for path in ours:
        found = set(re.findall(r"(?:https?|wss?)://[^\s\"'`)]+", path.read_text()))
        assert {url for url in found if not url.startswith(NAMED_ONLY)} == set(), path.name


def test_download_stays_small(built: Path) -> None:
    streams = sum(path.stat().st_size for path in built.rglob("*.br"))
    assert streams < 6_000_000


def test_engine_starts_on_the_slimmed_library(built: Path) -> None:
    [stdlib] = built.glob("assets/*/stdlib.zip")
    wheels = [built / "assets" / entry["file_name"] for entry in lock_of(built)["packages"].values()]
    command = [find_deno_bin(), "run", "--quiet", "--allow-all", str(TOOLS / "in_pyodide.ts"), "--stdlib", str(stdlib)]
    command += ["--mount", f"{built}/assets=/assets", "--mount", f"{Path(__file__).parent}=/tests"]
    for wheel in wheels:
        command += ["--install", f"/assets/{wheel.relative_to(built / 'assets')}"]
    done = subprocess.run([*command, "/tests/import_all.py"], cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "mls_chat.browser.worker" in done.stdout
    assert "mls_chat.native" not in done.stdout


def test_engine_wheel_leaves_the_native_side_out() -> None:
    wheel = page_wheels.engine_wheel()
    assert page_wheels.engine_wheel() == wheel
    assert b"mls_chat/native/" not in wheel.read_bytes()


@pytest.mark.parametrize("name", ["no-such-package", "asyncpg"])
def test_package_without_a_wheel_for_the_browser_is_named(name: str) -> None:
    with pytest.raises(PageBuildError, match=name):
        page_wheels.locked_wheel(name)


def test_changed_download_is_refused(tmp_path: Path) -> None:
    changed = tmp_path / "x-py3-none-any.whl"
    changed.write_bytes(b"other bytes")
    with pytest.raises(PageBuildError, match="hash differs"):
        page_wheels._fetch(changed.as_uri(), hashlib.sha256(b"the bytes").hexdigest())
