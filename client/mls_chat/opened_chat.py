"""The chat that one tab has open: which of its lines are loaded, and what changed since they were shown."""

from collections.abc import Iterable
from typing import Final

from mls_chat.records import LineRecord
from mls_chat.view import AlertView, LineView

PAGE_LINES: Final = 60


class OpenedChat:
    """What is loaded is the newest lines without a gap; all before them is in the storage and read when asked for."""

    def __init__(self, group_id: str) -> None:
        self.group_id = group_id
        self.loaded: dict[str, LineRecord] | None = None
        """By key; None until the newest page is read."""
        self.earlier = False
        """There are older lines in the storage."""
        self.wants_earlier = False
        """Older lines were asked for before the newest ones were read."""
        self.reading = ""
        """The lines before this key are wanted and being read."""
        self.changed: dict[str, LineView] = {}
        """Since they were shown, by the view's id."""
        self.outdated = False
        """All of it is to be shown again."""
        self.name = ""
        self.alert: AlertView | None = None
        """As they were shown last."""
        self._added: dict[str, LineRecord] = {}
        """The newest since the chat was opened: a page read meanwhile may lack them."""
        self._more_added = False
        self._oldest = ""

    @property
    def oldest(self) -> str:
        """Key of the oldest line that is loaded; empty for none."""
        return self._oldest

    def begin(self, lines: dict[str, LineRecord], earlier: bool) -> None:
        """The newest page was read."""
        self.loaded, self.earlier, self.outdated = lines | self._added, earlier or self._more_added, True
        self.keep_newest_page()

    def add(self, line: LineRecord, view: LineView) -> None:
        self._added[line.key] = line
        if self.loaded is not None and (line.key >= self._oldest or not self.earlier):
            self.loaded[line.key], self.changed[view.id] = line, view
            self._oldest = min(self._oldest or line.key, line.key)

    def put_above(self, lines: dict[str, LineRecord], earlier: bool) -> None:
        """The lines before the oldest one were read."""
        self.loaded, self.earlier = lines | (self.loaded or {}), earlier
        self._oldest = min(self.loaded, default="")

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._added.pop(key, None)
            if self.loaded is not None:
                self.loaded.pop(key, None)
        self._oldest, self.outdated = min(self.loaded or {}, default=""), True

    def bound(self) -> None:
        """At the end of a step: when more has changed than a page holds, only the newest page stays loaded."""
        if len(self._added) > PAGE_LINES:
            self._added, self._more_added = _newest(self._added), True
        if len(self.changed) > PAGE_LINES:
            self.keep_newest_page()
            self.outdated = True

    def keep_newest_page(self) -> None:
        if self.loaded is not None:
            self.earlier = self.earlier or len(self.loaded) > PAGE_LINES
            self.loaded = _newest(self.loaded)
            self._oldest = min(self.loaded, default="")


def _newest(lines: dict[str, LineRecord]) -> dict[str, LineRecord]:
    return {key: lines[key] for key in sorted(lines)[-PAGE_LINES:]}
