"""What is costly to make, kept by the hash of what it was made from: recompiled archives and brotli streams."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import brotli  # type: ignore[import-untyped]
from deno import find_deno_bin  # type: ignore[import-untyped]

ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / "client" / "web" / "build"
CACHE: Final = ROOT / ".build" / "page-cache"
BROTLI_WINDOW: Final = 24


class PageBuildError(Exception):
    """The page could not be built; the text says what to do."""


def digest(*parts: bytes) -> str:
    state = hashlib.sha256()
    for part in parts:
        state.update(len(part).to_bytes(8, "big") + part)
    return state.hexdigest()


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The cache's file of that name; `make` writes it to the path given, once."""
    path = CACHE / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        make(unfinished)
        unfinished.replace(path)
    return path


def deno(script: str, *args: str | Path) -> None:
    """Runs one of the page's build scripts. Raises PageBuildError with what it said."""
    command = [find_deno_bin(), "run", "--quiet", "--allow-all", str(TOOLS / script), *map(str, args)]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise PageBuildError(f"{script} failed:\n{done.stdout}{done.stderr}")


def in_pyodide(program: str, mounts: dict[Path, str], *args: str, wheels: Sequence[str] = ()) -> None:
    """Runs a Python program of the build inside Pyodide. Raises PageBuildError."""
    words = [word for host, inside in {TOOLS: "/tools", **mounts}.items() for word in ("--mount", f"{host}={inside}")]
    words += [word for wheel in wheels for word in ("--install", wheel)]
    deno("in_pyodide.ts", *words, f"/tools/{program}", *args)


@dataclass(frozen=True)
class Archive:
    """A zip or wheel of Python sources, to become one of .pyc. `prefix` is the folder it will be imported from."""

    source: Path
    prefix: str
    without: tuple[str, ...] = ()

    @property
    def target(self) -> Path:
        recipe = (TOOLS / "recompile.py").read_bytes(), self.prefix.encode(), " ".join(self.without).encode()
        return CACHE / "pyc" / f"{digest(self.source.read_bytes(), *recipe)[:32]}.zip"


def recompile(archives: Sequence[Archive]) -> None:
    """Makes every `target` that is not there yet, all in one start of Pyodide. Raises PageBuildError."""
    missing = [archive for archive in archives if not archive.target.exists()]
    if not missing:
        return
    folder = CACHE / "pyc"
    folder.mkdir(parents=True, exist_ok=True)
    mounts, jobs = {folder: "/out"}, []
    for archive in missing:
        inside = mounts.setdefault(archive.source.parent, f"/in{len(mounts)}")
        target = f"/out/{archive.target.name}.new"
        source = f"{inside}/{archive.source.name}"
        jobs.append({"source": source, "target": target, "prefix": archive.prefix, "without": archive.without})
    (folder / "jobs.json").write_text(json.dumps(jobs))
    in_pyodide("recompile.py", mounts, "/out/jobs.json")
    for archive in missing:
        archive.target.with_name(f"{archive.target.name}.new").replace(archive.target)


def compress(paths: Sequence[Path]) -> None:
    """Puts a brotli stream beside every file, from the cache where the content is known."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_compress, sorted(paths, key=lambda path: path.stat().st_size, reverse=True)))


def _compress(path: Path) -> None:
    content = path.read_bytes()

    def make(target: Path) -> None:
        target.write_bytes(brotli.compress(content, quality=11, lgwin=BROTLI_WINDOW))

    stream = kept(f"brotli/{digest(content)[:32]}.br", make)
    shutil.copyfile(stream, path.with_name(f"{path.name}.br"))
