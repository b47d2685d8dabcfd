"""A bound on nesting, checked without recursion: inside WebAssembly a deep one would end the whole runtime."""

import re
from typing import Final

import msgspec

MAX_DEPTH: Final = 32
_json_tokens: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)
_FIXED: Final = {0xCA: 4, 0xCB: 8} | {0xCC + n: 2**n for n in range(4)} | {0xD0 + n: 2**n for n in range(4)}
_FIXED_EXT: Final = {0xD4 + n: 1 + 2**n for n in range(5)}
_SIZED: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_SIZED_EXT: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_CONTAINERS: Final = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}
"""Bytes of the count, and values an item."""


def check_json(data: bytes) -> None:
    """Raises msgspec.DecodeError for what is nested deeper than MAX_DEPTH; says nothing of the rest."""
    if data.count(b"[") + data.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _json_tokens.finditer(data):
        first = token[0][:1]
        depth += first in b"[{"
        depth -= first in b"]}"
        if depth > MAX_DEPTH:
            raise msgspec.DecodeError("nested too deeply")


def check_msgpack(data: bytes) -> None:
    """Raises msgspec.DecodeError for what is nested deeper than MAX_DEPTH, or cut short."""
    left, at = [1], 0
    while left:
        if not left[-1]:
            left.pop()
            continue
        if at >= len(data):
            raise msgspec.DecodeError("cut short")
        left[-1] -= 1
        at, values = _step(data, at)
        if values:
            left.append(values)
            if len(left) > MAX_DEPTH + 1:
                raise msgspec.DecodeError("nested too deeply")


def _step(data: bytes, at: int) -> tuple[int, int]:
    """Where the next value starts, and how many values are inside this one, from there on."""
    kind, at = data[at], at + 1
    if 0x80 <= kind <= 0x9F:
        return at, (kind & 15) * (2 if kind < 0x90 else 1)
    if 0xA0 <= kind <= 0xBF:
        return at + (kind & 31), 0
    if kind in _CONTAINERS:
        size, values = _CONTAINERS[kind]
        return at + size, _number(data, at, size) * values
    if kind in _SIZED:
        return at + _SIZED[kind] + _number(data, at, _SIZED[kind]), 0
    if kind in _SIZED_EXT:
        return at + _SIZED_EXT[kind] + 1 + _number(data, at, _SIZED_EXT[kind]), 0
    return at + _FIXED.get(kind, 0) + _FIXED_EXT.get(kind, 0), 0


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")
