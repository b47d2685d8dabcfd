"""Page events cross as JSON text, tagged; each kind there and back."""

import typing

import msgspec
import pytest

from mls_chat import events
from mls_chat.view import NoticeView, encode_view

KINDS = typing.get_args(events.PageEvent)
VALUES = dict.fromkeys(("online", "visible", "verified", "passkey"), True) | {
    "way": "code",
    "history": "all",
    "after": "5",
}
"""Of fields that are not any text."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_there_and_back(kind: type[msgspec.Struct]) -> None:
    values = {field: VALUES.get(field, "x") for field in kind.__struct_fields__}
    event = kind(**values)
    assert events.decode_page_event(msgspec.json.encode(event)) == event
    for field in kind.__struct_fields__:
        with pytest.raises(msgspec.ValidationError):
            events.decode_page_event(msgspec.json.encode({"event": kind.__struct_config__.tag} | values | {field: 1}))


def test_port_events_do_not_come_from_the_page() -> None:
    for kind in typing.get_args(events.PortEvent):
        with pytest.raises(msgspec.ValidationError):
            events.decode_page_event(msgspec.json.encode({"event": kind.__name__}))


def test_views_are_tagged_json() -> None:
    assert encode_view(NoticeView(level="info", text="é")) == '{"kind":"notice","level":"info","text":"é"}'.encode()
