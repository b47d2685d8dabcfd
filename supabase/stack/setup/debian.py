"""The Debian packages that are needed, installed through apt as root or with sudo."""

import os
import shutil
import subprocess
import sys
from typing import Final

from stack.setup import programs
from stack.setup.stamps import SetupError

BUILD_PACKAGES: Final = (
    "python3-venv",
    "ca-certificates",
    "gcc",
    "libc6-dev",
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "lld-19",
)
TEST_PACKAGES: Final = ("chromium", "rust-web-clippy", "rustfmt-web")


def install(packages: tuple[str, ...]) -> None:
    """Raises SetupError, naming what to install by hand, when we may not."""
    absent = missing(packages)
    if not absent:
        return
    names = " ".join(absent)
    if not shutil.which("apt-get"):
        raise SetupError(f"this is no Debian system: install what these Debian packages hold, then try again: {names}")
    root = _root_prefix(names)
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-y", "-o", "DPkg::Lock::Timeout=300"]
    programs.run("apt-update", [*apt, "update"])
    programs.run("apt-install", [*apt, "install", "--no-install-recommends", "--no-remove", *absent])


def missing(packages: tuple[str, ...]) -> list[str]:
    if not shutil.which("dpkg-query"):
        return list(packages)
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *packages]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    return [name for name in packages if f"{name} installed" not in found]


def _root_prefix(names: str) -> list[str]:
    if os.geteuid() == 0:
        return []
    by_hand = f"run as root: apt-get update && apt-get install --no-install-recommends {names}"
    if not shutil.which("sudo"):
        raise SetupError(f"Debian packages are missing and this user is not root and has no sudo; {by_hand}")
    if not sys.stdin.isatty() and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        raise SetupError(f"Debian packages are missing and sudo needs a password; {by_hand}")
    subprocess.run(["sudo", "-v"], check=False)  # asks for the password before output goes to the log
    return ["sudo"]
