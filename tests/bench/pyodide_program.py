"""Runs inside Pyodide; started by pyodide.py."""

import sys


async def main() -> None:
    sys.path[:0] = ["/project", "/project/tests/support"]
    from tests.bench import catch_up, crypto

    crypto.measure("pyodide")
    await catch_up.measure("pyodide", 1000)
