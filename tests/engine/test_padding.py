"""Buckets hide lengths, and nothing but what was padded comes out again."""

import pytest

from mls_chat.padding import PaddingRefused, pad, unpad


@pytest.mark.parametrize("size", [0, 1, 251, 252, 253, 508, 1019, 1020, 1021, 5000])
def test_there_and_back(size: int) -> None:
    data = bytes(range(256)) * 20
    assert unpad(pad(data[:size])) == data[:size]


def test_short_texts_have_one_size() -> None:
    assert {len(pad(b"x" * size)) for size in range(253)} == {256}
    assert len(pad(b"x" * 253)) == 512
    assert len(pad(b"x" * 1020)) == 1024


@pytest.mark.parametrize("bad", [b"", b"\0\0\0", b"\0\0\0\2a", b"\0\0\0\1ab", b"\xff\xff\xff\xff" + b"\0" * 252])
def test_what_was_not_padded_so_is_refused(bad: bytes) -> None:
    with pytest.raises(PaddingRefused):
        unpad(bad)
