"""The one shared crypto backend of an account's device: groups are taken and always stored back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import msgspec

from mls_chat.group_errors import GroupDamaged, GroupNotSaved, GroupTaken
from mls_chat.identity import CIPHER_SUITE, leaf_validator
from mls_chat.readable_group import Check, ReadableGroup, Received
from mls_chat.stored_entries import Change, Entry, Key, checksum_of, encode_entries, load_sound
from mls_rs_python import (
    ApplicationMessage,
    Client,
    Crypto,
    Group,
    GroupInfo,
    KeyPackage,
    MlsError,
    Storage,
    StorageError,
)

GROUP_DATA_EXTENSION: Final = 0xF4C1
"""Group context extension (private use, RFC 9420 section 17.3): the app's group id and name."""
RETAINED_EPOCHS: Final = 5


class DeviceKeys(msgspec.Struct, frozen=True):
    credential: bytes
    secret_key: bytes
    public_key: bytes


class ExternalGroup(msgspec.Struct, frozen=True):
    """A group as this device would hold it once the server has taken `commit`; `entries` are for `replace_group`."""

    mls_group_id: bytes
    epoch: int
    commit: bytes
    entries: list[Entry]
    group_info: bytes
    """Of the epoch that the commit begins."""


class Backend:
    """`entries` are those that `pending_writes` or `export_state` gave before.

    Damaged ones of a group make that group unavailable by name and no other. Raises StorageError for other damage.

    What `process` has changed is saved by whatever is called next for the group, `process` and `look` excepted: all
    that is handed out is as of the last message. Those calls may raise GroupNotSaved.
    """

    def __init__(self, crypto: Crypto, keys: DeviceKeys, entries: Sequence[Entry] = ()) -> None:
        self._keys, self._validator = keys, leaf_validator(crypto)
        self._storage = Storage(retained_epochs=RETAINED_EPOCHS)
        self._damaged = load_sound(self._storage, entries)
        """Damaged groups, with the keys of their rows, which still have to be deleted."""
        self._obsolete: set[Key] = set()
        self._client = self._client_over(self._storage)
        self._idle: dict[bytes, Group] = {}
        self._taken: set[bytes] = set()
        self._unsaved: dict[bytes, list[tuple[bytes, int]]] = {}
        """What idle groups have processed since they were saved: each message, and the time given with it."""

    def _client_over(self, storage: Storage) -> Client:
        return Client(
            credential=self._keys.credential,
            signature_secret_key=self._keys.secret_key,
            signature_public_key=self._keys.public_key,
            storage=storage,
            identity_validator=self._validator,
            cipher_suite=CIPHER_SUITE,
            extension_types=[GROUP_DATA_EXTENSION],
        )

    @property
    def damaged_groups(self) -> list[bytes]:
        """Groups that are stored, but cannot be read; sorted."""
        return sorted(self._damaged)

    @contextmanager
    def take(self, group_id: bytes) -> Iterator[Group]:
        """Hands the group out; saves it when the block ends, or puts it back as it was before when the block raises.

        Raises GroupTaken, GroupNotFound, GroupDamaged.
        """
        self._save(group_id)
        with self._taking(group_id) as group:
            yield group
            group.save()
            self._idle[group_id] = group

    @contextmanager
    def _taking(self, group_id: bytes) -> Iterator[Group]:
        """Whatever is raised, what is stored is as before: the next taker loads it, unless the group was put back."""
        self._refuse_taken(group_id)
        group = self._idle.pop(group_id, None) or self._load(group_id)
        self._taken.add(group_id)
        try:
            yield group
        finally:
            self._taken.discard(group_id)

    def look(self, group_id: bytes) -> ReadableGroup:
        """The group as it is now, to be read at once and not kept. Raises GroupTaken, GroupNotFound, GroupDamaged."""
        self._refuse_taken(group_id)
        if group_id not in self._idle:
            self._idle[group_id] = self._load(group_id)
        return self._idle[group_id]

    def process(self, group_id: bytes, message: bytes, *, now: int, check: Check | None = None) -> Received:
        """Takes in what the log brought. A commit or proposal is saved at once, application messages together, later.

        Whatever is raised, by `check` as well, the group is as if this message alone had not come, and saved so.
        Raises as `Group.process` does; GroupTaken, GroupNotFound, GroupDamaged, GroupNotSaved.
        """
        with self._taking(group_id) as group:
            unsaved = self._unsaved.pop(group_id, [])
            try:
                received = group.process(message, now=now)
                if check is not None:
                    check(group, received)
            except Exception:
                self._process_again(group_id, unsaved)
                raise
            unsaved.append((message, now))
            self._unsaved[group_id], self._idle[group_id] = unsaved, group
        if not isinstance(received, ApplicationMessage):
            self._save(group_id)
        return received

    def _process_again(self, group_id: bytes, messages: Sequence[tuple[bytes, int]]) -> None:
        """From what is stored on: the same messages lead to the same state."""
        if not messages:
            return
        try:
            group = self._load(group_id)
            for message, now in messages:
                group.process(message, now=now)
            group.save()
        except MlsError as error:
            raise GroupNotSaved(group_id) from error
        self._idle[group_id] = group

    def _save(self, group_id: bytes) -> None:
        """What was processed; if that fails, the group is as it was last saved. A taken group has nothing unsaved."""
        if group_id not in self._unsaved:
            return
        group = self._idle.pop(group_id)
        del self._unsaved[group_id]
        try:
            group.save()
        except MlsError as error:
            raise GroupNotSaved(group_id) from error
        self._idle[group_id] = group

    def _save_all(self) -> None:
        for group_id in list(self._unsaved):
            self._save(group_id)

    def _refuse_taken(self, group_id: bytes) -> None:
        if group_id in self._taken:
            raise GroupTaken(group_id.hex())

    def _load(self, group_id: bytes) -> Group:
        if group_id in self._damaged:
            raise GroupDamaged(group_id)
        try:
            return self._client.load_group(group_id)
        except StorageError as error:
            self._damaged[group_id] = set()
            raise GroupDamaged(group_id) from error

    def _no_longer_damaged(self, group_id: bytes) -> None:
        self._obsolete |= self._damaged.pop(group_id, set())

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
        self._refuse_taken(group.group_id)
        self._save(group.group_id)
        # first: whatever happens from here on, nobody gets to use an older life of the group
        self._idle.pop(group.group_id, None)
        group.save()
        self._no_longer_damaged(group.group_id)
        self._idle[group.group_id] = group

    def forget_group(self, group_id: bytes) -> None:
        self._refuse_taken(group_id)
        self._save(group_id)
        self._idle.pop(group_id, None)
        self._storage.delete_group(group_id)
        self._no_longer_damaged(group_id)

    def inspect_group_info(self, group_info: bytes) -> GroupInfo:
        """Who is in the group, signatures and identities checked; nothing is stored."""
        return self._client.inspect_group_info(group_info)

    def external_join(
        self, group_info: bytes, *, now: int, remove_leaf: int | None = None, authenticated_data: bytes = b""
    ) -> ExternalGroup:
        """The group after an external commit; a stored one of the same id stays as it is until `replace_group`."""
        apart = Storage(retained_epochs=RETAINED_EPOCHS)
        group, commit = self._client_over(apart).external_join(
            group_info, now=now, remove_leaf=remove_leaf, authenticated_data=authenticated_data
        )
        group.save()
        return ExternalGroup(group.group_id, group.epoch, commit, apart.entries(), group.group_info())

    def checksum_of(self, group_id: bytes) -> bytes:
        """Of the group's state as last saved; empty where there is none."""
        self._save(group_id)
        found = (value for table, _, value in self._storage.group_entries(group_id) if table == "group")
        return checksum_of(next(found, b""))

    def snapshot_group(self, group_id: bytes) -> list[Entry]:
        """The group's entries as last saved, for `restore_group`. Raises GroupDamaged, GroupNotFound."""
        self._save(group_id)
        if group_id not in self._idle:
            self._load(group_id)
        return self._storage.group_entries(group_id)

    def restore_group(self, group_id: bytes, entries: Sequence[Entry]) -> None:
        """Goes back to a snapshot. Only to one made just before a commit was applied, and only where that commit was
        withdrawn: ratchet keys that were used after the snapshot would be used a second time.

        Raises as `replace_group` does.
        """
        self.replace_group(group_id, entries)

    def replace_group(self, group_id: bytes, entries: Sequence[Entry]) -> None:
        """Puts these entries, which must be of this group alone, in place of its old ones.

        Raises GroupTaken, and StorageError or UsageError for entries that make no group.
        """
        self._refuse_taken(group_id)
        self._save(group_id)
        apart = Storage(retained_epochs=RETAINED_EPOCHS)
        apart.replace_group(group_id, entries)
        self._client_over(apart).load_group(group_id)
        self._idle.pop(group_id, None)
        self._storage.replace_group(group_id, entries)
        self._no_longer_damaged(group_id)

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
        self._save_all()
        changes: dict[Key, bytes | None] = dict.fromkeys(self._obsolete)
        self._obsolete = set()
        changes |= {(table, key): value for table, key, value in self._storage.pending_writes()}
        return [(table, key, value) for (table, key), value in sorted(changes.items())]

    def export_state(self) -> bytes:
        """Everything but damaged groups as one blob, for `import_state`."""
        self._save_all()
        return encode_entries(self._storage.entries())
