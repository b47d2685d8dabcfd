"""What is inside a ciphertext: a versioned envelope with the message's own id, and group data of the group context."""

from typing import Final

import msgspec

from mls_chat.padding import PaddingRefused, pad, unpad
from mls_chat.wire.decoding import decoded
from mls_chat.wire.limits import MAX_NAME_CHARS, MAX_TEXT_BYTES
from mls_chat.wire.nesting import check_msgpack

ENVELOPE_VERSION: Final = 1


class EnvelopeUnreadable(Exception):
    """The plaintext is not an envelope that this version understands."""


class Text(msgspec.Struct, tag="text"):
    text: str


class Profile(msgspec.Struct, tag="profile"):
    """The sender's own display name."""

    name: str


class SharedInvite(msgspec.Struct, tag="invite"):
    """A link's secret, so that every member can admit its joiner."""

    invite_id: str
    secret: bytes
    expires_at: int


class Roster(msgspec.Struct, tag="roster"):
    """Names (by user id) and open links, from whoever admitted someone."""

    names: dict[str, str]
    invites: list[SharedInvite]


class Sync(msgspec.Struct, tag="sync", omit_defaults=True):
    """What one device of an account tells the others in their own group (self_group.py). Times are Unix milliseconds.

    `names` by user id, with whether the person has said it; `read` by group id; `settings` and `drafts` with the time
    they were made at; `contacts` by user id, with the time of verifying (0: taken back) and how far the log was known.
    """

    names: dict[str, tuple[str, bool]] = {}
    read: dict[str, int] = {}
    settings: dict[str, tuple[str, int]] = {}
    drafts: dict[str, tuple[str, int]] = {}
    contacts: dict[str, tuple[int, int]] = {}


class Unknown(msgspec.Struct):
    """A kind that this version does not know; `fallback` is its text for such readers."""

    kind: str
    fallback: str


Content = Text | Profile | SharedInvite | Roster | Sync
KINDS: Final[dict[str, type[Text] | type[Profile] | type[SharedInvite] | type[Roster] | type[Sync]]] = {
    "text": Text,
    "profile": Profile,
    "invite": SharedInvite,
    "roster": Roster,
    "sync": Sync,
}


class Seen(msgspec.Struct, omit_defaults=True):
    """What the sender had of the ordered log when it encrypted: how far, its tail, and the epoch's authenticator; and
    of its own account's device log the number of the newest entry and its mark (account_log.py)."""

    seq: int
    log: bytes
    authenticator: bytes
    chain: bytes = b""
    device_number: int = 0
    device_mark: bytes = b""


class Envelope(msgspec.Struct, omit_defaults=True):
    """`id` equals the message id that the server was told; `sent_at` is the sender's clock, Unix milliseconds."""

    v: int
    id: str
    sent_at: int
    kind: str
    body: msgspec.Raw
    fallback: str = ""
    seen: Seen | None = None


_envelope: Final = msgspec.msgpack.Decoder(Envelope)


def seal_envelope(message_id: str, sent_at: int, content: Content) -> bytes:
    kind = next(name for name, type_ in KINDS.items() if isinstance(content, type_))
    body = msgspec.Raw(msgspec.msgpack.encode(content))
    return pad(msgspec.msgpack.encode(Envelope(ENVELOPE_VERSION, message_id, sent_at, kind, body)))


def with_seen(sealed: bytes, seen: Seen) -> bytes:
    """The envelope as it is encrypted: `seen` is of that very moment. Raises EnvelopeUnreadable."""
    envelope = _opened(sealed)
    envelope.seen = seen
    return pad(msgspec.msgpack.encode(envelope))


def with_id(sealed: bytes, message_id: str) -> bytes:
    """The same content as another message. Raises EnvelopeUnreadable."""
    envelope = _opened(sealed)
    envelope.id = message_id
    return pad(msgspec.msgpack.encode(envelope))


def _opened(sealed: bytes) -> Envelope:
    try:
        plain = unpad(sealed)
        check_msgpack(plain)
        return decoded(_envelope.decode, plain)
    except (msgspec.DecodeError, PaddingRefused) as error:
        raise EnvelopeUnreadable(str(error)) from error


def open_envelope(data: bytes) -> tuple[Envelope, Content | Unknown]:
    """Raises EnvelopeUnreadable."""
    envelope = _opened(data)
    kind = KINDS.get(envelope.kind)
    if kind is None or envelope.v != ENVELOPE_VERSION:
        return envelope, Unknown(envelope.kind, envelope.fallback[:MAX_TEXT_BYTES])
    try:
        content: Content = decoded(msgspec.msgpack.Decoder(kind).decode, envelope.body)
    except msgspec.DecodeError as error:
        raise EnvelopeUnreadable(str(error)) from error
    if isinstance(content, Text) and len(content.text.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
        raise EnvelopeUnreadable("text is too long")
    return envelope, content


def clean_name(name: str) -> str:
    """A display name without control characters, at most MAX_NAME_CHARS; may be empty."""
    return "".join(c for c in name if c.isprintable()).strip()[:MAX_NAME_CHARS]


class GroupData(msgspec.Struct, omit_defaults=True):
    """The extension GROUP_DATA_EXTENSION of the group context. `key`: the group's rejoin key (rejoin_keys.py). `kind`:
    empty for a chat, `self` for the group of an account's own devices."""

    v: int
    group_id: str
    name: str
    key: bytes = b""
    kind: str = ""


_group_data: Final = msgspec.msgpack.Decoder(GroupData)


def encode_group_data(group_id: str, name: str, key: bytes = b"", kind: str = "") -> bytes:
    return msgspec.msgpack.encode(GroupData(1, group_id, name, key, kind))


def decode_group_data(data: bytes) -> GroupData:
    """Raises EnvelopeUnreadable."""
    try:
        check_msgpack(data)
        found = decoded(_group_data.decode, data)
    except msgspec.DecodeError as error:
        raise EnvelopeUnreadable(f"group data: {error}") from error
    return GroupData(found.v, found.group_id, clean_name(found.name), found.key, found.kind)
