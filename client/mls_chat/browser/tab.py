"""What page and worker say beside the engine's events and views; the page's types are generated from it."""

from typing import Any, Final, Literal

import msgspec

from mls_chat.events import PageEvent

TabState = Literal["waiting", "owner", "elsewhere", "failed"]


class TabView(msgspec.Struct, tag_field="kind", tag="tab"):
    """`waiting`: asking for the account; `elsewhere`: another tab of this browser owns it; `failed`: see `error`.

    `lost`: the account can't be read here any more; StartAnewRequested is offered.
    """

    state: TabState
    error: str = ""
    lost: bool = False


class TakeOverRequested(msgspec.Struct, tag_field="event", tag="take_over_requested", forbid_unknown_fields=True):
    """Make this tab the owner."""


class StartAnewRequested(msgspec.Struct, tag_field="event", tag="start_anew_requested", forbid_unknown_fields=True):
    """Remove what is left of an account that can't be read; the person has agreed."""


PageMessage = PageEvent | TakeOverRequested | StartAnewRequested
_decoder: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(PageMessage)


def decode_page_message(text: str) -> PageMessage:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    message: PageMessage = _decoder.decode(text)
    return message
