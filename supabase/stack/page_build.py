"""Builds the page: Pyodide, the standard library, the wheels and the bundles, hashed, recompiled and compressed.

    python -m stack.page_build [OUT]        OUT is .build/page unless given

Everything costly is kept by content in .build/page-cache, so a build repeats only what changed.
"""

import fcntl
import json
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from stack.page_cache import CACHE, ROOT, TOOLS, Archive, PageBuildError, compress, deno, digest, in_pyodide, recompile
from stack.page_stdlib import LEFT_OUT
from stack.page_wheels import binding_wheel, engine_wheel, locked_wheel

OUT: Final = ROOT / ".build" / "page"
PYODIDE: Final = ROOT / "node_modules" / "pyodide"
RUNTIME_FILES: Final = ("pyodide.asm.mjs", "pyodide.asm.wasm")
SITE_PACKAGES: Final = "/lib/python3.14/site-packages/"
STDLIB: Final = "/lib/python314.zip/"
SMALLEST_COMPRESSED: Final = 512


@contextmanager
def progress(doing: str) -> Iterator[None]:
    begun = time.monotonic()
    yield
    print(f"page: {doing} ({time.monotonic() - begun:.1f} s)", file=sys.stderr, flush=True)


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time: they share the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock-file").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def build(out: Path) -> None:
    """Replaces `out` when all of it is there. Raises PageBuildError."""
    if not PYODIDE.exists():
        raise PageBuildError("node_modules is missing: run deno install")
    with alone():
        _build(out)


def _build(out: Path) -> None:
    new = out.with_name(f"{out.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    (new / "assets").mkdir(parents=True)
    with progress("wheels collected"):
        wheels = [binding_wheel(), engine_wheel(), locked_wheel("msgspec")]
    with progress("Python compiled"):
        stdlib, *packages = _compiled(wheels)
    with progress("packages resolved"):
        lock = _lock([wheel.name for wheel in wheels], packages)
    with progress("scripts bundled"):
        _bundle(new, stdlib, lock, dict(zip((wheel.name for wheel in wheels), packages, strict=True)))
    with progress("files compressed"):
        compress([path for path in new.rglob("*") if path.is_file() and path.stat().st_size >= SMALLEST_COMPRESSED])
    _swap(new, out)


def _compiled(wheels: list[Path]) -> list[Path]:
    """The standard library and the wheels as stored zips of .pyc."""
    stdlib = Archive((PYODIDE / "python_stdlib.zip").resolve(), STDLIB, LEFT_OUT)
    archives = [stdlib, *(Archive(wheel.resolve(), SITE_PACKAGES) for wheel in wheels)]
    recompile(archives)
    return [archive.target for archive in archives]


def _lock(names: list[str], packages: list[Path]) -> dict[str, Any]:
    """Pyodide's lock file for exactly these wheels, with addresses below /assets/."""
    recipe = (TOOLS / "resolve.py").read_bytes(), (PYODIDE / "pyodide-lock.json").read_bytes()
    contents = [package.read_bytes() for package in packages]
    folder = CACHE / "lock" / digest(*recipe, *contents, *(name.encode() for name in names))[:32]
    if not (folder / "lock.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for name, package in zip(names, packages, strict=True):
            shutil.copyfile(package, folder / name)
        micropip = locked_wheel("micropip")
        mounts = {folder: "/lock", micropip.parent: "/tool-wheels"}
        arguments = ["/lock/lock.new", *(f"/lock/{name}" for name in names)]
        in_pyodide("resolve.py", mounts, *arguments, wheels=[f"/tool-wheels/{micropip.name}"])
        (folder / "lock.new").replace(folder / "lock.json")
    lock: dict[str, Any] = json.loads((folder / "lock.json").read_text())
    for entry in lock["packages"].values():
        entry["file_name"] = _asset(entry["file_name"].rsplit("/", 1)[1], entry["sha256"])
    return lock


def _asset(name: str, content_hash: str) -> str:
    """Wheels and Pyodide's files keep their names, in a folder named after what they hold."""
    return f"{content_hash[:12]}/{name}"


def _bundle(new: Path, stdlib: Path, lock: dict[str, Any], packages: dict[str, Path]) -> None:
    assets = new / "assets"
    runtime = digest(*((PYODIDE / name).read_bytes() for name in RUNTIME_FILES))
    placed = {_asset(name, runtime): PYODIDE / name for name in RUNTIME_FILES}
    placed[_asset("stdlib.zip", digest(stdlib.read_bytes()))] = stdlib
    placed |= {entry["file_name"]: packages[entry["file_name"].split("/")[1]] for entry in lock["packages"].values()}
    for address, source in placed.items():
        (assets / address).parent.mkdir(exist_ok=True)
        shutil.copyfile(source, assets / address)
    text = json.dumps(lock, separators=(",", ":"), sort_keys=True)
    lock_name = _asset("lock.json", digest(text.encode()))
    (assets / lock_name).parent.mkdir(exist_ok=True)
    (assets / lock_name).write_text(text)
    addresses = {
        "runtime": f"/assets/{runtime[:12]}/",
        "stdlib": next(f"/assets/{address}" for address in placed if address.endswith("/stdlib.zip")),
        "lock": f"/assets/{lock_name}",
        "packages": "/assets/",
        "files": [f"/assets/{address}" for address in (*placed, lock_name)],
    }
    address_file = CACHE / "addresses.json"
    address_file.write_text(json.dumps(addresses))
    deno("bundle.ts", new, address_file)


def _swap(new: Path, out: Path) -> None:
    old = out.with_name(f"{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def main() -> int:
    if len(sys.argv) > 2 or any(word.startswith("-") for word in sys.argv[1:]):
        print("usage: python -m stack.page_build [OUT]", file=sys.stderr)
        return 2
    out = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else OUT
    try:
        build(out)
    except PageBuildError as error:
        print(f"page: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
