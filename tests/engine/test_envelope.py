"""What is inside a ciphertext: versions, kinds and sizes; whatever a member sends is read or refused."""

import msgspec
import pytest

from mls_chat.envelope import (
    Content,
    EnvelopeUnreadable,
    Profile,
    Roster,
    Seen,
    SharedInvite,
    Text,
    Unknown,
    clean_name,
    decode_group_data,
    encode_group_data,
    open_envelope,
    seal_envelope,
    with_id,
    with_seen,
)
from mls_chat.padding import pad
from mls_chat.wire.limits import MAX_NAME_CHARS, MAX_TEXT_BYTES

DEEP = b"\x91" * 50_000 + b"\x90"


@pytest.mark.parametrize(
    "content",
    [
        Text("hello"),
        Text("a\u0000b \u202e \U0001f600" * 50),
        Text(""),
        Text("x" * MAX_TEXT_BYTES),
        Profile("Ada"),
        SharedInvite("id", b"secret", 7),
        Roster({"user": "Ada"}, [SharedInvite("id", b"secret", 7)]),
    ],
)
def test_there_and_back(content: Content) -> None:
    envelope, found = open_envelope(seal_envelope("message", 5, content))
    assert found == content
    assert (envelope.id, envelope.sent_at, envelope.v) == ("message", 5, 1)


def test_the_bytes_of_a_text() -> None:
    """Other versions of the program read them."""
    golden = b"\x85\xa1v\x01\xa2id\xa1m\xa7sent_at\x01\xa4kind\xa4text"
    golden += b"\xa4body\x82\xa4type\xa4text\xa4text\xa2hi"
    assert seal_envelope("m", 1, Text("hi")) == pad(golden)
    seen = b"\x86" + golden[1:] + b"\xa4seen\x83\xa3seq\x07\xa3log\xc4\x01l\xadauthenticator\xc4\x01a"
    assert with_seen(pad(golden), Seen(7, b"l", b"a")) == pad(seen)


def test_a_text_of_the_first_release() -> None:
    """It said its fallback even where there was none, and nothing of the log."""
    old = b"\x86\xa1v\x01\xa2id\xa1m\xa7sent_at\x01\xa4kind\xa4text"
    old += b"\xa4body\x82\xa4type\xa4text\xa4text\xa2hi\xa8fallback\xa0"
    envelope, content = open_envelope(pad(old))
    assert (content, envelope.seen) == (Text("hi"), None)


def test_the_same_content_as_another_message() -> None:
    envelope, content = open_envelope(with_id(seal_envelope("m", 1, Text("hi")), "n"))
    assert (envelope.id, envelope.sent_at, content) == ("n", 1, Text("hi"))


def raw(**changes: object) -> bytes:
    fields = {"v": 1, "id": "m", "sent_at": 1, "kind": "text", "body": {"type": "text", "text": "hi"}}
    return pad(msgspec.msgpack.encode(fields | changes))


def test_a_newer_kind_or_version_gives_its_fallback() -> None:
    _, poll = open_envelope(raw(kind="poll", fallback="Ada asks: tea or coffee?", body={"options": [1, 2]}))
    assert poll == Unknown("poll", "Ada asks: tea or coffee?")
    assert open_envelope(raw(v=2))[1] == Unknown("text", "")
    assert open_envelope(raw(more="fields"))[1] == Text("hi")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x80",
        raw(id=None),
        raw(v="1"),
        raw(body="hi"),
        raw(body={"type": "text"}),
        raw(body={"type": "profile", "name": "x"}),
        raw(body={"type": "text", "text": "x" * (MAX_TEXT_BYTES + 1)}),
        raw(body={"type": "text", "text": "aZ"}).replace(b"aZ", b"a\xff"),
        raw(kind="aZ").replace(b"aZ", b"a\xff"),
        raw(body=None)[:-1] + DEEP,
        b"\x86" + raw()[1:] + b"\xa1x" + DEEP,
    ],
)
def test_what_is_no_envelope(data: bytes) -> None:
    with pytest.raises(EnvelopeUnreadable):
        open_envelope(data)


def test_names_are_cleaned_and_cut() -> None:
    assert clean_name("  Ada\u0000\u202e\n\ud800 ") == "Ada"
    assert clean_name("\u0007") == ""
    assert len(clean_name("é" * 1000)) == MAX_NAME_CHARS


def test_group_data() -> None:
    found = decode_group_data(encode_group_data("group", " Te\na "))
    assert (found.v, found.group_id, found.name) == (1, "group", "Tea")
    for bad in (b"", b"\xc1", b"\x80", b"\x83\xa1v\x01\xa8group_id\xa1a\xa4name\xa1\xff", b"\x81\xa1v" + DEEP):
        with pytest.raises(EnvelopeUnreadable):
            decode_group_data(bad)
