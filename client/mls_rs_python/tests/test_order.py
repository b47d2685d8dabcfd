"""Late, early, repeated, foreign and echoed messages are told apart by name."""

import pytest

from mls_rs_python import (
    DecryptionFailed,
    DuplicateMessage,
    FutureEpoch,
    InvalidCommit,
    InvalidMessage,
    InvalidProposal,
    OwnMessage,
    StaleEpoch,
    WrongGroup,
)


def test_out_of_order_in_one_epoch(chat) -> None:
    pair = chat()
    messages = [pair.groups[0].encrypt(b"%d" % index) for index in range(50)]
    order = [*range(40, 50), *range(39, -1, -1)]
    assert [int(pair.groups[1].process(messages[index], now=pair.now).data) for index in order] == order


def test_a_message_is_taken_once(chat) -> None:
    pair = chat()
    first, second = pair.groups[0].encrypt(b"1"), pair.groups[0].encrypt(b"2")
    pair.groups[1].process(second, now=pair.now)
    pair.groups[1].process(first, now=pair.now)
    for message in (first, second):
        with pytest.raises(DuplicateMessage):
            pair.groups[1].process(message, now=pair.now)
    pair.groups[1].save()
    with pytest.raises(DuplicateMessage):
        pair.devices[1].copy().load_group(pair.groups[1].group_id).process(first, now=pair.now)


def test_a_jump_that_is_too_wide(chat) -> None:
    pair = chat()
    messages = [pair.groups[0].encrypt(b"") for _ in range(1026)]
    with pytest.raises(DecryptionFailed, match="too far ahead"):
        pair.groups[1].process(messages[-1], now=pair.now)
    assert pair.groups[1].process(messages[-2], now=pair.now).data == b""


def test_past_epochs_within_those_kept(chat) -> None:
    pair = chat()
    late = []
    for _ in range(6):
        late.append(pair.groups[0].encrypt(b"epoch %d" % pair.groups[0].epoch))
        pair.advance()
        pair.save()
    bob = pair.devices[1].copy().load_group(pair.groups[1].group_id)
    assert [bob.process(message, now=pair.now).data for message in late[1:]] == [b"epoch %d" % n for n in range(2, 7)]
    with pytest.raises(StaleEpoch):
        bob.process(late[0], now=pair.now)


def test_a_late_message_is_taken_once_also_after_a_reload(chat) -> None:
    pair = chat()
    late = pair.groups[0].encrypt(b"late")
    pair.advance()
    pair.groups[1].process(late, now=pair.now)
    pair.groups[1].save()
    for group in (pair.groups[1], pair.devices[1].copy().load_group(pair.groups[1].group_id)):
        with pytest.raises(DuplicateMessage):
            group.process(late, now=pair.now)


def test_handshakes_of_other_epochs(chat) -> None:
    pair = chat()
    stale = pair.groups[1].commit(now=pair.now).commit
    proposal = pair.groups[1].propose_update()
    pair.groups[1].clear_pending_commit()
    pair.groups[1].clear_pending_proposals()
    pair.advance()
    for message in (stale, proposal):
        with pytest.raises(StaleEpoch, match="epoch 1, the group in epoch 2"):
            pair.groups[0].process(message, now=pair.now)
    assert pair.groups[0].pending_proposals == 0


def test_messages_of_a_later_epoch(chat) -> None:
    pair = chat()
    alice, bob = pair.groups
    first = alice.commit(now=pair.now).commit
    alice.apply_pending_commit()
    messages = [alice.encrypt(b"text"), alice.commit(now=pair.now).commit]
    authenticator = bob.epoch_authenticator
    for message in messages:
        with pytest.raises(FutureEpoch):
            bob.process(message, now=pair.now)
    assert bob.epoch_authenticator == authenticator
    bob.process(first, now=pair.now)
    assert [bob.process(message, now=pair.now).kind for message in messages] == ["application", "commit"]


def test_a_commit_twice(chat) -> None:
    pair = chat()
    commit = pair.groups[0].commit(now=pair.now).commit
    pair.groups[0].apply_pending_commit()
    pair.groups[1].process(commit, now=pair.now)
    for group in pair.groups:
        with pytest.raises(StaleEpoch):
            group.process(commit, now=pair.now)


def test_own_messages_come_back(chat) -> None:
    pair = chat()
    message = pair.groups[0].encrypt(b"text")
    with pytest.raises(OwnMessage):
        pair.groups[0].process(message, now=pair.now)
    pair.advance()
    with pytest.raises(OwnMessage):
        pair.groups[0].process(message, now=pair.now)


def test_an_own_proposal_comes_back(chat) -> None:
    pair = chat()
    proposal = pair.groups[0].propose_update()
    assert pair.groups[0].process(proposal, now=pair.now).sender_leaf == 0
    assert pair.groups[0].pending_proposals == 1


def test_messages_of_another_group(chat, now) -> None:
    pair = chat()
    other = pair.devices[0].client.create_group(now=now)
    for message in (other.encrypt(b"text"), other.commit(now=now).commit):
        with pytest.raises(WrongGroup):
            pair.groups[0].process(message, now=now)


def test_a_twin_group_of_the_same_id(chat, device, now) -> None:
    pair, mallory = chat(), device(b"mallory")
    twin = mallory.client.create_group(now=now, group_id=pair.groups[0].group_id)
    twin.commit(now=now)
    twin.apply_pending_commit()
    with pytest.raises(DecryptionFailed):
        pair.groups[0].process(twin.encrypt(b"text"), now=now)
    with pytest.raises(DecryptionFailed):
        pair.groups[0].process(twin.commit(now=now).commit, now=now)


def test_what_is_no_message_in_a_group(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    package = carol.client.generate_key_package(now=now)
    welcome = pair.groups[0].commit(now=now, add=[package.data]).welcome
    for data in (package.data, welcome, pair.groups[1].group_info(), b"", b"\0\1"):
        with pytest.raises(InvalidMessage):
            pair.groups[1].process(data, now=now)


def test_unencrypted_handshakes_of_members_are_refused(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    _, commit = carol.client.external_join(pair.groups[0].group_info(), now=now)
    # the same message, claiming to come from the member at leaf 0: sender type 1 and its index in place of type 4
    sender = 4 + 1 + len(pair.groups[0].group_id) + 8
    assert commit[sender] == 4
    forged = commit[:sender] + b"\x01\0\0\0\0" + commit[sender + 1 :]
    with pytest.raises((InvalidCommit, InvalidMessage)):
        pair.groups[1].process(forged, now=now)
    proposal = bytearray(forged)
    with pytest.raises((InvalidProposal, InvalidMessage)):
        proposal[sender + 6] = 2
        pair.groups[1].process(bytes(proposal), now=now)
    assert pair.groups[1].process(commit, now=now).external
