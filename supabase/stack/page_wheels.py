"""The wheels that run in the page: our own two, and what uv.lock pins, fetched by its hash."""

import hashlib
import tomllib
import urllib.error
import urllib.request
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final

from stack.page_cache import ROOT, PageBuildError, digest, kept

ENGINE: Final = ROOT / "client" / "mls_chat"
BINDING: Final = ROOT / "client" / "mls_rs_python" / "dist"
PLATFORM: Final = "pyemscripten_2026_0_wasm32"
TIMEOUT_S: Final = 60
ATTEMPTS: Final = 3
_TIME: Final = (1980, 1, 1, 0, 0, 0)


@cache
def _locked() -> dict[str, Any]:
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {package["name"]: package for package in packages}


def locked_wheel(name: str) -> Path:
    """The wheel for Pyodide that uv.lock pins. Raises PageBuildError."""
    package = _locked().get(name)
    if package is None:
        raise PageBuildError(f"uv.lock has no {name}: run uv lock")
    fitting = [wheel for wheel in package.get("wheels", []) if _fits(wheel["url"])]
    if not fitting:
        raise PageBuildError(f"{name} {package['version']} has no wheel for {PLATFORM}")
    url, expected = fitting[0]["url"], fitting[0]["hash"].removeprefix("sha256:")
    return kept(f"wheels/{url.rsplit('/', 1)[1]}", lambda target: _write(target, _fetch(url, expected)))


def _fits(url: str) -> bool:
    return url.endswith((f"-{PLATFORM}.whl", "-py3-none-any.whl", "-py2.py3-none-any.whl"))


def _write(target: Path, content: bytes) -> None:
    target.write_bytes(content)


def _fetch(url: str, expected: str) -> bytes:
    for attempt in range(ATTEMPTS):
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:
                content: bytes = response.read()
        except (urllib.error.URLError, TimeoutError) as error:
            if attempt + 1 == ATTEMPTS:
                raise PageBuildError(f"{url} can't be fetched: {error}; check the network and run again") from error
        else:
            break
    if hashlib.sha256(content).hexdigest() != expected:
        raise PageBuildError(f"{url} is not what uv.lock pins: its hash differs")
    return content


def binding_wheel() -> Path:
    """Raises PageBuildError when it was not built yet."""
    wheels = sorted(BINDING.glob(f"mls_rs_python-*-{PLATFORM}.whl"), key=lambda wheel: wheel.stat().st_mtime)
    if not wheels:
        raise PageBuildError("the mls_rs_python wheel for the browser is missing: run make wheel")
    return wheels[-1]


def engine_wheel() -> Path:
    """The engine without its native adapters, made here: it is nothing but files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    info = f"mls_chat-{project['version']}.dist-info"
    files = {
        f"mls_chat/{path.relative_to(ENGINE).as_posix()}": path.read_bytes()
        for path in sorted(ENGINE.rglob("*"))
        if (path.suffix == ".py" or path.name == "py.typed") and "native" not in path.relative_to(ENGINE).parts
    }
    requires = [f"Requires-Dist: {dependency}" for dependency in project["dependencies"]]
    metadata = ["Metadata-Version: 2.1", "Name: mls-chat", f"Version: {project['version']}", *requires, ""]
    files[f"{info}/METADATA"] = "\n".join(metadata).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: mls-chat\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = b""

    def make(target: Path) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as wheel:
            for name, content in files.items():
                wheel.writestr(zipfile.ZipInfo(name, _TIME), content)

    content = digest(*(part for name, content in files.items() for part in (name.encode(), content)))
    return kept(f"engine/{content[:32]}/mls_chat-{project['version']}-py3-none-any.whl", make)
