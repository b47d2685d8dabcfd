"""What page and worker say beside the engine's views; the page's types are generated from it."""

from typing import Final, Literal

import msgspec

from mls_chat.events import PageEvent
from mls_chat.wire.decoding import decoded

TabState = Literal["waiting", "owner", "follower", "outdated", "failed", "erasing"]


class TabView(msgspec.Struct, tag_field="kind", tag="tab"):
    """`owner`: this tab has the account open; `follower`: another tab has, and shows here what it shows; `waiting`: no
    tab answers yet. `outdated` (a newer build is open) and `failed`: see `error`. `generation` is the owner's: nothing
    may be sent to it before StartedView. `erasing`: the person has signed out; the page removes what it has stored
    itself and says StoresCleared, then the account is removed and the tab goes on as a new one. `lost`: the account
    can't be read here any more; StartAnewRequested is offered.
    """

    state: TabState
    generation: int = 0
    error: str = ""
    lost: bool = False


class StartAnewRequested(msgspec.Struct, tag_field="event", tag="start_anew_requested", forbid_unknown_fields=True):
    """Remove what is left of an account that can't be read; the person has agreed. For this tab's own worker."""


class StoresCleared(msgspec.Struct, tag_field="event", tag="stores_cleared", forbid_unknown_fields=True):
    """Nothing of the account is left in what the page itself stores; the answer to `erasing`, for this tab's worker."""


PageMessage = PageEvent | StartAnewRequested | StoresCleared


class FromPage(msgspec.Struct, forbid_unknown_fields=True):
    """With a `serial` the event is carried out once, however often it is repeated; HandledView says that it is done.
    Up to `settled` the page has heard that of all its serials. `generation` is that of the owner whom it is for, so
    that what was on its way to a former one does not get ahead of what is asked again."""

    generation: int
    event: PageMessage
    serial: int
    settled: int


_decoder: Final = msgspec.json.Decoder(FromPage)


def decode_page_message(text: str) -> FromPage:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    return decoded(_decoder.decode, text)
