"""Decoding that raises `msgspec.DecodeError` alone, whatever comes in."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def decoded(decode: Callable[[Any], T], data: str | bytes | msgspec.Raw) -> T:
    """`decode(data)`. Raises msgspec.DecodeError, also for invalid UTF-8, surrogates and deep nesting."""
    try:
        return decode(data)
    except msgspec.DecodeError:
        raise
    except (ValueError, OverflowError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error
