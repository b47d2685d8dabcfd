"""From stored lines to what is shown."""

from typing import Literal

import pytest

from mls_chat.context import Context
from mls_chat.journal import Journal
from mls_chat.lines import PROBLEMS, SYSTEM, render_line, render_outbox
from mls_chat.people import People
from mls_chat.records import LineRecord, OutboxRecord


def people() -> People:
    known = People(Context(Journal([]), "http://chat.test"))
    known.learn("a", "{user.__class__} Ada", confirmed=True)
    known.learn("b", "Bob", confirmed=True)
    return known


def line(kind: Literal["text", "system", "problem"], **facts: object) -> LineRecord:
    record = LineRecord(group_id="g", server_seq=7, part=1, line=kind, time=5, user_id="a", subject_id="b")
    for name, value in facts.items():
        setattr(record, name, value)
    return record


@pytest.mark.parametrize("what", [*SYSTEM, *PROBLEMS])
def test_every_sentence_can_be_made(what: str) -> None:
    shown = render_line(line("system" if what in SYSTEM else "problem", what=what), people())
    assert shown.text
    assert "{subject}" not in shown.text
    assert (shown.id, shown.order, shown.sender, shown.state) == ("7.1", 7001, "", "")


def test_names_are_put_in_as_they_are() -> None:
    shown = render_line(line("system", what="joined"), people())
    assert shown.text == "Bob joined, let in by {user.__class__} Ada"


def test_a_text_is_shown_as_written() -> None:
    shown = render_line(line("text", text="{user}", message_id="m"), people())
    assert (shown.text, shown.sender, shown.sender_id, shown.own) == ("{user}", "{user.__class__} Ada", "a", False)
    own = render_line(line("text", text="x", message_id="m", own=True), people())
    assert (own.id, own.state) == ("m", "sent")


def test_what_waits_comes_after_all_that_is_in_the_log() -> None:
    row = OutboxRecord(
        group_id="g", message_id="m", client_seq=1, envelope=b"", text="hi", created_at=9, state="failed", error="no"
    )
    shown = render_outbox(row, people(), "b")
    assert (shown.id, shown.text, shown.sender, shown.own) == ("m", "hi", "Bob", True)
    assert (shown.state, shown.error, shown.time) == ("failed", "no", 9)
    assert shown.order > render_line(line("text", server_seq=10**9), people()).order
