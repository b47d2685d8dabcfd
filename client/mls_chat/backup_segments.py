"""What a backup is made of: segments of history, sealed so that the vault alone opens them and the account alone makes
them."""

from typing import Final, Literal

import msgspec

from mls_chat.identity import statement
from mls_chat.records import LineRecord
from mls_chat.sealing import SealBroken, open_sealed, seal_to
from mls_chat.wire.decoding import decoded
from mls_chat.wire.nesting import check_msgpack
from mls_rs_python import Crypto

SEGMENT_VERSION: Final = 1


class SegmentRefused(Exception):
    """It can't be used; `what` says why by name: `foreign`, `damaged`, `newer` or `misplaced`."""

    def __init__(self, what: Literal["foreign", "damaged", "newer", "misplaced"]) -> None:
        super().__init__(what)
        self.what = what


class SavedLine(msgspec.Struct, array_like=True):
    """A LineRecord without its group."""

    server_seq: int
    part: int
    line: Literal["text", "system", "problem"]
    time: int
    user_id: str
    own: bool
    message_id: str
    text: str
    what: str
    subject_id: str


class SavedGroup(msgspec.Struct):
    group_id: str
    name: str
    created_at: int
    lines: list[SavedLine]


class Segment(msgspec.Struct):
    """`names` by user id. A reader of another version refuses it."""

    v: int
    generation: int
    number: int
    names: dict[str, str]
    groups: list[SavedGroup]


_decoder: Final = msgspec.msgpack.Decoder(Segment)


def saved(line: LineRecord) -> SavedLine:
    return SavedLine(
        line.server_seq,
        line.part,
        line.line,
        line.time,
        line.user_id,
        line.own,
        line.message_id,
        line.text,
        line.what,
        line.subject_id,
    )


def restored(group_id: str, line: SavedLine) -> LineRecord:
    return LineRecord(
        group_id=group_id,
        server_seq=line.server_seq,
        part=line.part,
        line=line.line,
        time=line.time,
        user_id=line.user_id,
        own=line.own,
        message_id=line.message_id,
        text=line.text,
        what=line.what,
        subject_id=line.subject_id,
    )


def _aad(user_id: str, generation: int, number: int) -> bytes:
    return statement("mls-chat backup v1", user_id, str(generation), str(number))


def _writer_key(crypto: Crypto, storage_key: bytes) -> bytes:
    """Shows that a device of the account has made the segment: anybody could seal to a public key."""
    return crypto.hkdf_expand(crypto.hkdf_extract(b"mls-chat backup v1", storage_key), b"writer", 32)


def seal_segment(crypto: Crypto, backup_public_key: bytes, storage_key: bytes, user_id: str, segment: Segment) -> bytes:
    data, place = msgspec.msgpack.encode(segment), (segment.generation, segment.number)
    return seal_segment_data(crypto, backup_public_key, storage_key, user_id, *place, data)


def seal_segment_data(
    crypto: Crypto,
    backup_public_key: bytes,
    storage_key: bytes,
    user_id: str,
    generation: int,
    number: int,
    data: bytes,
) -> bytes:
    """`data`: an encoded Segment."""
    aad, psk = _aad(user_id, generation, number), _writer_key(crypto, storage_key)
    return bytes([SEGMENT_VERSION]) + seal_to(crypto, backup_public_key, data, aad, psk)


def open_segment(
    crypto: Crypto,
    backup_secret_key: bytes,
    storage_key: bytes,
    user_id: str,
    generation: int,
    number: int,
    sealed: bytes,
) -> Segment:
    """Raises SegmentRefused."""
    if sealed[:1] != bytes([SEGMENT_VERSION]):
        raise SegmentRefused("newer" if sealed and sealed[0] > SEGMENT_VERSION else "damaged")
    aad = _aad(user_id, generation, number)
    try:
        data = open_sealed(crypto, backup_secret_key, sealed[1:], aad, _writer_key(crypto, storage_key))
        check_msgpack(data)
        segment = decoded(_decoder.decode, data)
    except SealBroken as error:
        raise SegmentRefused("foreign") from error
    except msgspec.DecodeError as error:
        raise SegmentRefused("damaged") from error
    if segment.v != SEGMENT_VERSION:
        raise SegmentRefused("newer")
    if (segment.generation, segment.number) != (generation, number):
        raise SegmentRefused("misplaced")
    return segment
