"""What is decoded without keys: stored entries and exported states, envelopes and frames."""

from collections.abc import Callable
from typing import Final, get_args

import msgspec

from backends import CRYPTO, NOW
from fuzzing.samples import samples
from fuzzing.scene import ADA, BOB, Scene, described
from fuzzing.target import Target
from mls_chat.backend import Backend
from mls_chat.envelope import (
    KINDS,
    EnvelopeUnreadable,
    GroupData,
    Seen,
    Unknown,
    clean_name,
    decode_group_data,
    open_envelope,
    seal_envelope,
    with_seen,
)
from mls_chat.group_errors import GroupDamaged
from mls_chat.stored_entries import Entry, StateUnreadable, import_state
from mls_chat.wire.frames import ClientFrame, ServerFrame, decode_client, decode_server, encode
from mls_rs_python import GroupNotFound, StorageError

MESSAGE_ID: Final = "00000000-0000-4000-8000-000000000001"


def plain_targets(scene: Scene) -> list[Target]:
    return [
        _entries(scene),
        _states(scene),
        _envelopes(),
        _group_data(),
        _frames("client", ClientFrame, decode_client),
        _frames("server", ServerFrame, decode_server),
    ]


class _Reader:
    """Bob started over entries: what he then makes of a message."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        [self._message] = scene.by(ADA, lambda group: group.encrypt(b"text"))

    def start(self, entries: list[Entry]) -> Backend:
        return Backend(CRYPTO, self._scene.keys[BOB], entries)

    def read(self, bob: Backend) -> object:
        with bob.take(self._scene.group_id) as group:
            outcome = described(group.process(self._message, now=NOW), group)
        assert all(key.startswith(self._scene.group_id) for _, key, _ in bob.pending_writes())
        return outcome


def _entries(scene: Scene) -> Target:
    """One value, or one key, is another; the group is read, or unavailable by name, and another one is well.

    The first byte chooses which; what follows takes its place.
    """
    reader, entries = _Reader(scene), import_state(scene.bob.export_state())
    own = [number for number, entry in enumerate(entries) if entry[1].startswith(scene.group_id)]

    def load(data: bytes) -> object:
        chosen, new = data[:1] or b"\0", data[1:]
        number = own[chosen[0] // 2 % len(own)]
        table, key, value = entries[number]
        spoiled = list(entries)
        spoiled[number] = (table, new, value) if chosen[0] % 2 else (table, key, new)
        bob = reader.start(spoiled)
        with bob.take(scene.other_id) as group:
            assert group.epoch == 0
        return reader.read(bob)

    values = [bytes([2 * number]) + entries[own[number]][2] for number in range(len(own))]
    keys = [bytes([2 * number + 1]) + entries[own[number]][1] for number in range(len(own))]
    return Target("stored entry", values + keys, load, (GroupDamaged, GroupNotFound), scene.still_works)


def _states(scene: Scene) -> Target:
    reader = _Reader(scene)

    def load(data: bytes) -> object:
        return reader.read(reader.start(import_state(data)))

    errors = (StateUnreadable, StorageError, GroupDamaged, GroupNotFound)
    return Target("exported state", [scene.bob.export_state()], load, errors, scene.still_works)


def _envelopes() -> Target:
    """Whatever can be opened can be sealed again and is then the same."""
    contents = [content for kind in KINDS.values() for content in samples(kind)]

    def open_(data: bytes) -> object:
        envelope, content = open_envelope(data)
        if not isinstance(content, Unknown):
            again = open_envelope(seal_envelope(envelope.id, envelope.sent_at, content))
            assert (again[0].id, again[0].sent_at, again[1]) == (envelope.id, envelope.sent_at, content)
        return type(content)

    sealed = [seal_envelope(MESSAGE_ID, NOW * 1000, content) for content in contents]
    sealed += [with_seen(each, Seen(7, b"log" * 8, b"authentic")) for each in sealed[:2]]
    return Target("envelope", sealed, open_, (EnvelopeUnreadable,), authentic=False)


def _group_data() -> Target:
    def decode(data: bytes) -> object:
        return clean_name(decode_group_data(data).name)

    seeds = [msgspec.msgpack.encode(each) for each in samples(GroupData)]
    return Target("group data", seeds, decode, (EnvelopeUnreadable,), authentic=False)


def _frames(side: str, frames: object, decode: Callable[[bytes], ClientFrame | ServerFrame]) -> Target:
    """Whatever can be decoded can be encoded again and is then the same."""

    def read(data: bytes) -> object:
        frame = decode(data)
        assert decode(encode(frame)) == frame
        return type(frame)

    seeds = [encode(frame) for kind in get_args(frames) for frame in samples(kind)]
    return Target(f"frame of the {side}", seeds, read, (msgspec.DecodeError,), authentic=False)
