"""The one shared crypto backend of an account's device: groups are taken and always stored back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from mls_chat.identity import CIPHER_SUITE, leaf_validator
from mls_chat.wire.decoding import decoded
from mls_rs_python import Client, Crypto, Group, KeyPackage, Storage

GROUP_DATA_EXTENSION: Final = 0xF4C1
"""Group context extension (private use, RFC 9420 section 17.3): the app's group id and name."""
RETAINED_EPOCHS: Final = 5
STATE_VERSION: Final = 1

Entry = tuple[str, bytes, bytes]
Change = tuple[str, bytes, bytes | None]


class GroupTaken(Exception):
    """The group is already in use; taking it twice would fork its state."""


class StateUnreadable(Exception):
    """An exported state is of another version or damaged."""


class DeviceKeys(msgspec.Struct, frozen=True):
    credential: bytes
    secret_key: bytes
    public_key: bytes


class Backend:
    """`entries` are those that `pending_writes` or `export_state` gave before."""

    def __init__(self, crypto: Crypto, keys: DeviceKeys, entries: Sequence[Entry] = ()) -> None:
        self._storage = Storage(retained_epochs=RETAINED_EPOCHS)
        self._storage.load(entries)
        self._client = Client(
            credential=keys.credential,
            signature_secret_key=keys.secret_key,
            signature_public_key=keys.public_key,
            storage=self._storage,
            identity_validator=leaf_validator(crypto),
            cipher_suite=CIPHER_SUITE,
            extension_types=[GROUP_DATA_EXTENSION],
        )
        self._idle: dict[bytes, Group] = {}
        self._taken: set[bytes] = set()

    @contextmanager
    def take(self, group_id: bytes) -> Iterator[Group]:
        """Hands the group out; saves it when the block ends, or puts it back as it was before when the block raises.

        Raises GroupTaken, GroupNotFound.
        """
        if group_id in self._taken:
            raise GroupTaken(group_id.hex())
        group = self._idle.pop(group_id, None) or self._client.load_group(group_id)
        self._taken.add(group_id)
        try:
            yield group
            group.save()
        except BaseException:
            self._idle[group_id] = self._client.load_group(group_id)
            raise
        else:
            self._idle[group_id] = group
        finally:
            self._taken.discard(group_id)

    def create_group(self, *, now: int, group_data: bytes) -> bytes:
        """A new group with this device alone; returns its random MLS group id."""
        group = self._client.create_group(now=now, context_extensions={GROUP_DATA_EXTENSION: group_data})
        self.adopt(group)
        return group.group_id

    def open_welcome(self, welcome: bytes, *, now: int) -> Group:
        """The group that a Welcome leads into, to be looked at; nothing is stored before `adopt`."""
        return self._client.join_group(welcome, now=now)

    def adopt(self, group: Group) -> None:
        """Stores a new group, in the place of one of the same id; the key package's private part is gone then."""
        if group.group_id in self._taken:
            raise GroupTaken(group.group_id.hex())
        group.save()
        self._idle[group.group_id] = group

    def forget_group(self, group_id: bytes) -> None:
        if group_id in self._taken:
            raise GroupTaken(group_id.hex())
        self._idle.pop(group_id, None)
        self._storage.delete_group(group_id)

    def generate_key_package(self, *, now: int, lifetime: int) -> KeyPackage:
        """`lifetime` in seconds."""
        return self._client.generate_key_package(now=now, lifetime=lifetime)

    def validate_key_package(self, data: bytes, *, now: int) -> KeyPackage:
        return self._client.validate_key_package(data, now=now)

    def forget_key_package(self, reference: bytes) -> None:
        self._storage.delete_key_package(reference)

    def has_group(self, group_id: bytes) -> bool:
        return group_id in self._storage.group_ids()

    def pending_writes(self) -> list[Change]:
        """What changed since the last call, and nothing else."""
        return self._storage.pending_writes()

    def export_state(self) -> bytes:
        """Everything as one blob, for `import_state`."""
        return bytes([STATE_VERSION]) + msgspec.msgpack.encode(self._storage.entries())


def import_state(blob: bytes) -> list[Entry]:
    """Entries for a new Backend. Raises StateUnreadable."""
    if not blob or blob[0] != STATE_VERSION:
        raise StateUnreadable(f"state version {blob[0] if blob else 'none'}, this program reads {STATE_VERSION}")
    try:
        return decoded(msgspec.msgpack.Decoder(list[Entry]).decode, blob[1:])
    except msgspec.DecodeError as error:
        raise StateUnreadable(str(error)) from error
