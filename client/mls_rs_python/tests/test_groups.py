"""A group's commits, proposals, secrets and messages."""

import pytest

from mls_rs_python import (
    CommitPending,
    DecryptionFailed,
    DuplicateMessage,
    InvalidCommit,
    InvalidKeyPackage,
    InvalidMessage,
    InvalidProposal,
    NoPendingCommit,
    NotAMember,
    UnknownLeaf,
    UsageError,
    inspect_message,
)

NAME_EXTENSION = 0xF001


def names(members: object) -> list[bytes]:
    return [member.identity for member in members]  # type: ignore[attr-defined]


def test_members(chat) -> None:
    pair = chat()
    members = pair.groups[0].members()
    assert [(member.leaf_index, member.credential, member.identity) for member in members] == [
        (0, b"alice", b"alice"),
        (1, b"bob", b"bob"),
    ]
    assert members[1].signature_key == pair.devices[1].keys[1]
    assert members == pair.groups[1].members()
    assert len({*members, *pair.groups[1].members()}) == 2
    assert members[0] != members[1]
    assert repr(members[0]) == "Member(leaf_index=0, identity=b'alice')"


def test_messages(chat) -> None:
    pair = chat()
    message = pair.groups[0].encrypt(b"text", authenticated_data=b"open")
    header = inspect_message(message)
    assert (header.wire_format, header.content_type) == ("private_message", "application")
    assert (header.group_id, header.epoch, header.cipher_suite) == (pair.groups[0].group_id, 1, None)
    assert b"text" not in message
    assert b"open" in message
    received = pair.groups[1].process(message, now=pair.now)
    assert (received.kind, received.sender_leaf) == ("application", 0)
    assert (received.data, received.authenticated_data) == (b"text", b"open")


@pytest.mark.parametrize("size", [0, 1, 100, 65_536, 1 << 20])
def test_messages_of_any_size(chat, size: int) -> None:
    pair = chat()
    data = b"x" * size
    assert pair.groups[1].process(pair.groups[0].encrypt(data), now=pair.now).data == data


def test_lengths_are_padded(chat) -> None:
    group = chat().groups[0]
    lengths = {len(group.encrypt(b"x" * size)) for size in range(1000, 1050)}
    assert len(lengths) <= 2


def test_messages_are_bounded(chat) -> None:
    pair = chat()
    with pytest.raises(UsageError):
        pair.groups[0].encrypt(bytes((8 << 20) + 1))
    with pytest.raises(UsageError):
        pair.groups[0].encrypt(b"", authenticated_data=bytes(70_000))
    with pytest.raises(InvalidMessage):
        pair.groups[0].process(bytes((1 << 20) + 1), now=pair.now)


def test_a_commit_waits_until_it_is_applied(chat) -> None:
    pair = chat()
    alice, bob = pair.groups
    output = alice.commit(now=pair.now, authenticated_data=b"why")
    assert (output.welcome, alice.has_pending_commit, alice.epoch) == (None, True, 1)
    assert inspect_message(output.commit).content_type == "commit"
    assert inspect_message(output.commit).wire_format == "private_message"
    with pytest.raises(CommitPending):
        alice.commit(now=pair.now)
    applied = alice.apply_pending_commit()
    received = bob.process(output.commit, now=pair.now)
    for commit in (applied, received):
        assert (commit.kind, commit.epoch, commit.committer_leaf, commit.external) == ("commit", 2, 0, False)
        assert (commit.added, commit.removed, commit.updated, commit.self_removed) == ([], [], [], False)
        assert (commit.authenticated_data, commit.context_extensions_changed) == (b"why", False)
    assert (alice.has_pending_commit, alice.epoch_authenticator) == (False, bob.epoch_authenticator)
    with pytest.raises(NoPendingCommit):
        alice.apply_pending_commit()


def test_a_cleared_commit_leaves_no_trace(chat) -> None:
    pair = chat()
    alice, bob = pair.groups
    authenticator = alice.epoch_authenticator
    alice.commit(now=pair.now, remove=[1])
    alice.clear_pending_commit()
    assert (alice.has_pending_commit, alice.epoch, alice.epoch_authenticator) == (False, 1, authenticator)
    assert bob.process(alice.encrypt(b"text"), now=pair.now).data == b"text"


def test_the_winning_commit_ends_ours(chat) -> None:
    pair = chat()
    alice, bob = pair.groups
    alice.commit(now=pair.now)
    winner = bob.commit(now=pair.now).commit
    bob.apply_pending_commit()
    assert alice.process(winner, now=pair.now).committer_leaf == 1
    assert not alice.has_pending_commit
    assert alice.epoch_authenticator == bob.epoch_authenticator


def test_our_own_commit_from_the_server_is_applied(chat) -> None:
    pair = chat()
    commit = pair.groups[0].commit(now=pair.now).commit
    assert pair.groups[0].process(commit, now=pair.now).epoch == 2
    assert not pair.groups[0].has_pending_commit


def test_a_pending_commit_survives_a_reload(chat) -> None:
    pair = chat()
    commit = pair.groups[0].commit(now=pair.now).commit
    pair.groups[0].save()
    group = pair.devices[0].copy().load_group(pair.groups[0].group_id)
    assert group.has_pending_commit
    group.apply_pending_commit()
    pair.groups[1].process(commit, now=pair.now)
    assert group.epoch_authenticator == pair.groups[1].epoch_authenticator


def test_adding_and_removing_in_one_commit(chat, device) -> None:
    trio = chat(b"alice", b"bob", b"carol")
    alice, bob, carol = trio.groups
    dave = device(b"dave")
    package = dave.client.generate_key_package(now=trio.now)
    output = alice.commit(now=trio.now, add=[package.data], remove=[1])
    applied = alice.apply_pending_commit()
    seen = [applied, bob.process(output.commit, now=trio.now), carol.process(output.commit, now=trio.now)]
    for commit in seen:
        assert [(member.leaf_index, member.identity) for member in commit.added] == [(1, b"dave")]
        assert [(member.leaf_index, member.identity) for member in commit.removed] == [(1, b"bob")]
    assert [commit.self_removed for commit in seen] == [False, True, False]
    joined = dave.client.join_group(output.welcome, now=trio.now)
    assert joined.own_leaf_index == 1
    assert names(joined.members()) == names(carol.members()) == [b"alice", b"dave", b"carol"]
    assert joined.epoch_authenticator == carol.epoch_authenticator


def test_the_removed_are_no_members(chat) -> None:
    pair = chat()
    alice, bob = pair.groups
    message = alice.encrypt(b"late")
    commit = alice.commit(now=pair.now, remove=[1]).commit
    alice.apply_pending_commit()
    assert bob.process(commit, now=pair.now).self_removed
    bob.save()
    for group in (bob, pair.devices[1].copy().load_group(bob.group_id)):
        assert (group.epoch, names(group.members())) == (1, [b"alice", b"bob"])
        for refused in (
            lambda group=group: group.encrypt(b"text"),
            lambda group=group: group.process(message, now=pair.now),
            lambda group=group: group.commit(now=pair.now),
            lambda group=group: group.apply_pending_commit(),
            lambda group=group: group.propose_update(),
            lambda group=group: group.propose_remove(0),
            lambda group=group: group.propose_add(b""),
            lambda group=group: group.group_info(),
            lambda group=group: group.export_secret(b"label", b"", 32),
        ):
            with pytest.raises(NotAMember):
                refused()


def test_commits_that_cannot_be(chat, device) -> None:
    pair = chat()
    alice = pair.groups[0]
    for leaf in (2, 5, -1, 2**31, 2**80):
        with pytest.raises(UnknownLeaf):
            alice.commit(now=pair.now, remove=[leaf])
    with pytest.raises(InvalidProposal):
        alice.commit(now=pair.now, remove=[0])
    with pytest.raises((InvalidProposal, UnknownLeaf)):
        alice.commit(now=pair.now, remove=[1, 1])
    twin = pair.devices[1].client.generate_key_package(now=pair.now)
    with pytest.raises(InvalidProposal):
        alice.commit(now=pair.now, add=[twin.data])
    stale = device(b"carol").client.generate_key_package(now=pair.now, lifetime=1)
    with pytest.raises(InvalidKeyPackage):
        alice.commit(now=pair.now + 2, add=[stale.data])
    with pytest.raises(UsageError):
        alice.commit(now=pair.now, external_psks=[b"unknown"])
    with pytest.raises(InvalidProposal):
        alice.commit(now=pair.now, context_extensions={0xF002: b""})
    with pytest.raises(UsageError):
        alice.commit(now=pair.now, authenticated_data=bytes(70_000))
    with pytest.raises(UsageError):
        alice.commit(now=2**62)
    assert (alice.has_pending_commit, alice.epoch) == (False, 1)
    assert alice.commit(now=pair.now).welcome is None


def test_context_extensions(chat) -> None:
    pair = chat()
    commit = pair.groups[0].commit(now=pair.now, context_extensions={NAME_EXTENSION: b"coffee"}).commit
    pair.groups[0].apply_pending_commit()
    assert pair.groups[1].process(commit, now=pair.now).context_extensions_changed
    assert [group.context_extensions for group in pair.groups] == [{NAME_EXTENSION: b"coffee"}] * 2
    same = pair.groups[0].commit(now=pair.now, context_extensions={NAME_EXTENSION: b"coffee"}).commit
    assert not pair.groups[1].process(same, now=pair.now).context_extensions_changed


def test_external_psks_bind_a_commit(chat) -> None:
    pair = chat()
    for device in pair.devices:
        device.storage.put_psk(b"id", b"secret")
    commit = pair.groups[0].commit(now=pair.now, external_psks=[b"id"]).commit
    assert pair.groups[0].apply_pending_commit().external_psk_ids == [b"id"]
    pair.devices[1].storage.delete_psk(b"id")
    with pytest.raises(InvalidCommit):
        pair.groups[1].process(commit, now=pair.now)
    pair.devices[1].storage.put_psk(b"id", b"secret")
    bob = pair.devices[1].copy().load_group(pair.groups[1].group_id)
    assert bob.process(commit, now=pair.now).external_psk_ids == [b"id"]
    assert bob.epoch_authenticator == pair.groups[0].epoch_authenticator


def test_exported_secrets(chat) -> None:
    pair = chat()
    secret = pair.groups[0].export_secret(b"label", b"context", 48)
    assert len(secret) == 48
    assert pair.groups[1].export_secret(b"label", b"context", 48) == secret
    others = [(b"other", b"context"), (b"label", b"other")]
    assert all(pair.groups[0].export_secret(*other, 48) != secret for other in others)
    pair.advance()
    assert pair.groups[0].export_secret(b"label", b"context", 48) != secret
    for length in (0, -1, 255 * 32 + 1, 2**70):
        with pytest.raises(UsageError):
            pair.groups[0].export_secret(b"label", b"context", length)
    assert len(pair.groups[0].export_secret(b"", b"", 255 * 32)) == 255 * 32


def test_a_failed_message_is_undone_by_loading_again(chat) -> None:
    pair = chat()
    message = pair.groups[0].encrypt(b"text")
    with pytest.raises(DecryptionFailed):
        pair.groups[1].process(message[:-1] + bytes([message[-1] ^ 1]), now=pair.now)
    with pytest.raises(DuplicateMessage):
        pair.groups[1].process(message, now=pair.now)
    pair.groups[1] = pair.devices[1].client.load_group(pair.groups[1].group_id)
    assert pair.groups[1].process(message, now=pair.now).data == b"text"
