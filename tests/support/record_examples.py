"""One record of every kind with every field set, made from the fields themselves: none can be forgotten."""

import typing
from typing import Any

import msgspec

from mls_chat.records import RECORDS, Record


def example(kind: type[msgspec.Struct]) -> Any:
    fields = msgspec.structs.fields(kind)
    return kind(**{field.name: _value(field.type, field.name, place) for place, field in enumerate(fields, 1)})


def _value(annotation: Any, name: str, place: int) -> Any:
    """Never what a default could be."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return arguments[-1]
    if origin is list:
        return [_value(arguments[0], name, place)]
    if origin is set:
        return {_value(arguments[0], name, place)}
    if origin is tuple:
        return tuple(_value(argument, name, place) for argument in arguments)
    if origin is dict:
        return {name: _value(arguments[1], name, place)}
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return example(annotation)
    return {str: f"{name} é", bytes: b"\x00" + name.encode(), int: 1_000 * place, bool: True}[annotation]


def examples() -> list[Record]:
    return [example(kind) for _, kind in sorted(RECORDS.items())]
