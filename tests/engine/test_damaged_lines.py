"""A stored line that can't be read has a sentence in its place; the chat goes on around it."""

import pytest

from mls_chat import events, view
from mls_chat.effects import DamagedRow, Row
from mls_chat.lines import PROBLEMS
from mls_chat.records import RECORD_VERSION
from world import World, meet


class Page:
    """Bob's chat with three messages, read from a storage that says what it finds damaged."""

    def __init__(self) -> None:
        world = World()
        self.ada, self.bob, self.group_id = meet(world)
        for text in ("one", "two", "three"):
            self.ada.say(self.group_id, text)
        self.bob.start()
        self.keys = sorted(key for table, key in self.bob.rows if table == "lines")[-3:]

    def shown(self, found: list[Row], damaged: list[DamagedRow]) -> list[view.LineView]:
        self.bob.do(events.ChatOpened(group_id=self.group_id))
        self.bob.do(events.RowsRead(f"open:{self.group_id}:", found, damaged))
        return self.bob.last(view.ChatView).lines

    def row(self, key: str) -> Row:
        return Row("lines", key, self.bob.rows["lines", key])


def texts(lines: list[view.LineView]) -> list[tuple[str, str]]:
    return [(line.line, line.text) for line in lines]


def test_a_row_that_the_storage_calls_damaged() -> None:
    page = Page()
    one, two, three = page.keys
    lines = page.shown([page.row(three), page.row(one)], [DamagedRow("lines", two, "cut off")])
    assert texts(lines) == [("text", "one"), ("problem", PROBLEMS["damaged"]), ("text", "three")]
    assert lines[1].time == lines[0].time
    assert lines[0].order < lines[1].order < lines[2].order


@pytest.mark.parametrize(
    ("value", "what"), [(b"", "damaged"), (b"\x01\x93", "damaged"), (bytes([RECORD_VERSION + 1]) + b"\x80", "newer")]
)
def test_a_row_whose_record_can_not_be_read(value: bytes, what: str) -> None:
    page = Page()
    one, two, three = page.keys
    lines = page.shown([page.row(three), Row("lines", two, value), page.row(one)], [])
    assert texts(lines) == [("text", "one"), ("problem", PROBLEMS[what]), ("text", "three")]


@pytest.mark.parametrize("key", ["{}/no-number.x", "{}/", "{}/7"])
def test_a_row_under_a_key_that_is_none(key: str) -> None:
    page = Page()
    lines = page.shown([page.row(page.keys[0])], [DamagedRow("lines", key.format(page.group_id), "moved")])
    assert ("problem", PROBLEMS["damaged"]) in texts(lines)


def test_a_page_of_earlier_lines_keeps_its_size() -> None:
    """Whether there are still older ones is told by the number of rows, damaged ones included."""
    page = Page()
    keys = [f"{page.group_id}/{number:016d}.000" for number in range(100, 160)]
    page.shown([], [DamagedRow("lines", key, "cut off") for key in keys])
    assert page.bob.last(view.ChatView).earlier
