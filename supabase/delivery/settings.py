"""What the service is told at its start, and the bounds that it keeps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from delivery.errors import SettingsError
from mls_chat.wire import MAX_FRAME_BYTES, PAGE_MAX

AUDIENCE: Final = "authenticated"
PATH: Final = "/delivery/v1"
HEALTH_PATH: Final = "/healthz"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, bytes and counts. Only tests choose others."""

    subscribe_within: float = 10
    """A socket without a valid `subscribe` is closed after this."""
    token_grace: float = 30
    """From the end of a token to the end of its socket."""
    strikes: int = 3
    """Invalid frames (or refused tokens) that end a socket."""
    frame_bytes: int = MAX_FRAME_BYTES
    deliver_bytes: int = 512 * 1024
    """Payload of one `deliver` frame, unless a single message has more."""
    page_messages: int = PAGE_MAX
    signal_bytes: int = 16 * 1024
    signals_per_second: float = 20
    signal_burst: float = 40
    unanswered_sends: int = 256
    """A socket with more than this in the writer's queue is not read until some are answered."""
    batch_messages: int = 500
    batch_bytes: int = 1024 * 1024
    congested_bytes: int = 256 * 1024
    """Unread by the peer: from here on it gets no more messages until it has read, then they come from the log."""
    buffer_bytes: int = 4 * 1024 * 1024
    """Unread by the peer: slow_reader at once."""
    slow_patience: float = 20
    """Congested for so long without a break: slow_reader."""
    ping_every: float = 20
    ack_every: float = 2
    presence_every: float = 60


@dataclass(frozen=True, slots=True)
class Settings:
    database: str = field(repr=False)
    jwks: Mapping[str, Any]
    issuer: str
    origins: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int = 0
    limits: Limits = Limits()


def from_environment(environment: Mapping[str, str], host: str, port: int) -> Settings:
    """MLS_CHAT_DELIVERY_DB, MLS_CHAT_JWKS (JSON), MLS_CHAT_ISSUER, MLS_CHAT_ORIGINS (commas). Raises SettingsError."""

    def needed(name: str) -> str:
        value = environment.get(name, "").strip()
        if not value:
            raise SettingsError(name, "must be set")
        return value

    try:
        jwks = json.loads(needed("MLS_CHAT_JWKS"))
    except json.JSONDecodeError as error:
        raise SettingsError("MLS_CHAT_JWKS", "must be a JSON key set") from error
    if not isinstance(jwks, dict):
        raise SettingsError("MLS_CHAT_JWKS", "must be a JSON key set")
    origins = tuple(origin.strip() for origin in environment.get("MLS_CHAT_ORIGINS", "").split(",") if origin.strip())
    return Settings(
        database=needed("MLS_CHAT_DELIVERY_DB"),
        jwks=jwks,
        issuer=needed("MLS_CHAT_ISSUER"),
        origins=origins,
        host=host,
        port=port,
    )
