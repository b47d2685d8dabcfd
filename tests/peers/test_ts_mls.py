"""The binding and ts-mls, two implementations of RFC 9420, in one group: each as founder, guest and third."""

import pytest

from mls_rs_python import Group, InvalidCommit, MlsError, ProposalReceived, StaleEpoch, Storage
from ts_mls import EXTENSION, NOW, Peer, PeerError, agree, client, commit, read, take


def test_binding_invites_ts_mls(peer: Peer, hosted: Group) -> None:
    agree([peer, hosted])


def test_ts_mls_invites_binding(peer: Peer, visiting: Group) -> None:
    assert visiting.group_id == b"founded by ts-mls"
    agree([peer, visiting])


@pytest.mark.parametrize("founder", ["hosted", "visiting"])
def test_both_renew_their_keys(peer: Peer, founder: str, request: pytest.FixtureRequest) -> None:
    group: Group = request.getfixturevalue(founder)
    for _ in range(2):
        commit(group, peer)
        agree([peer, group])
        take(group, peer.update())
        agree([peer, group])


def test_binding_adds_and_removes_a_third(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    welcome = commit(hosted, peer, add=[device.generate_key_package(now=NOW).data])
    assert welcome is not None
    third = device.join_group(welcome, now=NOW)
    agree([peer, hosted, third])
    commit(hosted, peer, remove=[third.own_leaf_index])
    agree([peer, hosted])


def test_ts_mls_adds_and_removes_a_third(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    message, welcome = peer.add(device.generate_key_package(now=NOW).data)
    assert [member.credential for member in take(hosted, message).added] == [device.credential]
    third = device.join_group(welcome, now=NOW)
    agree([peer, hosted, third])
    message = peer.remove(third.own_leaf_index)
    assert take(third, message).self_removed
    assert [member.credential for member in take(hosted, message).removed] == [device.credential]
    agree([peer, hosted])


def test_ts_mls_commits_an_update_proposed_by_the_binding(peer: Peer, visiting: Group) -> None:
    assert peer.process(visiting.propose_update()) is None
    updated = take(visiting, peer.update()).updated
    assert [member.leaf_index for member in updated] == [visiting.own_leaf_index]
    agree([peer, visiting])


def test_binding_commits_a_remove_proposed_by_ts_mls(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    welcome = commit(hosted, peer, add=[device.generate_key_package(now=NOW).data])
    assert welcome is not None
    third = device.join_group(welcome, now=NOW)
    proposal = hosted.process(peer.propose_remove(third.own_leaf_index), now=NOW)
    assert isinstance(proposal, ProposalReceived)
    assert (proposal.proposal_type, proposal.removed_leaf) == ("remove", third.own_leaf_index)
    commit(hosted, peer)
    assert len(hosted.members()) == 2
    agree([peer, hosted])


def test_binding_commits_an_add_proposed_by_ts_mls(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    proposal = hosted.process(peer.propose_add(device.generate_key_package(now=NOW).data), now=NOW)
    assert isinstance(proposal, ProposalReceived)
    assert proposal.proposal_type == "add"
    welcome = commit(hosted, peer)
    assert welcome is not None
    agree([peer, hosted, device.join_group(welcome, now=NOW)])


def test_ts_mls_commits_adds_and_removes_proposed_by_the_binding(suite: int, peer: Peer, visiting: Group) -> None:
    device = client(suite)
    assert peer.process(visiting.propose_add(device.generate_key_package(now=NOW).data)) is None
    message, welcome = peer.welcoming_update()
    assert [member.credential for member in take(visiting, message).added] == [device.credential]
    third = device.join_group(welcome, now=NOW)
    agree([peer, visiting, third])
    leave = visiting.propose_remove(third.own_leaf_index)
    assert peer.process(leave) is None
    assert third.process(leave, now=NOW).kind == "proposal"
    message = peer.update()
    assert take(third, message).self_removed
    assert [member.credential for member in take(visiting, message).removed] == [device.credential]
    agree([peer, visiting])


def test_a_member_of_either_leaves(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    welcome = commit(hosted, peer, add=[device.generate_key_package(now=NOW).data])
    assert welcome is not None
    third = device.join_group(welcome, now=NOW)
    leave = third.propose_remove(third.own_leaf_index)
    assert peer.process(leave) is None
    hosted.process(leave, now=NOW)
    message = peer.update()
    assert take(third, message).self_removed
    assert [member.credential for member in take(hosted, message).removed] == [device.credential]
    agree([peer, hosted])
    hosted.process(peer.propose_remove(peer.leaf()), now=NOW)
    commit(hosted, peer)
    assert (len(hosted.members()), peer.status()[2]) == (1, "removedFromGroup")


def test_binding_removes_ts_mls(peer: Peer, hosted: Group) -> None:
    commit(hosted, peer, remove=[1])
    assert peer.status()[2] == "removedFromGroup"
    with pytest.raises(PeerError):
        peer.encrypt(b"too late")


def test_ts_mls_removes_binding(peer: Peer, visiting: Group) -> None:
    assert take(visiting, peer.remove(visiting.own_leaf_index)).self_removed


def test_messages_out_of_order(peer: Peer, hosted: Group) -> None:
    ours = [hosted.encrypt(bytes([number])) for number in range(4)]
    assert [peer.process(message) for message in reversed(ours)] == [b"\3", b"\2", b"\1", b"\0"]
    theirs = [peer.encrypt(bytes([number])) for number in range(4)]
    assert [read(hosted, message) for message in reversed(theirs)] == [b"\3", b"\2", b"\1", b"\0"]


def test_it_refuses_a_spoiled_commit_of_ours(peer: Peer, hosted: Group) -> None:
    ours = hosted.commit(now=NOW).commit
    hosted.clear_pending_commit()
    with pytest.raises(PeerError):
        peer.process(ours[:-1] + bytes([ours[-1] ^ 1]))
    agree([peer, hosted])


@pytest.mark.parametrize("founder", ["hosted", "visiting"])
def test_the_group_context_changes(peer: Peer, founder: str, request: pytest.FixtureRequest) -> None:
    group: Group = request.getfixturevalue(founder)
    commit(group, peer, context_extensions={EXTENSION: b"by the binding"})
    assert peer.extension() == b"by the binding"
    agree([peer, group])


def test_a_commit_of_ts_mls_without_the_path_that_it_needs_is_refused(peer: Peer, hosted: Group) -> None:
    """RFC 9420, section 17.4: a change of the group context takes a path, and ts-mls makes none."""
    hosted.save()
    before = hosted.epoch_authenticator
    with pytest.raises(InvalidCommit, match="path"):
        hosted.process(peer.extend(b"by ts-mls"), now=NOW)
    assert (hosted.epoch_authenticator, hosted.context_extensions) == (before, {})


def test_a_pre_shared_key_is_proved(suite: int, peer: Peer) -> None:
    storage = Storage()
    device = client(suite, storage)
    storage.put_psk(b"id", b"secret")
    peer.know(b"id", b"secret")
    group = device.create_group(now=NOW)
    welcome = group.commit(now=NOW, add=[peer.key_package()], external_psks=[b"id"]).welcome
    group.apply_pending_commit()
    assert welcome is not None
    peer.join(welcome)
    agree([peer, group])
    commit(group, peer, external_psks=[b"id"])
    assert take(group, peer.prove(b"id")).external_psk_ids == [b"id"]
    agree([peer, group])
    peer.know(b"id", b"another")
    wrong = peer.prove(b"id")
    with pytest.raises(InvalidCommit):
        group.process(wrong, now=NOW)


def test_late_messages_of_past_epochs(peer: Peer, hosted: Group) -> None:
    """Both keep a few epochs; the oldest message of each is too old for the other."""
    ours, theirs = [hosted.encrypt(b"0")], [peer.encrypt(b"0")]
    for number in range(1, 7):
        take(hosted, peer.update()) if number % 2 else commit(hosted, peer)
        ours.append(hosted.encrypt(b"%d" % number))
        theirs.append(peer.encrypt(b"%d" % number))
    hosted.save()
    with pytest.raises(PeerError, match="too old"):
        peer.process(ours[0])
    with pytest.raises(StaleEpoch):
        hosted.process(theirs[0], now=NOW)
    for number in range(3, 7):
        assert (peer.process(ours[number]), read(hosted, theirs[number])) == (b"%d" % number,) * 2
    agree([peer, hosted])


def test_the_losing_commit_is_dropped(peer: Peer, hosted: Group) -> None:
    ours = hosted.commit(now=NOW).commit
    assert take(hosted, peer.update()).committer_leaf == peer.leaf()
    assert not hosted.has_pending_commit
    with pytest.raises(PeerError):
        peer.process(ours)
    agree([peer, hosted])


def test_a_spoiled_commit_of_ts_mls_is_refused(peer: Peer, hosted: Group) -> None:
    hosted.save()
    before = hosted.epoch_authenticator
    message = peer.update()
    with pytest.raises(MlsError):
        hosted.process(message[:-1] + bytes([message[-1] ^ 1]), now=NOW)
    assert hosted.epoch_authenticator == before
