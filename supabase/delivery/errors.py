"""The codes that this service answers with, what ends a socket, and the exceptions behind both."""

from enum import IntEnum, StrEnum
from typing import Final


class Code(StrEnum):
    """Codes of ERRORS.md that this service itself raises; others come from SQL and are passed on."""

    UNAUTHENTICATED = "unauthenticated"
    TOKEN_INVALID = "token_invalid"
    TOKEN_EXPIRED = "token_expired"
    DEVICE_REVOKED = "device_revoked"
    BAD_REQUEST = "bad_request"
    NOT_A_MEMBER = "not_a_member"
    NOT_SUBSCRIBED = "not_subscribed"
    FRAME_INVALID = "frame_invalid"
    FRAME_TOO_LARGE = "frame_too_large"
    RATE_LIMITED = "rate_limited"
    SLOW_READER = "slow_reader"
    CHANNEL_CLOSED = "channel_closed"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


class CloseCode(IntEnum):
    """Why the service ends a socket."""

    RESTART = 1012
    INVALID_FRAMES = 4400
    UNAUTHENTICATED = 4401
    REVOKED = 4403
    SLOW_READER = 4408


SENTENCES: Final[dict[str, str]] = {
    Code.UNAUTHENTICATED: "Subscribe with a valid token first.",
    Code.TOKEN_EXPIRED: "The token has expired: send an auth frame with a new one.",
    Code.DEVICE_REVOKED: "This device was revoked by its account.",
    Code.NOT_A_MEMBER: "This device is not a member of the group.",
    Code.NOT_SUBSCRIBED: "Subscribe to the group first.",
    Code.RATE_LIMITED: "Too many signals: this one was not relayed.",
    Code.SLOW_READER: "This device reads more slowly than it is written to: come back with your cursor.",
    Code.CHANNEL_CLOSED: "The service restarts: come back with your cursor.",
    Code.UNAVAILABLE: "The database does not answer: try again a little later.",
    Code.INTERNAL: "The service failed on this request: try again a little later.",
    "message_id_conflict": "This message id was used for other bytes.",
    "device_cloned": "This client_seq was used for another message: the device's state exists twice.",
    "not_a_commit": "Commits go through send_commit.",
    "stale_epoch": "The group has moved on: process its commits and encrypt again.",
    "future_epoch": "The group has not reached this epoch.",
    "message_too_large": "The message exceeds 256 KiB.",
    "bad_request": "A field is out of bounds.",
}


def sentence(code: str) -> str:
    return SENTENCES.get(code, "The request was refused.")


class DeliveryError(Exception):
    """Base of what this service raises."""


class RefusedError(DeliveryError):
    """The peer asked for what it may not have; the socket stays."""

    def __init__(self, code: str, message: str | None = None, group_id: str | None = None) -> None:
        self.code = code
        self.message = sentence(code) if message is None else message
        self.group_id = group_id
        super().__init__(f"{code}: {self.message}")


class UnavailableError(DeliveryError):
    """The database could not be asked, or broke off while it worked; trying again later is right."""

    def __init__(self, cause: BaseException) -> None:
        self.cause = type(cause).__name__
        super().__init__(f"database unavailable ({self.cause})")


class SettingsError(DeliveryError):
    """The service cannot start as configured."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
