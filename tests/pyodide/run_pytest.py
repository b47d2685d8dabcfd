"""Runs inside Pyodide: pytest over folders mounted there.

run_pytest.py [PYTEST OPTION…] FOLDER…
"""

import sys

import pytest

SUPPORT = "/project/tests/support"


def main() -> int:
    sys.path.insert(0, SUPPORT)
    common = ["-q", "-c", "/project/tests/pyodide/inner.ini", "--rootdir", "/project", "-p", "no:cacheprovider"]
    return int(pytest.main([*common, *sys.argv[1:]]))
