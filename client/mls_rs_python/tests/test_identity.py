"""The identity validator decides who enters a tree."""

import pytest

from mls_rs_python import IdentityRefused, InvalidProposal


class Refused(Exception):
    """What a validator raises."""


def refuse(name: bytes):
    def validator(credential: bytes, _key: bytes) -> bytes:
        if credential == name:
            raise Refused(credential)
        return credential

    return validator


def test_the_validator_is_given_credential_and_key(device, now) -> None:
    seen = []

    def validator(credential: bytes, key: bytes) -> bytes:
        seen.append((credential, key))
        return b"identity of " + credential

    alice = device(b"alice", validator)
    group = alice.client.create_group(now=now)
    assert set(seen) == {(b"alice", alice.keys[1])}
    assert group.members()[0].identity == b"identity of alice"


def test_an_accepted_member_is_not_asked_for_again(device, now) -> None:
    seen = []

    def validator(credential: bytes, _key: bytes) -> bytes:
        seen.append(credential)
        return credential

    alice = device(b"alice", validator)
    group = alice.client.create_group(now=now)
    group.commit(now=now)
    group.apply_pending_commit()
    group.members()
    assert seen == [b"alice"]


def test_refusing_oneself(device, now) -> None:
    with pytest.raises(IdentityRefused) as refused:
        device(b"alice", refuse(b"alice")).client.create_group(now=now)
    assert isinstance(refused.value.__cause__, Refused)
    assert "Refused" in refused.value.detail


def test_refusing_whom_we_add(device, now) -> None:
    alice = device(b"alice", refuse(b"bob"))
    group = alice.client.create_group(now=now)
    package = device(b"bob").client.generate_key_package(now=now)
    with pytest.raises(IdentityRefused) as refused:
        group.commit(now=now, add=[package.data])
    assert isinstance(refused.value.__cause__, Refused)
    assert not group.has_pending_commit
    carol = device(b"carol").client.generate_key_package(now=now)
    assert group.commit(now=now, add=[carol.data]).welcome is not None


def test_refusing_a_proposed_member_drops_the_proposal(device, now) -> None:
    alice = device(b"alice", refuse(b"bob"))
    group = alice.client.create_group(now=now)
    group.propose_add(device(b"bob").client.generate_key_package(now=now).data)
    assert group.commit(now=now).welcome is None
    assert group.apply_pending_commit().added == []


def test_refusing_whom_another_adds(chat, device, now) -> None:
    bob = device(b"bob", refuse(b"carol"))
    lone = chat(b"alice")
    welcome = lone.groups[0].commit(now=now, add=[bob.client.generate_key_package(now=now).data]).welcome
    lone.groups[0].apply_pending_commit()
    group = bob.client.join_group(welcome, now=now)
    group.save()
    carol = device(b"carol").client.generate_key_package(now=now)
    commit = lone.groups[0].commit(now=now, add=[carol.data]).commit
    with pytest.raises(IdentityRefused) as refused:
        group.process(commit, now=now)
    assert isinstance(refused.value.__cause__, Refused)
    assert group.epoch == 1
    lone.groups[0].clear_pending_commit()
    reloaded = bob.copy().load_group(group.group_id)
    again = lone.groups[0].commit(now=now).commit
    assert reloaded.process(again, now=now).epoch == 2


def test_refusing_a_member_of_a_group_that_we_join(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol", refuse(b"bob"))
    welcome = pair.groups[0].commit(now=now, add=[carol.client.generate_key_package(now=now).data]).welcome
    with pytest.raises(IdentityRefused) as refused:
        carol.client.join_group(welcome, now=now)
    assert isinstance(refused.value.__cause__, Refused)
    with pytest.raises(IdentityRefused):
        carol.client.external_join(pair.groups[0].group_info(), now=now)


def test_refusing_an_external_joiner(chat, device, now) -> None:
    alice = device(b"alice", refuse(b"carol"))
    group = alice.client.create_group(now=now)
    _, commit = device(b"carol").client.external_join(group.group_info(), now=now)
    with pytest.raises(IdentityRefused) as refused:
        group.process(commit, now=now)
    assert isinstance(refused.value.__cause__, Refused)
    assert group.epoch == 0
    _, other = device(b"dave").client.external_join(group.group_info(), now=now)
    assert group.process(other, now=now).external


def test_one_identity_is_one_leaf(device, now) -> None:
    alice = device(b"alice", lambda credential, _: credential[:1])
    group = alice.client.create_group(now=now)
    with pytest.raises(InvalidProposal):
        group.commit(now=now, add=[device(b"abraham").client.generate_key_package(now=now).data])


@pytest.mark.parametrize("answer", [None, "text", 1, bytes(70_000)])
def test_an_answer_that_is_no_identity(device, now, answer: object) -> None:
    with pytest.raises(IdentityRefused):
        device(b"alice", lambda _credential, _key: answer).client.create_group(now=now)


def test_an_interrupt_is_no_refusal(device, now) -> None:
    def interrupt(_credential: bytes, _key: bytes) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        device(b"alice", interrupt).client.create_group(now=now)
