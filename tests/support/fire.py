"""A group of three whose second member, Bob, is put under fire."""

from collections.abc import Callable

from backends import CRYPTO, DAY, NOW, Table, advance, all_talk, circle, device_keys, entries_of, store
from mls_chat.backend import Backend
from mls_chat.stored_entries import import_state
from mls_rs_python import Group

ADA, BOB, CLEO = range(3)


class Fire:
    """A group of three; what the others sent to Bob, and what he has on his disk."""

    def __init__(self) -> None:
        self.keys = [device_keys(number) for number in range(1, 5)]
        self.members, self.group_id = circle(*self.keys[:3])
        self.ada, self.bob, self.cleo = self.members
        self.messages = {"late": self._from(self.ada, lambda group: group.encrypt(b"late"))}
        for committer in self.members:
            advance(committer, [other for other in self.members if other is not committer], self.group_id)
        self.guest = Backend(CRYPTO, self.keys[3])
        self.package = self.guest.generate_key_package(now=NOW, lifetime=DAY).data
        self.reference = self.bob.generate_key_package(now=NOW, lifetime=DAY).reference
        self.second = self.bob.create_group(now=NOW, group_data=b"second")
        self.welcome = self._welcome_for_bob(self.ada.create_group(now=NOW, group_data=b"third"))
        self.info = self._from(self.ada, lambda group: group.group_info())
        members = self.bob.inspect_group_info(self.info).members
        [self.leaf] = [each.leaf_index for each in members if each.credential == self.keys[BOB].credential]
        self.welcome_back = self._welcome_back()
        self.rejoin = self.bob.external_join(self.info, now=NOW, remove_leaf=self.leaf)
        self.messages |= {
            "of Cleo": self._from(self.cleo, lambda group: group.encrypt(b"from Cleo")),
            "application": self._from(self.ada, lambda group: group.encrypt(b"text")),
            "commit": self._from(self.ada, lambda group: group.commit(now=NOW, add=[self.package]).commit),
            "removal": self._from(self.ada, lambda group: group.commit(now=NOW, remove=[self.leaf]).commit),
            "proposal": self._from(self.ada, lambda group: group.propose_update()),
            "external": self.guest.external_join(self.info, now=NOW).commit,
        }
        self.snapshot = self.bob.snapshot_group(self.group_id)
        self.disk: Table = {}
        store(self.disk, self.bob)
        self.before = self.bob.export_state()

    def _from(self, sender: Backend, work: Callable[[Group], bytes]) -> bytes:
        """What would be sent; the sender then is as before."""
        before = sender.snapshot_group(self.group_id)
        with sender.take(self.group_id) as group:
            sent = work(group)
        sender.restore_group(self.group_id, before)
        return sent

    def _welcome_for_bob(self, group_id: bytes) -> bytes:
        package = self.bob.generate_key_package(now=NOW, lifetime=DAY)
        with self.ada.take(group_id) as group:
            welcome = group.commit(now=NOW, add=[package.data]).welcome
        assert welcome is not None
        return welcome

    def _welcome_back(self) -> bytes:
        """Into the group in which he is."""
        before = self.ada.snapshot_group(self.group_id)
        with self.ada.take(self.group_id) as group:
            group.commit(now=NOW, remove=[self.leaf])
            group.apply_pending_commit()
        welcome = self._welcome_for_bob(self.group_id)
        self.ada.restore_group(self.group_id, before)
        return welcome

    def is_as_before(self) -> None:
        assert self.bob.export_state() == self.before
        assert self.bob.pending_writes() == []

    def is_whole(self) -> None:
        """On his disk is exactly what he holds, and what is in memory of his groups says nothing else."""
        store(self.disk, self.bob)
        assert entries_of(self.disk) == import_state(self.bob.export_state())
        for group_id in [key for table, key in self.disk if table == "group"]:
            with self.bob.take(group_id) as group:
                assert group.group_id == group_id
        assert self.bob.pending_writes() == []

    def restarted(self) -> Backend:
        """Bob from his disk."""
        return Backend(CRYPTO, self.keys[BOB], entries_of(self.disk))

    def goes_on(self) -> None:
        """Also after a restart from his disk."""
        self.is_whole()
        all_talk(self.members, self.group_id)
        store(self.disk, self.bob)
        self.bob = self.members[BOB] = self.restarted()
        all_talk(self.members, self.group_id)
        advance(self.bob, [self.ada, self.cleo], self.group_id)
        advance(self.ada, [self.bob, self.cleo], self.group_id)
        all_talk(self.members, self.group_id)
