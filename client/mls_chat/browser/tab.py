"""What page and worker say beside the engine's events and views; the page's types are generated from it."""

from typing import Any, Final, Literal

import msgspec

from mls_chat.events import PageEvent

TabState = Literal["waiting", "owner", "elsewhere", "failed"]


class TabView(msgspec.Struct, tag_field="kind", tag="tab"):
    """`waiting`: asking for the account; `elsewhere`: another tab of this browser owns it; `failed`: see `error`."""

    state: TabState
    error: str = ""


class TakeOverRequested(msgspec.Struct, tag_field="event", tag="take_over_requested", forbid_unknown_fields=True):
    """Make this tab the owner."""


_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(PageEvent | TakeOverRequested)


def decode_page_message(text: str) -> PageEvent | TakeOverRequested:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    message: PageEvent | TakeOverRequested = _decoder.decode(text)
    return message
