"""What the tabs of one browser say to each other on their channel: JSON text, each with the number of its format."""

from typing import Any, Final

import msgspec

from mls_chat.events import PageEvent
from mls_chat.wire.decoding import decoded

FORMAT: Final = 1
"""Raised with every change of messages, page events or views that another build could not read."""


class OtherFormat(Exception):
    """A tab of another build speaks; `newer` than this one or older."""

    def __init__(self, number: int) -> None:
        super().__init__(f"format {number}, this tab speaks {FORMAT}")
        self.newer = number > FORMAT


class _Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    format: int = FORMAT


class Ping(_Message, frozen=True, tag="ping"):
    """Is there an owner?"""


class Beat(_Message, frozen=True, tag="beat"):
    """The owner lives: its answer to a ping, and what a new one says first. `generation` 0: it still opens the storage.
    `stolen`: it took the account from an owner that did not answer."""

    generation: int
    stolen: bool = False


class Hello(_Message, frozen=True, tag="hello"):
    """A follower that has found its owner: to be shown everything."""

    tab: str


class Asked(_Message, frozen=True, tag="asked"):
    """A follower's page event for the owner of this generation, see FromTab."""

    tab: str
    generation: int
    event: PageEvent
    serial: int
    settled: int


class Shown(_Message, frozen=True, tag="shown"):
    """A view for one tab, or for all."""

    generation: int
    tab: str | None
    view: msgspec.Raw


class _AnyMessage(msgspec.Struct):
    format: int


Message = Ping | Beat | Hello | Asked | Shown

_any: Final = msgspec.json.Decoder(_AnyMessage)
_messages: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(Message)


def encode_message(message: Message) -> str:
    return msgspec.json.encode(message).decode()


def decode_message(text: str) -> Message:
    """Raises OtherFormat, msgspec.DecodeError."""
    number = decoded(_any.decode, text).format
    if number != FORMAT:
        raise OtherFormat(number)
    message: Message = decoded(_messages.decode, text)
    return message
