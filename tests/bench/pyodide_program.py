"""Runs inside Pyodide; started by pyodide.py."""

import sys


def main() -> None:
    sys.path.insert(0, "/project")
    from tests.bench import crypto

    crypto.measure("pyodide")
