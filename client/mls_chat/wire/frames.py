"""Frames of the delivery channel: MessagePack maps tagged by `type`, one frame a binary WebSocket message."""

from typing import Any, Final

import msgspec

from mls_chat.wire.decoding import decoded
from mls_chat.wire.records import Count, MsgKind, StoredMessage


class _Frame(msgspec.Struct, tag_field="type", forbid_unknown_fields=True):
    pass


class Subscribe(_Frame, tag="subscribe"):
    """Opens (or widens) the subscription: token, and the last processed sequence of each group."""

    auth: str
    groups: dict[str, int]


class Send(_Frame, tag="send"):
    group_id: str
    message_id: str
    client_seq: int
    msg_kind: MsgKind
    epoch: int
    mls_bytes: bytes


class Ack(_Frame, tag="ack"):
    """Everything up to `server_seq` is processed and durable on this device."""

    group_id: str
    server_seq: int


class SendSignal(_Frame, tag="signal"):
    """Encrypted, relayed to the group's connected devices, never stored."""

    group_id: str
    mls_bytes: bytes


class Ping(_Frame, tag="ping"):
    timestamp: int


class Auth(_Frame, tag="auth"):
    """A renewed token for the same device."""

    auth: str


class Subscribed(_Frame, tag="subscribed"):
    """The groups that are now live, each with its newest sequence; a missing one was refused by an `error`."""

    groups: dict[str, Count]


class Deliver(_Frame, tag="deliver"):
    """Consecutive messages of one group, in order and without gaps from the subscribed cursor on."""

    group_id: str
    messages: list[StoredMessage]


class Sent(_Frame, tag="sent"):
    group_id: str
    client_seq: int
    message_id: str
    server_seq: Count
    server_time: Count


class WelcomeBell(_Frame, tag="welcome"):
    """A Welcome waits for this device: poll the named invite request."""

    request_id: str
    group_id: str


class InviteBell(_Frame, tag="invite"):
    """Someone asks to join this group: ask invite_pending."""

    group_id: str


class GroupInfoBell(_Frame, tag="group_info"):
    """A device that lost its state needs a GroupInfo of the current epoch: whoever is in it calls group_info_put."""

    group_id: str


class DevicesBell(_Frame, tag="devices"):
    """An account's devices have changed: its own, or that of somebody in a group with this device."""

    user_id: str


class Signal(_Frame, tag="signal"):
    group_id: str
    device_id: str
    mls_bytes: bytes


class Removed(_Frame, tag="removed"):
    """This device is no longer in the group; nothing more of it follows here."""

    group_id: str


class Pong(_Frame, tag="pong"):
    timestamp: int


class Error(_Frame, tag="error"):
    """A refusal by a code of ERRORS.md. For a refused `send`: its group, message id and client_seq."""

    code: str
    message: str
    group_id: str | None = None
    message_id: str | None = None
    client_seq: int | None = None
    epoch: Count | None = None


ClientFrame = Subscribe | Send | Ack | SendSignal | Ping | Auth
ServerFrame = (
    Subscribed
    | Deliver
    | Sent
    | WelcomeBell
    | InviteBell
    | GroupInfoBell
    | DevicesBell
    | Signal
    | Removed
    | Pong
    | Error
)

_encoder: Final = msgspec.msgpack.Encoder()
_client: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(ClientFrame)
_server: Final[msgspec.msgpack.Decoder[Any]] = msgspec.msgpack.Decoder(ServerFrame)


def encode(frame: ClientFrame | ServerFrame) -> bytes:
    return _encoder.encode(frame)


def decode_client(data: bytes) -> ClientFrame:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    frame: ClientFrame = decoded(_client.decode, data)
    return frame


def decode_server(data: bytes) -> ServerFrame:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    frame: ServerFrame = decoded(_server.decode, data)
    return frame
