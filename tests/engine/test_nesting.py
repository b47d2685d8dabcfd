"""Nesting is bounded before anything that recurses sees it."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mls_chat.wire.nesting import MAX_DEPTH, check_json, check_msgpack

ATTEMPTS = settings(max_examples=300, derandomize=True, deadline=None, database=None)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=40), inner, max_size=20),
    max_leaves=40,
)
NASTY = st.sampled_from(['"', '\\"', "[" * 100, '{"', "\\", "]"])


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@ATTEMPTS
@given(value=VALUES, binary=st.binary(max_size=70_000))
def test_what_is_shallow_passes(value: Any, binary: bytes) -> None:
    check_msgpack(msgspec.msgpack.encode([value, binary, msgspec.msgpack.Ext(5, binary)]))
    check_json(msgspec.json.encode([value] * 40))


@pytest.mark.parametrize("size", [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536])
def test_every_length_of_every_kind(size: int) -> None:
    for value in ("x" * size, b"x" * size, [1] * size, dict.fromkeys(range(size)), msgspec.msgpack.Ext(1, b"x" * size)):
        check_msgpack(msgspec.msgpack.encode([value, "after"]))
        with pytest.raises(msgspec.DecodeError):
            check_msgpack(msgspec.msgpack.encode([value, nested(MAX_DEPTH)]))


@ATTEMPTS
@given(texts=st.lists(NASTY | st.text(max_size=5), max_size=40))
def test_brackets_in_texts_are_no_nesting(texts: list[str]) -> None:
    check_json(msgspec.json.encode(texts))
    deep = msgspec.json.encode(texts)[:-1] + b"," * bool(texts) + b"[" * MAX_DEPTH
    with pytest.raises(msgspec.DecodeError):
        check_json(deep)


def test_the_bound() -> None:
    check_msgpack(msgspec.msgpack.encode(nested(MAX_DEPTH)))
    check_json(msgspec.json.encode(nested(MAX_DEPTH)))
    for depth in (MAX_DEPTH + 1, 100):
        with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
            check_msgpack(msgspec.msgpack.encode(nested(depth)))
        with pytest.raises(msgspec.DecodeError, match="nested too deeply"):
            check_json(msgspec.json.encode(nested(depth)))


@ATTEMPTS
@given(data=st.binary(max_size=200))
def test_any_bytes_end(data: bytes) -> None:
    for check in (check_msgpack, check_json):
        try:
            check(data)
        except msgspec.DecodeError as error:
            assert str(error) in ("nested too deeply", "cut short")


def test_huge_counts_cost_nothing() -> None:
    for start in (b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"):
        with pytest.raises(msgspec.DecodeError):
            check_msgpack(b"\x92" + start)
