"""External commits between the binding and ts-mls: joining, and coming back in place of the own leaf."""

from mls_rs_python import CommitOutput, Group
from ts_mls import NOW, Peer, Program, agree, client, commit, take


def test_binding_joins_by_external_commit(suite: int, peer: Peer, visiting: Group) -> None:
    joined, message = client(suite).external_join(peer.group_info(), now=NOW)
    assert peer.process(message) is None
    assert take(visiting, message).external
    agree([peer, visiting, joined])


def test_ts_mls_joins_by_external_commit(suite: int, peer: Peer) -> None:
    group = client(suite).create_group(now=NOW)
    assert take(group, peer.external_join(group.group_info())).external
    agree([peer, group])


def test_ts_mls_joins_by_the_group_info_of_a_commit(program: Program, suite: int, peer: Peer, hosted: Group) -> None:
    output: CommitOutput = hosted.commit(now=NOW, with_group_info=True)
    hosted.apply_pending_commit()
    assert output.group_info is not None
    third = program.start(suite)
    message = third.external_join(output.group_info)
    assert peer.process(output.commit) is None
    assert take(hosted, message).external
    assert peer.process(message) is None
    agree([peer, hosted, third])


def test_binding_reads_the_group_info_of_ts_mls(suite: int, peer: Peer, visiting: Group) -> None:
    info = client(suite).inspect_group_info(peer.group_info())
    assert (info.group_id, info.epoch, info.cipher_suite) == (visiting.group_id, visiting.epoch, suite)
    assert (info.members, info.signer_leaf) == (visiting.members(), peer.leaf())


def test_binding_comes_back_in_place_of_its_leaf(suite: int, peer: Peer) -> None:
    device = client(suite)
    peer.create(b"founded by ts-mls")
    _, welcome = peer.add(device.generate_key_package(now=NOW).data)
    lost = device.join_group(welcome, now=NOW)
    for _ in range(2):
        peer.update()
    info = peer.group_info()
    members = device.inspect_group_info(info).members
    [leaf] = [member.leaf_index for member in members if member.credential == device.credential]
    assert leaf == lost.own_leaf_index
    back, message = device.external_join(info, now=NOW, remove_leaf=leaf)
    assert peer.process(message) is None
    agree([peer, back])
    commit(back, peer)
    take(back, peer.update())
    agree([peer, back])


def test_ts_mls_comes_back_in_place_of_its_leaf(peer: Peer, hosted: Group) -> None:
    lost = peer.leaf()
    received = take(hosted, peer.rejoin(hosted.group_info()))
    assert [member.leaf_index for member in received.removed] == [lost]
    assert [member.credential for member in received.added] == [peer.credential]
    agree([peer, hosted])
    commit(hosted, peer)
    take(hosted, peer.update())
    agree([peer, hosted])


def test_external_commits_one_after_the_other(program: Program, suite: int, peer: Peer, hosted: Group) -> None:
    """Newcomers of both join from outside, each by a GroupInfo of whoever came last."""
    members: list[Peer | Group] = [hosted, peer]
    for number in range(4):
        last = members[-1]
        if number % 2:
            peer = program.start(suite)
            newcomer: Peer | Group = peer
            message = peer.external_join(last.group_info())
        else:
            newcomer, message = client(suite).external_join(last.group_info(), now=NOW)
        for member in members:
            assert take(member, message).external if isinstance(member, Group) else member.process(message) is None
        members.append(newcomer)
        agree(members)
