"""Frames in and out of bounds."""

import msgspec
import pytest

from delivery.errors import RefusedError
from delivery.frames import check_bounds, consecutive, deliver_frames, parse
from mls_chat.wire import ClientFrame, encode
from mls_chat.wire.frames import Ack, Auth, Ping, Send, SendSignal, Subscribe
from mls_chat.wire.records import StoredMessage

ID = "0b9e4a3c-7f31-4a58-9d4e-1f6f6c2f0a11"


def message(seq: int, size: int = 1) -> StoredMessage:
    return StoredMessage(
        server_seq=seq,
        server_time=0,
        msg_kind="chat",
        epoch=0,
        user_id="u",
        device_id="d",
        message_id="m",
        mls_bytes=bytes(size),
    )


@pytest.mark.parametrize(
    "frame",
    [
        Subscribe("t", {ID: 2**63 - 1}),
        Send(ID, ID, 0, "proposal", 0, b"x"),
        Ack(ID, 0),
        SendSignal(ID, b""),
        Ping(-1),
        Auth("t"),
    ],
)
def test_every_frame_is_parsed_and_in_bounds(frame: ClientFrame) -> None:
    assert parse(encode(frame)) == frame
    check_bounds(frame)


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "send", "group_id": ID},
        {"type": "ack", "group_id": ID, "server_seq": 1.5},
        {"type": "ack", "group_id": ID, "server_seq": None},
        {"type": "ack", "group_id": [ID], "server_seq": 1},
        {"type": "ack", "group_id": ID, "server_seq": 1, "more": 1},
        {"type": "ack", "group_id": ID, "server_seq": 2**64 - 1, "more": 1},
        {"type": "deliver", "group_id": ID, "messages": []},
        {"type": "subscribe", "auth": b"bytes", "groups": {}},
        {"type": "subscribe", "auth": "t", "groups": {1: 1}},
        {
            "type": "send",
            "group_id": ID,
            "message_id": ID,
            "client_seq": 1,
            "msg_kind": "x",
            "epoch": 0,
            "mls_bytes": b"x",
        },
        {},
    ],
)
def test_other_shapes_are_invalid(fields: dict[str, object]) -> None:
    with pytest.raises(RefusedError, match=r"^frame_invalid"):
        parse(msgspec.msgpack.encode(fields))


def test_deep_nesting_is_invalid() -> None:
    with pytest.raises(RefusedError, match=r"^frame_invalid"):
        parse(b"\x81\xa4type" + b"\x91" * 400_000 + b"\x90")


@pytest.mark.parametrize("text", [b"\xff\xfe!", b"\xed\xa0\x80"])
def test_text_that_is_not_utf8_is_invalid(text: bytes) -> None:
    with pytest.raises(RefusedError, match=r"^frame_invalid"):
        parse(encode(Auth("abc")).replace(b"abc", text))


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (Send("x", ID, 1, "chat", 0, b"x"), "group_id"),
        (Send(ID, ID.upper(), 1, "chat", 0, b"x"), "message_id"),
        (Send(ID, ID, -1, "chat", 0, b"x"), "client_seq"),
        (Send(ID, ID, 1, "chat", 2**63, b"x"), "epoch"),
        (Ack(ID + "\n", 1), "group_id"),
        (Ack(ID, -1), "server_seq"),
        (SendSignal("", b"x"), "group_id"),
        (Subscribe("t", {ID: 2**63}), "groups"),
    ],
)
def test_a_field_out_of_bounds_is_named(frame: ClientFrame, field: str) -> None:
    with pytest.raises(RefusedError, match=f"^bad_request: {field}:"):
        check_bounds(frame)


def test_a_token_has_a_bounded_length() -> None:
    with pytest.raises(RefusedError, match=r"^token_invalid"):
        check_bounds(Auth("x" * 4097))


def test_messages_are_cut_where_a_number_is_missing() -> None:
    runs = consecutive([message(seq) for seq in (1, 2, 4, 7, 8)])
    assert [[m.server_seq for m in run] for run in runs] == [[1, 2], [4], [7, 8]]
    assert list(consecutive([])) == []


def test_frames_hold_as_many_messages_as_fit() -> None:
    frames = deliver_frames("g", [message(seq, size) for seq, size in ((1, 4), (2, 6), (3, 1), (4, 99), (5, 1))], 10)
    assert [[m.server_seq for m in frame.messages] for frame in frames] == [[1, 2], [3], [4], [5]]
