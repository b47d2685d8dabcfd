"""Runs inside Pyodide: zips of .py become stored zips of .pyc, so that a start compiles and inflates nothing.

    recompile.py JOBS.json      [{"source", "target", "prefix", "without": [names]}, …]

`prefix` is where the files will lie, for tracebacks. `without` names modules or packages to leave out.
"""

import base64
import hashlib
import importlib._bootstrap_external as bootstrap
import importlib.util
import json
import sys
import zipfile

TIME = (1980, 1, 1, 0, 0, 0)


def compiled(name: str, source: bytes, prefix: str) -> bytes:
    code = compile(source, prefix + name, "exec", dont_inherit=True, optimize=0)
    return bytes(bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False))


def record_line(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"{name},sha256={digest},{len(data)}"


def recompile(source: str, target: str, prefix: str, without: list[str]) -> None:
    skipped = tuple(f"{name}/" for name in without) + tuple(f"{name}.py" for name in without)
    records, record_file = [], None
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in sorted(old.infolist(), key=lambda each: each.filename):
            name, data = info.filename, old.read(info)
            if name.endswith("/") or name.startswith(skipped):
                continue
            if name.endswith(".dist-info/RECORD"):
                record_file = name
                continue
            if name.endswith(".py"):
                name, data = f"{name}c", compiled(name, data, prefix)
            new.writestr(zipfile.ZipInfo(name, TIME), data)
            records.append(record_line(name, data))
        if record_file:
            new.writestr(zipfile.ZipInfo(record_file, TIME), "\n".join([*records, f"{record_file},,", ""]))


def main() -> None:
    with open(sys.argv[1]) as file:
        for job in json.load(file):
            recompile(**job)
