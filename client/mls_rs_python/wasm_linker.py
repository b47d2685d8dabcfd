#!/usr/bin/env python3
"""Stands where rustc expects emcc: links a Pyodide side module with wasm-ld alone.

rustc speaks to it as to emcc, with settings and system libraries that a side module does not have; only the objects,
the archives and the output are kept.
"""

import os
import sys
from collections.abc import Sequence

WASM_LD = ("wasm-ld-19", "wasm-ld")
SIDE_MODULE = (
    "-shared",
    "--experimental-pic",
    "--no-entry",
    "--import-undefined",
    "--unresolved-symbols=import-dynamic",
    "-Bsymbolic",
    "--export=PyInit__mls_rs_python",
    "--export-if-defined=__wasm_apply_data_relocs",
    "--export-if-defined=__wasm_call_ctors",
    "--gc-sections",
    "--strip-all",
)


def expand(arguments: Sequence[str]) -> list[str]:
    """The arguments, with response files (@path) replaced by their lines."""
    expanded: list[str] = []
    for argument in arguments:
        if argument.startswith("@"):
            with open(argument[1:], encoding="utf-8") as lines:
                expanded += [line.strip().strip('"') for line in lines]
        else:
            expanded.append(argument)
    return expanded


def inputs(arguments: Sequence[str]) -> list[str]:
    """What is to be linked, and where to."""
    kept: list[str] = []
    for before, argument in zip(["", *arguments], arguments, strict=False):
        if before == "-o":
            kept += ["-o", argument]
        elif argument.endswith((".o", ".rlib", ".a")) and not argument.startswith("-"):
            kept.append(argument)
    return kept


def main() -> None:
    command = [*SIDE_MODULE, *inputs(expand(sys.argv[1:]))]
    for linker in WASM_LD:
        try:
            os.execvp(linker, [linker, *command])
        except FileNotFoundError:
            continue
    sys.exit("wasm-ld is missing: install the Debian package lld-19")


if __name__ == "__main__":
    main()
