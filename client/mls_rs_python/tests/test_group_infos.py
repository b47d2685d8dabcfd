"""A GroupInfo: made with a commit, read by those outside, and joined by."""

import pytest

from mls_rs_python import (
    Client,
    Crypto,
    IdentityRefused,
    InvalidCommit,
    InvalidMessage,
    InvalidSignature,
    KeyPackage,
    Storage,
    UnsupportedCipherSuite,
    inspect_message,
)

NAME_EXTENSION = 0xF001


def of_suite(suite: int, name: bytes) -> Client:
    secret, public = Crypto(suite).generate_signature_key_pair()
    return Client(
        credential=name,
        signature_secret_key=secret,
        signature_public_key=public,
        storage=Storage(),
        identity_validator=lambda credential, _: credential,
        cipher_suite=suite,
    )


def test_a_commit_brings_the_group_info_of_its_epoch(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    alice, bob = pair.groups
    output = alice.commit(now=now, with_group_info=True)
    header = inspect_message(output.group_info)
    assert (header.wire_format, header.group_id, header.epoch) == ("group_info", alice.group_id, 2)
    # the commit is in flight still: whoever joins by it comes after it
    group, joining = carol.client.external_join(output.group_info, now=now)
    alice.apply_pending_commit()
    bob.process(output.commit, now=now)
    for member in (alice, bob):
        assert member.process(joining, now=now).external
    assert {alice.epoch_authenticator, bob.epoch_authenticator} == {group.epoch_authenticator}


def test_it_is_what_a_member_would_say_afterwards(chat, now) -> None:
    pair = chat()
    output = pair.groups[0].commit(now=now, with_group_info=True)
    pair.groups[0].apply_pending_commit()
    seen, later = (
        pair.devices[1].client.inspect_group_info(info) for info in (output.group_info, pair.groups[0].group_info())
    )
    assert (seen.epoch, seen.members, seen.context_extensions) == (later.epoch, later.members, later.context_extensions)
    assert len(output.group_info) == len(pair.groups[0].group_info())


def test_it_comes_only_when_asked_for(chat, device, now) -> None:
    pair, packages = chat(), [device(name).client.generate_key_package(now=now).data for name in (b"carol", b"dave")]
    alice = pair.groups[0]
    lengths = set()
    for asked in (True, False, True):
        output = alice.commit(now=now, add=packages, with_group_info=asked)
        assert (output.group_info is not None) == asked
        lengths.add(len(output.welcome))
        alice.clear_pending_commit()
    assert alice.commit(now=now).group_info is None
    # the Welcome is the same with it and without
    assert len(lengths) == 1


def test_reading_it_without_joining(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    info = pair.groups[1].group_info()
    seen = carol.client.inspect_group_info(info)
    assert (seen.group_id, seen.epoch, seen.cipher_suite) == (pair.groups[0].group_id, 1, 1)
    assert seen.context_extensions == {NAME_EXTENSION: b"tea"}
    assert seen.members == pair.groups[0].members()
    assert seen.signer_leaf == pair.groups[1].own_leaf_index
    assert carol.storage.entries() == []
    bare = pair.groups[0].group_info(allow_external_commit=False, with_ratchet_tree=False)
    with pytest.raises(InvalidCommit):
        carol.client.inspect_group_info(bare)
    seen = carol.client.inspect_group_info(bare, ratchet_tree=pair.groups[0].export_tree())
    assert (seen.members, seen.signer_leaf) == (pair.groups[0].members(), 0)


def test_a_device_that_lost_its_state_finds_its_leaf(chat, device, now) -> None:
    trio = chat(b"alice", b"bob", b"carol")
    reborn = device(b"bob")
    info = trio.groups[2].group_info()
    [leaf] = [
        member.leaf_index for member in reborn.client.inspect_group_info(info).members if member.identity == b"bob"
    ]
    group, commit = reborn.client.external_join(info, now=now, remove_leaf=leaf)
    for member in (trio.groups[0], trio.groups[2]):
        assert [gone.leaf_index for gone in member.process(commit, now=now).removed] == [leaf]
    assert group.epoch_authenticator == trio.groups[0].epoch_authenticator


def test_what_is_none_or_is_not_signed(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    info, other = pair.groups[0].group_info(), chat(b"dave", b"eve").groups[0]
    for data in (b"", info[:-1], info + b"\0", carol.client.generate_key_package(now=now).data, bytes((1 << 20) + 1)):
        with pytest.raises(InvalidMessage):
            carol.client.inspect_group_info(data)
    with pytest.raises(InvalidSignature):
        carol.client.inspect_group_info(info[:-1] + bytes([info[-1] ^ 1]))
    bare = pair.groups[0].group_info(with_ratchet_tree=False)
    for tree, error in ((b"tree", InvalidMessage), (other.export_tree(), InvalidCommit)):
        with pytest.raises(error):
            carol.client.inspect_group_info(bare, ratchet_tree=tree)


def test_members_that_the_validator_refuses(chat, device) -> None:
    info = chat().groups[0].group_info()

    def not_bob(credential: bytes, _key: bytes) -> bytes:
        if credential == b"bob":
            raise PermissionError("not him")
        return credential

    with pytest.raises(IdentityRefused, match="not him") as refused:
        device(b"carol", not_bob).client.inspect_group_info(info)
    assert isinstance(refused.value.__cause__, PermissionError)


def test_a_group_of_another_suite_is_no_place_for_this_client(now) -> None:
    group = of_suite(3, b"alice").create_group(now=now)
    carol = of_suite(1, b"carol")
    # both suites sign with Ed25519: nothing but this check keeps the client from a suite that it was not made for
    with pytest.raises(UnsupportedCipherSuite):
        carol.inspect_group_info(group.group_info())
    with pytest.raises(UnsupportedCipherSuite):
        carol.external_join(group.group_info(), now=now)
    assert of_suite(3, b"dave").inspect_group_info(group.group_info()).cipher_suite == 3


def test_a_key_package_of_another_suite_is_not_added(now) -> None:
    package = of_suite(3, b"bob").generate_key_package(now=now)
    assert KeyPackage.parse(package.data).cipher_suite == 3
    with pytest.raises(UnsupportedCipherSuite):
        of_suite(1, b"alice").create_group(now=now).commit(now=now, add=[package.data])
