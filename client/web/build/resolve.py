"""Runs inside Pyodide: resolves wheels by micropip and freezes the outcome as a Pyodide lock file.

    resolve.py OUT.json WHEEL…

Every dependency must be among the wheels: no index is asked.
"""

import json
import sys
from pathlib import Path

import micropip


async def main() -> None:
    out, *wheels = sys.argv[1:]
    await micropip.install([f"emfs:{wheel}" for wheel in wheels], index_urls=[])
    lock = json.loads(micropip.freeze())
    lock["packages"] = {name: package for name, package in lock["packages"].items() if from_here(package)}
    Path(out).write_text(json.dumps(lock, sort_keys=True))


def from_here(package: dict[str, object]) -> bool:
    return str(package["file_name"]).startswith("emfs:")
