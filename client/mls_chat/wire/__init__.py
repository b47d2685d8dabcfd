"""Frames and bodies that both ends speak; all of mls_chat that the delivery service may import."""

from mls_chat.wire.bodies import ENDPOINTS, Endpoint, ErrorBody, decode_error
from mls_chat.wire.frames import ClientFrame, ServerFrame, decode_client, decode_server, encode
from mls_chat.wire.limits import (
    MAX_BODY_BYTES,
    MAX_CIPHERTEXT_BYTES,
    MAX_FRAME_BYTES,
    MAX_NAME_CHARS,
    MAX_TEXT_BYTES,
    PAGE_DEFAULT,
    PAGE_MAX,
)

__all__ = [
    "ENDPOINTS",
    "MAX_BODY_BYTES",
    "MAX_CIPHERTEXT_BYTES",
    "MAX_FRAME_BYTES",
    "MAX_NAME_CHARS",
    "MAX_TEXT_BYTES",
    "PAGE_DEFAULT",
    "PAGE_MAX",
    "ClientFrame",
    "Endpoint",
    "ErrorBody",
    "ServerFrame",
    "decode_client",
    "decode_error",
    "decode_server",
    "encode",
]
