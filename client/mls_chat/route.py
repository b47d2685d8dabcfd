"""Where each tab is: told again to an engine that begins anew, since only what is durable survives one."""

from typing import Final

from mls_chat.events import (
    ChatOpened,
    Event,
    FromTab,
    HealthClosed,
    HealthOpened,
    LinkClosed,
    LinkOpened,
    MembersClosed,
    MembersOpened,
    NetworkChanged,
    PageEvent,
    TabGone,
    VisibilityChanged,
)

_PLACES: Final = (
    NetworkChanged,
    VisibilityChanged,
    ChatOpened | LinkOpened | LinkClosed,
    MembersOpened | MembersClosed,
    HealthOpened | HealthClosed,
)


def asked_by(event: Event) -> FromTab | None:
    """A page event with its tab; None for what no person asked for."""
    if isinstance(event, FromTab):
        return event
    return FromTab("", event) if isinstance(event, PageEvent) else None


class Route:
    """The newest event of each kind of place, tab by tab."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], FromTab] = {}

    @property
    def events(self) -> list[FromTab]:
        return [self._newest[place] for place in sorted(self._newest)]

    def take(self, event: Event) -> None:
        if isinstance(event, TabGone):
            self._newest = {place: each for place, each in self._newest.items() if each.tab != event.tab}
        asked = asked_by(event)
        for index, kinds in enumerate(_PLACES):
            if asked is not None and isinstance(asked.event, kinds):
                self._newest[asked.tab, index] = FromTab(asked.tab, asked.event)

    def forget(self, asked: FromTab) -> None:
        """It can't be gone to."""
        self._newest = {place: each for place, each in self._newest.items() if each.event is not asked.event}
