"""Bytes spoiled by a draw: flipped, cut, inserted, moved, lengths edited, two inputs spliced."""

import random
from collections.abc import Callable, Sequence
from typing import Final

TRICKY: Final = tuple(
    bytes.fromhex(each)
    for each in (
        *("00", "01", "02", "3f", "40", "7f", "80", "bf", "c0", "dc", "df", "ff", "4000", "4040", "7fff", "8000"),
        *("0000", "ffff", "80000000", "80100000", "bfffffff", "ffffffff", "00000000", "7fffffff", "dd7fffffff"),
        *("0000000000000000", "ffffffffffffffff", "7fffffffffffffff", "8000000000000000", "c6ffffffff", "91" * 40),
    )
)
MOST_TOGETHER: Final = 4
LONGEST_PIECE: Final = 64


def mutate(draw: random.Random, seeds: Sequence[bytes]) -> bytes:
    """One of the valid inputs after one to four mutations."""
    data = seeds[int(draw.random() * len(seeds))]
    for _ in range(1 + int(draw.random() ** 2 * MOST_TOGETHER)):
        data = MUTATIONS[int(draw.random() * len(MUTATIONS))](draw, data, seeds)
    return data


def _place(draw: random.Random, data: bytes) -> int:
    return int(draw.random() * (len(data) + 1))


def _piece(draw: random.Random) -> int:
    """Mostly short."""
    return 1 + int(draw.random() ** 3 * LONGEST_PIECE)


def flip_bit(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = int(draw.random() * len(data))
    return data[:at] + bytes([data[at] ^ 1 << int(draw.random() * 8)]) + data[at + 1 :]


def set_byte(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + bytes([int(draw.random() * 256)]) + data[at + 1 :]


def set_tricky(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at, value = _place(draw, data), TRICKY[int(draw.random() * len(TRICKY))]
    return data[:at] + value + data[at + len(value) :]


def cut(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data[: _place(draw, data)]


def cut_a_little(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data[: -_piece(draw)]


def behead(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data[_piece(draw) :]


def insert(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + draw.randbytes(_piece(draw)) + data[at:]


def insert_tricky(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + TRICKY[int(draw.random() * len(TRICKY))] + data[at:]


def append(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    return data + draw.randbytes(_piece(draw))


def delete(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at = _place(draw, data)
    return data[:at] + data[at + _piece(draw) :]


def repeat(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at, length = _place(draw, data), _piece(draw)
    return data[:at] + data[at : at + length] + data[at:]


def swap(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    at, length = _place(draw, data), _piece(draw)
    return data[:at] + data[at + length : at + 2 * length] + data[at : at + length] + data[at + 2 * length :]


def splice(draw: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """The beginning of one input, the end of another, at the same place or at two."""
    other = seeds[int(draw.random() * len(seeds))]
    at = _place(draw, data)
    return data[:at] + other[at if draw.random() < 0.5 else _place(draw, other) :]


def transplant(draw: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """A piece of another input in the place of one as long."""
    other = seeds[int(draw.random() * len(seeds))]
    start, length, at = _place(draw, other), 2 * _piece(draw), _place(draw, data)
    piece = other[start : start + length]
    return data[:at] + piece + data[at + len(piece) :]


def edit_length(draw: random.Random, data: bytes, _seeds: Sequence[bytes]) -> bytes:
    """What could be a variable-length size (RFC 9420, section 2.1.2) becomes another; what it measures stays."""
    if not data:
        return data
    at = int(draw.random() * len(data))
    width = min(1 << (data[at] >> 6), 4)
    length = int.from_bytes(data[at : at + width], "big") & (1 << (8 * width - 2)) - 1
    sizes = (length + 1, length - 1, 2 * length, length // 2, 0, 1, len(data) - at - width, 63, 64, 16383, 16384)
    return data[:at] + _length(max(sizes[int(draw.random() * len(sizes))], 0)) + data[at + width :]


def _length(size: int) -> bytes:
    if size < 1 << 6:
        return bytes([size])
    if size < 1 << 14:
        return (size | 1 << 14).to_bytes(2, "big")
    return (size & (1 << 30) - 1 | 2 << 30).to_bytes(4, "big")


Mutation = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
IN_PLACE: Final[tuple[Mutation, ...]] = (flip_bit, flip_bit, set_byte, set_tricky, transplant)
MOVING: Final[tuple[Mutation, ...]] = (
    *(edit_length, edit_length, splice, cut, cut_a_little, behead),
    *(insert, insert_tricky, append, delete, repeat, swap),
)
MUTATIONS: Final = (*IN_PLACE * 3, *MOVING)
"""Half of them keep every other byte where it is: most of what is decoded is lengths, and hides what comes after."""
