"""What comes in, checked; what goes out, in frames of a bounded size."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from delivery.errors import Code, RefusedError
from mls_chat.wire import ClientFrame, decode_client
from mls_chat.wire.frames import Ack, Deliver, Send, SendSignal, Subscribe
from mls_chat.wire.limits import MAX_GROUPS_PER_SUBSCRIBE
from mls_chat.wire.records import StoredMessage

MAX_SEQ: Final = 2**63 - 1
MAX_TOKEN_CHARS: Final = 4096
_uuid: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def parse(data: bytes | str) -> ClientFrame:
    """Raises RefusedError frame_invalid for what is no frame."""
    if isinstance(data, str):
        raise RefusedError(Code.FRAME_INVALID, "Frames are binary (MessagePack), not text.")
    try:
        return decode_client(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(Code.FRAME_INVALID, f"Not a frame of this channel: {error}.") from error


def check_bounds(frame: ClientFrame) -> None:
    """Raises RefusedError for a field that the database's types or our own bounds do not hold."""
    match frame:
        case Subscribe(groups=groups):
            if len(groups) > MAX_GROUPS_PER_SUBSCRIBE:
                raise RefusedError(Code.BAD_REQUEST, f"groups: at most {MAX_GROUPS_PER_SUBSCRIBE} in one subscribe.")
            for group_id, since_seq in groups.items():
                _check_uuid("groups", group_id)
                _check_number("groups", since_seq)
        case Send():
            _check_uuid("group_id", frame.group_id)
            _check_uuid("message_id", frame.message_id)
            _check_number("client_seq", frame.client_seq)
            _check_number("epoch", frame.epoch)
        case Ack():
            _check_uuid("group_id", frame.group_id)
            _check_number("server_seq", frame.server_seq)
        case SendSignal():
            _check_uuid("group_id", frame.group_id)
        case _:
            pass
    auth = getattr(frame, "auth", "")
    if len(auth) > MAX_TOKEN_CHARS:
        raise RefusedError(Code.TOKEN_INVALID, "auth: too long for a token.")


def consecutive(messages: Sequence[StoredMessage]) -> Iterator[Sequence[StoredMessage]]:
    """Cuts ordered messages where a number is missing."""
    start = 0
    for index in range(1, len(messages)):
        if messages[index].server_seq != messages[index - 1].server_seq + 1:
            yield messages[start:index]
            start = index
    if messages:
        yield messages[start:]


def deliver_frames(group_id: str, messages: Sequence[StoredMessage], most_bytes: int) -> Iterator[Deliver]:
    """All messages in order, each frame with at most `most_bytes` of payload or with a single message."""
    start = size = 0
    for index, message in enumerate(messages):
        size += len(message.mls_bytes)
        if size > most_bytes and index > start:
            yield Deliver(group_id, list(messages[start:index]))
            start, size = index, len(message.mls_bytes)
    yield Deliver(group_id, list(messages[start:]))


def _check_uuid(field: str, value: str) -> None:
    if _uuid.fullmatch(value) is None:
        raise RefusedError(Code.BAD_REQUEST, f"{field}: must be a UUID in lower case.")


def _check_number(field: str, value: int) -> None:
    if not 0 <= value <= MAX_SEQ:
        raise RefusedError(Code.BAD_REQUEST, f"{field}: must be between 0 and 2^63 - 1.")
