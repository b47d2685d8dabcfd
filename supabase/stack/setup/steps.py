"""What a goal of the Makefile needs, in order."""

import sys
import venv
from pathlib import Path
from typing import Final

from stack.setup import debian, programs
from stack.setup.stamps import BUILD, ROOT, Step

UV: Final = BUILD / "uv" / "bin"
VENV: Final = ROOT / ".venv" / "bin"
CRATE: Final = "client/mls_rs_python"
CRATE_FILES: Final = ("*.toml", "Cargo.lock", "src", "python", "*/*.toml")
NATIVE_INPUTS: Final = tuple(f"{CRATE}/{file}" for file in CRATE_FILES)
PAGE_INPUTS: Final = ("client/web", "client/mls_chat", "supabase/stack/page*", "uv.lock", "deno.json", "deno.lock")
LOCKS: Final = ("pyproject.toml", "uv.lock")
RUN_GROUPS: Final = ("--no-default-groups", "--group", "server", "--group", "page")
QUICK_BUILD: Final = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
"""For this machine's own copy of the binding: half the build time for a few percent of its speed."""
LATER: Final = ("--no-install-project", "--no-install-package", "mls-rs-python")


def _uv() -> None:
    venv.create(UV.parent, with_pip=True, clear=True)
    install = ["install", "--quiet", "--require-hashes", "--requirement", "supabase/stack/setup/uv.txt"]
    programs.run("uv", [UV / "python", "-m", "pip", *install])


def _sync(log: str, *flags: str) -> None:
    """Adds what is missing; what other goals have installed stays."""
    command: list[str | Path] = [UV / "uv", "sync", "--frozen", "--inexact", "--python", sys.executable, *flags]
    programs.run(log, command, QUICK_BUILD)


def _deno() -> None:
    programs.run("deno-install", [VENV / "deno", "install", "--frozen"])


def _wasm() -> None:
    # a build folder of its own, so that both builds of the crate can run at the same time
    own_folder = {"CARGO_TARGET_DIR": str(BUILD / "wasm-target")}
    programs.run("wheel", [VENV / "python", f"{CRATE}/build_wasm.py"], own_folder)


def _page() -> None:
    programs.run("page", [VENV / "python", "-m", "stack.page_build"])


_BUILD_PACKAGES: Final = Step(
    "Debian packages", lambda: debian.install(debian.BUILD_PACKAGES), salt=" ".join(debian.BUILD_PACKAGES)
)
_TEST_PACKAGES: Final = Step(
    "Debian packages for tests", lambda: debian.install(debian.TEST_PACKAGES), salt=" ".join(debian.TEST_PACKAGES)
)
_UV: Final = Step("uv", _uv, ["supabase/stack/setup/uv.txt"], [".build/uv/bin/uv"])
_PACKAGES: Final = Step(
    "Python packages", lambda: _sync("uv-sync", *RUN_GROUPS, *LATER), LOCKS, [".venv/bin/deno", ".venv/bin/maturin"]
)
_TEST_PYTHON: Final = Step(
    "Python packages for tests", lambda: _sync("uv-sync-tests", *LATER), LOCKS, [".venv/bin/pytest"]
)
_BINDING: Final = Step(
    "binding", lambda: _sync("uv-sync-binding", *RUN_GROUPS), [*LOCKS, *NATIVE_INPUTS], [".venv/bin/mls-chat"]
)
_DENO: Final = Step("npm packages", _deno, ["deno.json", "deno.lock", "client/web/**/deno.json"], ["node_modules"])
_WASM: Final = Step("wheel for the browser", _wasm, [*NATIVE_INPUTS, f"{CRATE}/*.py"], [f"{CRATE}/dist/*.whl"])
_PAGE: Final = Step(
    "page",
    _page,
    [*PAGE_INPUTS, f"{CRATE}/dist/*.whl"],
    [".build/page/index.html"],
)

Together = tuple[Step, ...]
_BUILDS: Final[tuple[Together, ...]] = ((_DENO, _BINDING, _WASM), (_PAGE,))
GOALS: Final[dict[str, tuple[Together, ...]]] = {
    "run": ((_BUILD_PACKAGES,), (_UV,), (_PACKAGES,), *_BUILDS),
    "test": ((_BUILD_PACKAGES,), (_TEST_PACKAGES, _UV), (_PACKAGES,), (_TEST_PYTHON,), *_BUILDS),
    "wheel": ((_BUILD_PACKAGES,), (_UV,), (_PACKAGES,), (_WASM,)),
}
"""Steps in order; those in one tuple run at the same time."""
