"""A drawn history of one group in which members of both kinds come, go, renew their keys and talk."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Final

import pytest

from mls_rs_python import Crypto, Group
from ts_mls import NOW, Peer, PeerError, Program, agree, client, read

Member = Peer | Group

EPOCHS: Final = 24
MOST: Final = 6
UNMERGED: Final = "must list leaf node in its unmerged_leaves"
"""Why ts-mls refuses some valid trees: it wants all parents above an unmerged leaf to list the same leaves, where
RFC 9420, section 7.9.2, wants those below a parent that lists it to list it too."""


def refuses(join: Callable[[], object]) -> bool:
    """Whether ts-mls does not take the tree, for the reason known."""
    try:
        join()
    except PeerError as error:
        assert UNMERGED in str(error)
        return True
    return False


def leaf(member: Member) -> int:
    return member.own_leaf_index if isinstance(member, Group) else member.leaf()


def commit(committer: Member, add: bytes | None = None, remove: int | None = None) -> tuple[bytes, bytes | None]:
    """A commit of this and of open proposals, applied by who made it; commit and Welcome."""
    if isinstance(committer, Peer):
        if add is not None:
            return committer.add(add)
        return committer.update() if remove is None else committer.remove(remove), None
    leaves = [] if remove is None else [remove]
    output = committer.commit(now=NOW, add=[] if add is None else [add], remove=leaves)
    committer.apply_pending_commit()
    return output.commit, output.welcome


class Story:
    """Every commit is taken in by all others, who agree afterwards.

    Members never sit all in the right half of the tree: there ts-mls counts the root into a path that it is no part of
    (RFC 9420, section 4.1.2, filters it out), and comes to another commit secret.
    """

    def __init__(self, program: Program, suite: int, seed: int) -> None:
        self._program, self._suite, self._draw = program, suite, random.Random(seed)
        self._members: list[Member] = [client(suite).create_group(now=NOW)]
        self.epochs: Counter[tuple[str, str]] = Counter()
        self._add(self._members[0])

    def advance(self) -> None:
        """One more epoch, and messages that arrive in another order than they were sent."""
        committer = self._draw.choice(self._members)
        operations = [self._update]
        operations += [self._add, self._add_proposed, self._let_in] if len(self._members) < MOST else []
        operations += [self._remove, self._remove_proposed] if self._dispensable(committer) else []
        operation = self._draw.choice(operations)
        operation(committer)
        self.epochs["binding" if isinstance(committer, Group) else "ts-mls", operation.__name__] += 1
        agree(self._members)
        self._talk()

    def _talk(self) -> None:
        sender = self._draw.choice(self._members)
        sent = [(text, sender.encrypt(text)) for text in (b"1", b"2", b"3", b"4")]
        self._draw.shuffle(sent)
        for receiver in self._others(sender):
            assert [read(receiver, message) for _, message in sent] == [text for text, _ in sent]

    def _others(self, member: Member) -> list[Member]:
        return [other for other in self._members if other is not member]

    def _deliver(self, message: bytes, sender: Member) -> None:
        for member in self._others(sender):
            if isinstance(member, Group):
                assert member.process(message, now=NOW).kind != "application"
            else:
                assert member.process(message) is None

    def _update(self, committer: Member) -> None:
        self._deliver(commit(committer)[0], committer)

    def _add(self, committer: Member) -> None:
        self._welcome(committer, proposer=None)

    def _add_proposed(self, committer: Member) -> None:
        self._welcome(committer, self._draw.choice(self._members))

    def _welcome(self, committer: Member, proposer: Member | None) -> None:
        peer = self._program.start(self._suite) if self._draw.random() < 0.5 else None
        device = client(self._suite)
        package = peer.key_package() if peer else device.generate_key_package(now=NOW).data
        if proposer is None:
            message, welcome = commit(committer, add=package)
        else:
            self._deliver(proposer.propose_add(package), proposer)
            message, welcome = committer.welcoming_update() if isinstance(committer, Peer) else commit(committer)
        assert welcome is not None
        self._deliver(message, committer)
        if peer is None:
            self._members.append(device.join_group(welcome, now=NOW))
        elif refuses(lambda: peer.join(welcome)):
            self._deliver(commit(committer, remove=self._leaf_of(peer.credential))[0], committer)
        else:
            self._members.append(peer)

    def _leaf_of(self, credential: bytes) -> int:
        [*_, group] = (member for member in self._members if isinstance(member, Group))
        return next(member.leaf_index for member in group.members() if member.credential == credential)

    def _let_in(self, committer: Member) -> None:
        """Somebody joins by an external commit, with the GroupInfo of one who is in."""
        info, peer = committer.group_info(), self._program.start(self._suite)
        joined: tuple[Member, bytes] = client(self._suite).external_join(info, now=NOW)
        if self._draw.random() < 0.5 and not refuses(lambda: peer.external_join(info)):
            joined = peer, peer.external_join(info)
        newcomer, message = joined
        self._deliver(message, newcomer)
        self._members.append(newcomer)

    def _remove(self, committer: Member) -> None:
        leaving = self._draw.choice(self._dispensable(committer))
        self._deliver(commit(committer, remove=leaf(leaving))[0], committer)
        self._is_out(leaving)

    def _remove_proposed(self, committer: Member) -> None:
        """By another, or by whoever leaves."""
        leaving, proposer = self._draw.choice(self._dispensable(committer)), self._draw.choice(self._others(committer))
        self._deliver(proposer.propose_remove(leaf(leaving)), proposer)
        self._deliver(commit(committer)[0], committer)
        self._is_out(leaving)

    def _dispensable(self, committer: Member) -> list[Member]:
        """Who can go: two stay, one of them of the binding, and somebody in the left half of the tree."""
        return [member for member in self._others(committer) if self._may_go(member)]

    def _may_go(self, member: Member) -> bool:
        staying = self._others(member)
        leaves = [leaf(other) for other in staying]
        in_left_half = min(leaves) < 1 << (max(leaves).bit_length() - 1) if max(leaves) else True
        return len(staying) > 1 and in_left_half and any(isinstance(other, Group) for other in staying)

    def _is_out(self, member: Member) -> None:
        self._members.remove(member)
        if isinstance(member, Peer):
            assert member.status()[2] == "removedFromGroup"


def test_long_histories(program: Program) -> None:
    """Whatever each of the two can do with a group, it does at least once in these."""
    epochs: Counter[tuple[str, str]] = Counter()
    for seed in range(4):
        story = Story(program, 1, seed)
        for _ in range(EPOCHS):
            story.advance()
        epochs += story.epochs
    assert epochs.total() == 4 * EPOCHS
    assert len(epochs) == 2 * 6, epochs


@pytest.mark.parametrize("suite", [suite for suite in Crypto.supported_cipher_suites() if suite != 1])
def test_a_short_history_of_every_suite(program: Program, suite: int) -> None:
    story = Story(program, suite, seed=suite)
    for _ in range(EPOCHS // 3):
        story.advance()
    assert story.epochs.total() == EPOCHS // 3
