"""Runs inside Pyodide on the page's own standard library: imports every module and uses the lazily imported ones."""

import asyncio
import importlib
import pkgutil
import traceback

import mls_chat
from mls_rs_python import Crypto


def main() -> None:
    for module in pkgutil.walk_packages(mls_chat.__path__, "mls_chat."):
        importlib.import_module(module.name)
        print(module.name)
    asyncio.get_running_loop().call_soon(print)
    try:
        Crypto(1).aead_open(b"k" * 16, b"n" * 12, b"not a ciphertext at all")
    except Exception:
        print(traceback.format_exc())
