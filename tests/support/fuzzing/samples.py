"""Values of a message's type, made from the type itself: one with everything, one with as little as it may have."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect


def samples(kind: type) -> Iterator[Any]:
    described = inspect.type_info(kind)
    yield msgspec.convert(_sample(described, full=True), kind)
    yield msgspec.convert(_sample(described, full=False), kind)


def _sample(of: inspect.Type, *, full: bool) -> object:
    match of:
        case inspect.StructType():
            wanted = [field for field in of.fields if full or field.required]
            tag = {of.tag_field: of.tag} if of.tag_field else {}
            return tag | {field.encode_name: _sample(field.type, full=full) for field in wanted}
        case inspect.UnionType():
            return _sample(of.types[0], full=full)
        case inspect.ListType():
            return [_sample(of.item_type, full=full)] * (3 if full else 0)
        case inspect.TupleType():
            return [_sample(item, full=full) for item in of.item_types]
        case inspect.DictType():
            key, value = _sample(of.key_type, full=full), _sample(of.value_type, full=full)
            return {key: value} if full else {}
        case inspect.LiteralType():
            return of.values[0]
        case inspect.BoolType():
            return full
        case inspect.IntType():
            return 1_800_000_000_000 if full else 0
        case inspect.StrType():
            return "00000000-0000-4000-8000-000000000001 \u00e4\U0001f600" if full else ""
        case inspect.BytesType():
            return bytes(range(256)) if full else b""
        case _:
            raise NotImplementedError(f"no sample of {of}")
