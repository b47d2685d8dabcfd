"""Proposals, and what commits make of them."""

import pytest

from mls_rs_python import CommitRequired, InvalidCommit, UnknownLeaf, UsageError, inspect_message


def names(members: object) -> list[bytes]:
    return [member.identity for member in members]  # type: ignore[attr-defined]


def test_proposals_are_committed_by_others(chat, device) -> None:
    trio = chat(b"alice", b"bob", b"carol")
    dave = device(b"dave")
    update = trio.groups[1].propose_update(authenticated_data=b"why")
    leave = trio.groups[2].propose_remove(2)
    add = trio.groups[1].propose_add(dave.client.generate_key_package(now=trio.now).data)
    kinds = [("update", 1, None), ("remove", 2, 2), ("add", 1, None)]
    for message, kind in zip((update, leave, add), kinds, strict=True):
        assert inspect_message(message).content_type == "proposal"
        received = trio.groups[0].process(message, now=trio.now)
        assert (received.kind, received.proposal_type, received.sender_leaf, received.removed_leaf) == (
            "proposal",
            *kind,
        )
    trio.groups[1].process(leave, now=trio.now)
    assert [group.pending_proposals for group in trio.groups] == [3, 3, 1]
    with pytest.raises(CommitRequired):
        trio.groups[0].encrypt(b"text")
    output = trio.groups[0].commit(now=trio.now)
    applied = trio.groups[0].apply_pending_commit()
    received = trio.groups[1].process(output.commit, now=trio.now)
    for commit in (applied, received):
        assert (names(commit.added), names(commit.removed), names(commit.updated)) == ([b"dave"], [b"carol"], [b"bob"])
    assert trio.groups[0].pending_proposals == 0
    joined = dave.client.join_group(output.welcome, now=trio.now)
    assert joined.epoch_authenticator == trio.groups[1].epoch_authenticator == trio.groups[0].epoch_authenticator


def test_our_own_leave_is_not_ours_to_commit(chat) -> None:
    pair = chat()
    pair.groups[0].propose_remove(0)
    pair.groups[0].commit(now=pair.now)
    assert pair.groups[0].apply_pending_commit().removed == []


def test_cleared_proposals_open_the_group_again(chat) -> None:
    pair = chat()
    leave = pair.groups[1].propose_remove(1)
    pair.groups[0].process(leave, now=pair.now)
    pair.groups[0].clear_pending_proposals()
    assert pair.groups[0].pending_proposals == 0
    pair.groups[0].encrypt(b"text")
    commit = pair.groups[1].commit(now=pair.now).commit
    assert pair.groups[0].process(commit, now=pair.now).epoch == 2


def test_a_commit_of_an_unknown_proposal(chat) -> None:
    trio = chat(b"alice", b"bob", b"carol")
    trio.groups[1].process(trio.groups[0].propose_update(), now=trio.now)
    commit = trio.groups[1].commit(now=trio.now).commit
    with pytest.raises(InvalidCommit):
        trio.groups[2].process(commit, now=trio.now)


def test_proposals_that_cannot_be(chat) -> None:
    group = chat().groups[0]
    for leaf in (9, -1, 2**33):
        with pytest.raises(UnknownLeaf):
            group.propose_remove(leaf)
    with pytest.raises(UsageError):
        group.propose_update(authenticated_data=bytes(70_000))
    assert group.pending_proposals == 0
