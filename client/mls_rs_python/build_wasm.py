"""Builds the wheel for Pyodide into dist/ next to this file, with Debian's Rust and wasm-ld; no emcc is needed.

    python client/mls_rs_python/build_wasm.py [--force]

Nothing is done where the sources and the toolchain are those of the wheel that is there.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

CRATE = Path(__file__).resolve().parent
DIST = CRATE / "dist"
STAMP = DIST / ".stamp"
TARGET = "wasm32-unknown-emscripten"
WHEEL_TAG = "pyemscripten_2026_0_wasm32"
SOURCES = ("*.toml", "Cargo.lock", "README.md", "*.py", "src/**/*.rs", "python/**/*.py*", "wasm-bindgen-empty/**/*.*")
CARGO, RUSTC = "/usr/bin/cargo", "/usr/bin/rustc"

RUSTFLAGS = (
    # a side module is placed by Pyodide's loader
    "-Crelocation-model=pic",
    "-Clink-self-contained=no",
    "-Clinker-flavor=em",
    # a panic becomes a Python exception; with abort it would end the interpreter
    "-Cpanic=unwind",
    # faster hashing; every browser that runs Pyodide 314 has it
    "-Ctarget-feature=+simd128",
)
# what Pyodide's loader resolves: its own functions, and the offset tables of position-independent code
RESOLVED = {"env", "GOT.mem", "GOT.func"}
BUILD_SETTINGS = {
    "CARGO": CARGO,
    "RUSTC": RUSTC,
    "RUSTC_BOOTSTRAP": "1",
    "CARGO_UNSTABLE_BUILD_STD": "std,panic_unwind",
    "CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_LINKER": str(CRATE / "wasm_linker.py"),
    "CARGO_TARGET_WASM32_UNKNOWN_EMSCRIPTEN_RUSTFLAGS": " ".join(RUSTFLAGS),
    "MATURIN_PYEMSCRIPTEN_PLATFORM_VERSION": "2026_0",
    "MATURIN_EMSCRIPTEN_VERSION": "5.0.3",
}


class BuildError(Exception):
    """Says in one line what is missing or wrong."""


def require_tools() -> str:
    """Checks the Debian packages and gives the path of maturin."""
    for path, package in ((CARGO, "cargo-web"), (RUSTC, "rustc-web")):
        if not os.access(path, os.X_OK):
            raise BuildError(f"{path} is missing: install the Debian package {package}")
    sysroot = subprocess.run([RUSTC, "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    if not Path(sysroot, "lib/rustlib/src/rust/library/std").is_dir():
        raise BuildError("the sources of std are missing: install the Debian package rust-web-src")
    if not any(map(shutil.which, ("wasm-ld-19", "wasm-ld"))):
        raise BuildError("wasm-ld is missing: install the Debian package lld-19")
    maturin = shutil.which("maturin", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if maturin is None:
        raise BuildError("maturin is missing: run `uv sync`")
    return maturin


def source_files() -> Iterator[Path]:
    for pattern in SOURCES:
        yield from sorted(path for path in CRATE.glob(pattern) if path.is_file() and path.suffix != ".pyc")


def fingerprint() -> str:
    """A hash of everything that the wheel is made from."""
    digest = hashlib.sha256(subprocess.run([RUSTC, "-vV"], check=True, capture_output=True).stdout)
    for path in source_files():
        digest.update(f"{path.relative_to(CRATE)}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def built_wheel() -> Path | None:
    return next(DIST.glob(f"*{WHEEL_TAG}.whl"), None)


def environment(outer: Mapping[str, str]) -> dict[str, str]:
    """The outer environment without flags meant for other builds."""
    foreign = {"RUSTFLAGS", "CARGO_BUILD_TARGET", "CARGO_ENCODED_RUSTFLAGS"}
    return {name: value for name, value in outer.items() if name not in foreign} | BUILD_SETTINGS


def build(maturin: str) -> Path:
    """Runs maturin and gives the wheel."""
    staging = DIST / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    command = [maturin, "build", "--release", "--locked", "--target", TARGET, "--out", str(staging)]
    if subprocess.run(command, cwd=CRATE, env=environment(os.environ), check=False).returncode:
        raise BuildError("maturin failed; what it said stands above")
    wheels = list(staging.glob(f"*{WHEEL_TAG}.whl"))
    if len(wheels) != 1:
        raise BuildError(f"maturin made {[path.name for path in staging.iterdir()]} instead of one {WHEEL_TAG} wheel")
    return wheels[0]


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned integer at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and content of each section of a wasm module."""
    at = 8
    while at < len(module):
        number = module[at]
        size, start = leb128(module, at + 1)
        at = start + size
        yield number, module[start:at]


def skip_import_type(data: bytes, at: int) -> int:
    """Past the description of an import: function, table, memory, global or tag."""
    kind, at = data[at], at + 1
    if kind in (1, 3):
        at += 1
    if kind == 3:
        return at + 1
    if kind in (1, 2):
        flags, at = leb128(data, at)
        for _ in range(1 + (flags & 1)):
            _, at = leb128(data, at)
        return at
    if kind == 4:
        at += 1
    return leb128(data, at)[1]


def imported_modules(module: bytes) -> set[str]:
    """The names of the modules that a wasm module imports from."""
    names: set[str] = set()
    for content in (content for number, content in sections(module) if number == 2):
        count, at = leb128(content, 0)
        for _ in range(count):
            size, at = leb128(content, at)
            names.add(content[at : at + size].decode())
            size, at = leb128(content, at + size)
            at = skip_import_type(content, at + size)
    return names


def check_imports(wheel: Path) -> None:
    """Refuses a module that needs what Pyodide's loader does not have, such as glue of wasm-bindgen."""
    with zipfile.ZipFile(wheel) as archive:
        modules = [name for name in archive.namelist() if name.endswith(".so")]
        if len(modules) != 1:
            raise BuildError(f"the wheel holds {len(modules)} native modules instead of one")
        foreign = imported_modules(archive.read(modules[0])) - RESOLVED
    if foreign:
        raise BuildError(f"the module imports from {sorted(foreign)}, which Pyodide does not have")


def main() -> None:
    try:
        maturin = require_tools()
        wanted = fingerprint()
        ready = built_wheel()
        if ready and STAMP.is_file() and STAMP.read_text() == wanted and "--force" not in sys.argv[1:]:
            print(f"{ready.name} is up to date")
            return
        wheel = build(maturin)
        check_imports(wheel)
        STAMP.unlink(missing_ok=True)
        for old in DIST.glob(f"*{WHEEL_TAG}.whl"):
            old.unlink()
        ready = wheel.rename(DIST / wheel.name)
        shutil.rmtree(wheel.parent)
        STAMP.write_text(wanted)
        print(f"built {ready.name}, {ready.stat().st_size} bytes")
    except BuildError as error:
        sys.exit(f"build_wasm: {error}")


if __name__ == "__main__":
    main()
