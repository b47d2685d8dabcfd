"""What every refusal looks like."""

from typing import Final

import msgspec

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.decoding import decoded
from mls_chat.wire.nesting import check_json


class ErrorBody(Body):
    """Every refusal: `code` of ERRORS.md, `error` a sentence that helps, `details` facts such as the group's epoch."""

    code: str
    error: str
    details: dict[str, int | str] = msgspec.field(default_factory=dict)


_error: Final = msgspec.json.Decoder(ErrorBody)


def decode_error(body: bytes) -> ErrorBody:
    """The body of a refusal. Raises msgspec.DecodeError for anything else, a gateway's own page for example."""
    check_json(body)
    return decoded(_error.decode, body)
