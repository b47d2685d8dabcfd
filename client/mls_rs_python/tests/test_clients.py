"""Clients: made, creating, joining and loading groups, joining from outside."""

import pytest

from mls_rs_python import (
    Client,
    Crypto,
    GroupNotFound,
    InvalidCommit,
    InvalidMessage,
    InvalidProposal,
    InvalidSignature,
    StaleEpoch,
    Storage,
    StorageError,
    UnknownLeaf,
    UnsupportedCipherSuite,
    UsageError,
    WelcomeNotForUs,
    inspect_message,
    welcome_references,
)

NAME_EXTENSION = 0xF001


def make(**changes: object) -> Client:
    secret, public = Crypto().generate_signature_key_pair()
    arguments = {
        "credential": b"alice",
        "signature_secret_key": secret,
        "signature_public_key": public,
        "storage": Storage(),
        "identity_validator": lambda credential, _: credential,
    }
    return Client(**{**arguments, **changes})  # type: ignore[arg-type]


def test_properties(device) -> None:
    alice = device(b"alice")
    assert alice.client.credential == b"alice"
    assert alice.client.signature_public_key == alice.keys[1]
    assert alice.client.cipher_suite == 1


def test_keys_must_belong_together() -> None:
    with pytest.raises(UsageError, match="belong together"):
        make(signature_public_key=Crypto().generate_signature_key_pair()[1])
    with pytest.raises(UsageError):
        make(signature_secret_key=b"short")


def test_bad_arguments() -> None:
    with pytest.raises(UnsupportedCipherSuite):
        make(cipher_suite=4)
    with pytest.raises(TypeError):
        make(identity_validator=None)
    with pytest.raises(UsageError):
        make(credential=bytes(70_000))
    for extension_types in ([-1], [65_536], [1]):
        with pytest.raises(UsageError):
            make(extension_types=extension_types)


@pytest.mark.parametrize("suite", Crypto.supported_cipher_suites())
def test_groups_of_every_suite(suite: int, now: int) -> None:
    clients = []
    for name in (b"alice", b"bob"):
        secret, public = Crypto(suite).generate_signature_key_pair()
        keys = {"signature_secret_key": secret, "signature_public_key": public}
        clients.append(make(credential=name, cipher_suite=suite, **keys))
    alice = clients[0].create_group(now=now)
    welcome = alice.commit(now=now, add=[clients[1].generate_key_package(now=now).data]).welcome
    alice.apply_pending_commit()
    assert welcome is not None
    bob = clients[1].join_group(welcome, now=now)
    assert (bob.cipher_suite, bob.epoch_authenticator) == (suite, alice.epoch_authenticator)
    assert bob.process(alice.encrypt(b"text"), now=now).kind == "application"


def test_a_new_group(device, now) -> None:
    alice = device(b"alice").client
    group = alice.create_group(now=now, group_id=b"group", context_extensions={NAME_EXTENSION: b"tea"})
    assert (group.group_id, group.epoch, group.own_leaf_index) == (b"group", 0, 0)
    assert group.context_extensions == {NAME_EXTENSION: b"tea"}
    assert [member.credential for member in group.members()] == [b"alice"]
    assert len(alice.create_group(now=now).group_id) == 32
    assert alice.create_group(now=now).group_id != alice.create_group(now=now).group_id


def test_groups_that_cannot_be(device, now) -> None:
    alice = device(b"alice").client
    alice.create_group(now=now, group_id=b"group").save()
    for group_id in (b"", b"group", bytes(70_000)):
        with pytest.raises(UsageError):
            alice.create_group(now=now, group_id=group_id)
    for extensions in ({0xF002: b""}, {-1: b""}, {70_000: b""}, {NAME_EXTENSION: bytes(70_000)}):
        with pytest.raises(UsageError):
            alice.create_group(now=now, context_extensions=extensions)
    with pytest.raises(UsageError):
        alice.create_group(now=-1)


def test_loading(chat) -> None:
    pair = chat()
    client = pair.devices[0].copy()
    group = client.load_group(pair.groups[0].group_id)
    assert group.epoch_authenticator == pair.groups[0].epoch_authenticator
    assert pair.groups[1].process(group.encrypt(b"text"), now=pair.now).data == b"text"
    with pytest.raises(GroupNotFound):
        client.load_group(b"nowhere")


def test_a_stored_value_under_a_wrong_key(chat) -> None:
    pair = chat()
    [(_, _, value)] = [entry for entry in pair.devices[0].storage.entries() if entry[0] == "group"]
    pair.devices[0].storage.put_psk(b"id", b"no group state")
    [(_, _, psk)] = [entry for entry in pair.devices[0].storage.entries() if entry[0] == "psk"]
    storage = Storage()
    storage.load([("group", b"group", psk), ("key_package", b"reference", value)])
    with pytest.raises(StorageError):
        pair.devices[0].over(storage).load_group(b"group")


def test_welcome(chat, device, now) -> None:
    pair, carol, dave = chat(), device(b"carol"), device(b"dave")
    package = carol.client.generate_key_package(now=now)
    output = pair.groups[0].commit(now=now, add=[package.data])
    assert output.ratchet_tree is None
    assert welcome_references(output.welcome) == [package.reference]
    assert inspect_message(output.welcome).wire_format == "welcome"
    group = carol.client.join_group(output.welcome, now=now)
    assert [member.identity for member in group.members()] == [b"alice", b"bob", b"carol"]
    assert (group.own_leaf_index, group.epoch) == (2, 2)
    with pytest.raises(WelcomeNotForUs):
        dave.client.join_group(output.welcome, now=now)
    with pytest.raises(InvalidMessage):
        carol.client.join_group(package.data, now=now)
    with pytest.raises(UsageError):
        carol.client.join_group(output.welcome, now=-1)
    group.save()
    with pytest.raises(WelcomeNotForUs):
        carol.client.join_group(output.welcome, now=now)


def test_a_damaged_welcome(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    package = carol.client.generate_key_package(now=now)
    welcome = pair.groups[0].commit(now=now, add=[package.data]).welcome
    with pytest.raises(InvalidCommit):
        carol.client.join_group(welcome[:-1] + bytes([welcome[-1] ^ 1]), now=now)
    assert carol.client.join_group(welcome, now=now).epoch == 2


def test_a_silent_member_does_not_keep_others_out(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    later = now + 400 * 86_400
    package = carol.client.generate_key_package(now=later)
    welcome = pair.groups[0].commit(now=later, add=[package.data]).welcome
    assert len(carol.client.join_group(welcome, now=later).members()) == 3


def test_external_join(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    info = pair.groups[0].group_info()
    assert inspect_message(info).epoch == 1
    group, commit = carol.client.external_join(info, now=now, authenticated_data=b"why")
    header = inspect_message(commit)
    assert (header.wire_format, header.content_type, header.epoch) == ("public_message", "commit", 1)
    for member in pair.groups:
        received = member.process(commit, now=now)
        assert (received.external, received.committer_leaf, received.epoch) == (True, 2, 2)
        assert [added.identity for added in received.added] == [b"carol"]
        assert (received.removed, received.authenticated_data) == ([], b"why")
    assert group.epoch_authenticator == pair.groups[0].epoch_authenticator
    assert pair.groups[1].process(group.encrypt(b"text"), now=now).sender_leaf == 2


def test_external_join_with_a_tree_of_its_own(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    info = pair.groups[0].group_info(with_ratchet_tree=False)
    with pytest.raises(InvalidCommit):
        carol.client.external_join(info, now=now)
    with pytest.raises(InvalidMessage):
        carol.client.external_join(info, now=now, ratchet_tree=b"tree")
    with pytest.raises(InvalidCommit):
        carol.client.external_join(info, now=now, ratchet_tree=b"\x40\x40" + bytes(64))
    tree = pair.groups[1].export_tree()
    group, commit = carol.client.external_join(info, now=now, ratchet_tree=tree)
    pair.groups[0].process(commit, now=now)
    assert group.epoch_authenticator == pair.groups[0].epoch_authenticator


def test_external_join_needs_leave(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    with pytest.raises(InvalidMessage):
        carol.client.external_join(pair.groups[0].group_info(allow_external_commit=False), now=now)
    with pytest.raises(InvalidMessage):
        carol.client.external_join(carol.client.generate_key_package(now=now).data, now=now)
    info = pair.groups[0].group_info()
    with pytest.raises(InvalidSignature):
        carol.client.external_join(info[:-1] + bytes([info[-1] ^ 1]), now=now)


def test_external_join_proves_a_pre_shared_key(chat, device, now) -> None:
    pair, carol = chat(), device(b"carol")
    info = pair.groups[0].group_info()
    with pytest.raises(UsageError):
        carol.client.external_join(info, now=now, external_psks=[b"link"])
    carol.storage.put_psk(b"link", b"secret")
    pair.devices[0].storage.put_psk(b"link", b"secret")
    pair.devices[1].storage.put_psk(b"link", b"another")
    group, commit = carol.client.external_join(info, now=now, external_psks=[b"link"])
    assert pair.groups[0].process(commit, now=now).external_psk_ids == [b"link"]
    assert group.epoch_authenticator == pair.groups[0].epoch_authenticator
    with pytest.raises(InvalidCommit):
        pair.groups[1].process(commit, now=now)


def test_external_join_in_place_of_an_own_lost_leaf(chat, device, now) -> None:
    pair = chat()
    info = pair.groups[0].group_info()
    reborn = device(b"bob")
    with pytest.raises(InvalidProposal):
        reborn.client.external_join(info, now=now)
    with pytest.raises(InvalidProposal):
        reborn.client.external_join(info, now=now, remove_leaf=0)
    for leaf in (7, -1, 2**31):
        with pytest.raises(UnknownLeaf):
            reborn.client.external_join(info, now=now, remove_leaf=leaf)
    group, commit = reborn.client.external_join(info, now=now, remove_leaf=1)
    received = pair.groups[0].process(commit, now=now)
    assert [member.leaf_index for member in received.removed] == [1]
    assert [member.signature_key for member in received.added] == [reborn.keys[1]]
    lost = pair.groups[1].process(commit, now=now)
    assert lost.self_removed
    assert [member.signature_key for member in lost.added] == [reborn.keys[1]]
    assert group.epoch_authenticator == pair.groups[0].epoch_authenticator


def test_rejoining_over_an_older_life_of_the_group(chat, now) -> None:
    pair = chat()
    pair.advance()
    pair.save()
    bob = pair.devices[1]
    for _ in range(3):
        pair.groups[0].commit(now=now)
        pair.groups[0].apply_pending_commit()
    group, commit = bob.client.external_join(pair.groups[0].group_info(), now=now, remove_leaf=1)
    pair.groups[0].process(commit, now=now)
    pair.groups[1] = group
    pair.advance()
    pair.save()
    epochs = [int.from_bytes(key[-8:], "big") for table, key, _ in bob.storage.entries() if table == "epoch"]
    assert epochs == [group.epoch - 1]
    again = bob.copy().load_group(group.group_id)
    assert again.epoch_authenticator == pair.groups[0].epoch_authenticator


@pytest.mark.parametrize("saved", [False, True])
def test_what_is_older_than_an_external_join_is_stale(chat, device, now, saved: bool) -> None:
    pair, carol = chat(), device(b"carol")
    message = pair.groups[0].encrypt(b"before carol")
    group, commit = carol.client.external_join(pair.groups[0].group_info(), now=now)
    pair.groups[0].process(commit, now=now)
    if saved:
        group.save()
        # there is no past epoch that she was in
        assert [table for table, _, _ in carol.storage.entries()] == ["group"]
        group = carol.copy().load_group(group.group_id)
    with pytest.raises(StaleEpoch):
        group.process(message, now=now)
    advance = pair.groups[0].commit(now=now).commit
    late = pair.groups[0].encrypt(b"of carol's first epoch")
    group.process(advance, now=now)
    group.save()
    assert group.process(late, now=now).data == b"of carol's first epoch"
