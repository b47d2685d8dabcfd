"""A group of three, in which Bob is fed, and whatever the others could send him."""

from collections.abc import Callable

from backends import CRYPTO, DAY, NOW, advance, all_talk, circle, device_keys
from mls_chat.backend import GROUP_DATA_EXTENSION, Backend
from mls_rs_python import ApplicationMessage, CommitReceived, Group, ProposalReceived

ADA, BOB, CLEO, DORA, EVE, FRANK = range(6)


class Scene:
    def __init__(self) -> None:
        self.keys = [device_keys(number) for number in range(1, 7)]
        self.members, self.group_id = circle(*self.keys[:3])
        self.late = [self._late_message(committer) for committer in self.members]
        self.bob = self.members[BOB]
        self.other_id = self.bob.create_group(now=NOW, group_data=b"other")
        self.dora, self.eve, self.frank = (Backend(CRYPTO, keys) for keys in self.keys[DORA:])
        self.dora_package = self.dora.generate_key_package(now=NOW, lifetime=DAY).data
        self.packages = [self.dora_package, self.frank.generate_key_package(now=NOW, lifetime=DAY).data]
        for backend in (*self.members, self.dora, self.eve, self.frank):
            backend.pending_writes()
        self._snapshots = [member.snapshot_group(self.group_id) for member in self.members]

    def _late_message(self, committer: Backend) -> bytes:
        """Of an epoch that then ends; everybody commits once, so that the tree is full."""
        with self.members[ADA].take(self.group_id) as group:
            message = group.encrypt(b"late")
        advance(committer, [other for other in self.members if other is not committer], self.group_id)
        return message

    def go_back(self) -> None:
        """All members are where they were when the scene began."""
        for member, snapshot in zip(self.members, self._snapshots, strict=True):
            member.restore_group(self.group_id, snapshot)
            member.pending_writes()

    def by(self, who: int, *works: Callable[[Group], bytes | None]) -> list[bytes]:
        """What a member sends by each of these, all in the state of the beginning."""
        sent = []
        for work in works:
            with self.members[who].take(self.group_id) as group:
                sent.append(work(group) or b"")
            self.go_back()
        return sent

    def bob_processes(self, data: bytes) -> object:
        """What he makes of it; then he is back where he was, as if nothing had come."""
        with self.bob.take(self.group_id) as group:
            outcome = described(group.process(data, now=NOW), group)
        self.bob.restore_group(self.group_id, self._snapshots[BOB])
        self.bob.pending_writes()
        return outcome

    def unchanged(self) -> None:
        assert self.bob.pending_writes() == []

    def still_works(self) -> None:
        """The three read each other, and commit."""
        self.unchanged()
        assert self.bob.snapshot_group(self.group_id) == self._snapshots[BOB]
        all_talk(self.members, self.group_id)
        advance(self.bob, [self.members[ADA], self.members[CLEO]], self.group_id)
        all_talk(self.members, self.group_id)
        self.go_back()


def described(received: ApplicationMessage | CommitReceived | ProposalReceived, group: Group) -> object:
    match received:
        case ApplicationMessage():
            return received.sender_leaf, received.data, received.authenticated_data
        case CommitReceived():
            return received.committer_leaf, received.authenticated_data, group.epoch_authenticator
        case _:
            return received.sender_leaf, received.proposal_type, received.removed_leaf, received.authenticated_data


def rename(group: Group) -> bytes:
    return group.commit(now=NOW, context_extensions={GROUP_DATA_EXTENSION: b"renamed"}).commit
