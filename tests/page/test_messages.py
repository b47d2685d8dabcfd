"""What tabs say to each other: there and back, other formats told by name, and a number for each vocabulary."""

import hashlib
import json
from typing import Any, Final

import msgspec
import pytest

from mls_chat import events, view
from mls_chat.browser import messages
from mls_chat.browser.messages import Asked, Beat, Hello, Message, OtherFormat, Ping, Shown, decode_message

VOCABULARIES: Final = {1: "b0bdbda3ba39c101"}
"""By FORMAT: the digest of all messages, page events and views."""


@pytest.mark.parametrize(
    "message",
    [
        Ping(),
        Beat(generation=1, stolen=True),
        Hello(tab="t"),
        Asked(tab="t", generation=3, event=events.TextEntered(group_id="g", text="é"), serial=7, settled=6),
        Shown(generation=1, tab=None, view=msgspec.Raw(view.encode_view(view.NoticeView(level="info", text="é")))),
    ],
    ids=lambda message: type(message).__name__,
)
def test_there_and_back(message: Message) -> None:
    text = messages.encode_message(message)
    assert json.loads(text)["format"] == messages.FORMAT
    assert messages.encode_message(decode_message(text)) == text


@pytest.mark.parametrize(
    "text", ["", "[]", '{"kind":"ping"}', '{"format":1,"kind":"unknown"}', '{"format":1}', "[" * 9999]
)
def test_what_no_tab_says(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_message(text)


@pytest.mark.parametrize(("number", "newer"), [(0, False), (messages.FORMAT + 1, True)])
def test_another_format_is_told_whatever_else_is_said_in_it(number: int, newer: bool) -> None:
    with pytest.raises(OtherFormat) as told:
        decode_message(json.dumps({"format": number, "kind": "never heard of", "more": [1]}))
    assert told.value.newer is newer


def test_each_vocabulary_has_its_number() -> None:
    """Two builds with the same FORMAT must understand each other, whatever they say."""
    _, components = msgspec.json.schema_components([Message, view.View])
    digest = hashlib.sha256(json.dumps(_bare(components), sort_keys=True).encode()).hexdigest()[:16]
    told = f"events or views changed: note {digest}, under a raised FORMAT if a build with this one was released"
    assert VOCABULARIES[messages.FORMAT] == digest, told


def _bare(schema: Any) -> Any:
    """Without what is only written for readers."""
    if isinstance(schema, dict):
        return {key: _bare(value) for key, value in schema.items() if key != "description"}
    return [_bare(each) for each in schema] if isinstance(schema, list) else schema
