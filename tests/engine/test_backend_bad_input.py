"""Bad input and messages out of order: refused by name, and the group is as it was, byte for byte."""

from collections.abc import Callable
from typing import Final

import pytest

from backends import CRYPTO, DAY, NOW, advance, all_talk, circle, device_keys
from fire import BOB, Fire
from mls_chat.backend import Backend
from mls_rs_python import (
    CommitPending,
    DecryptionFailed,
    DuplicateMessage,
    FutureEpoch,
    Group,
    IdentityRefused,
    InvalidCommit,
    InvalidKeyPackage,
    InvalidMessage,
    InvalidProposal,
    InvalidSignature,
    MlsError,
    NoPendingCommit,
    OwnMessage,
    StaleEpoch,
    StorageError,
    UnknownLeaf,
    UsageError,
    WelcomeNotForUs,
    WrongGroup,
)

Bad = Callable[[Fire], object]


def spoiled(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def taking(work: Callable[[Group, Fire], object]) -> Bad:
    """After a message that is fine, and whose key must come back as well."""

    def bad(fire: Fire) -> None:
        with fire.bob.take(fire.group_id) as group:
            group.process(fire.messages["of Cleo"], now=NOW)
            group.encrypt(b"never sent")
            work(group, fire)

    return bad


def receiving(kind: str) -> Bad:
    return taking(lambda group, fire: group.process(spoiled(fire.messages[kind]), now=NOW))


def adding(package: Callable[[Fire], bytes]) -> Bad:
    return taking(lambda group, fire: group.commit(now=NOW, add=[package(fire)]))


def old_package(_: Fire) -> bytes:
    return Backend(CRYPTO, device_keys(9)).generate_key_package(now=NOW - 90 * DAY, lifetime=DAY).data


BAD: Final[dict[str, tuple[type[MlsError], Bad]]] = {
    "garbage": (InvalidMessage, taking(lambda group, _: group.process(b"garbage", now=NOW))),
    "a spoiled message": (DecryptionFailed, receiving("application")),
    "a spoiled message of a past epoch": (DecryptionFailed, receiving("late")),
    "a spoiled commit": (DecryptionFailed, receiving("commit")),
    "a spoiled external commit": (InvalidCommit, receiving("external")),
    "a spoiled proposal": (DecryptionFailed, receiving("proposal")),
    "a Welcome as a message": (InvalidMessage, taking(lambda group, fire: group.process(fire.welcome, now=NOW))),
    "a key package as a message": (InvalidMessage, taking(lambda group, fire: group.process(fire.package, now=NOW))),
    "a time that is none": (UsageError, taking(lambda group, fire: group.process(fire.messages["commit"], now=-1))),
    "too long a text": (UsageError, taking(lambda group, _: group.encrypt(bytes((8 << 20) + 1)))),
    "a spoiled key package to add": (InvalidKeyPackage, adding(lambda fire: spoiled(fire.package))),
    "an old key package to add": (InvalidKeyPackage, adding(old_package)),
    "a member to add": (InvalidProposal, adding(lambda fire: fire.ada.generate_key_package(now=NOW, lifetime=9).data)),
    "nobody to remove": (UnknownLeaf, taking(lambda group, _: group.commit(now=NOW, remove=[77]))),
    "ourselves to remove": (InvalidProposal, taking(lambda group, fire: group.commit(now=NOW, remove=[fire.leaf]))),
    "an unknown extension": (
        InvalidProposal,
        taking(lambda group, _: group.commit(now=NOW, context_extensions={0xF0F0: b""})),
    ),
    "a second commit": (CommitPending, taking(lambda group, _: (group.commit(now=NOW), group.commit(now=NOW)))),
    "no commit to apply": (NoPendingCommit, taking(lambda group, _: group.apply_pending_commit())),
    "nobody's leave": (UnknownLeaf, taking(lambda group, _: group.propose_remove(77))),
    "a spoiled Welcome": (InvalidCommit, lambda fire: fire.bob.open_welcome(spoiled(fire.welcome), now=NOW)),
    "another's Welcome": (WelcomeNotForUs, lambda fire: fire.guest.open_welcome(fire.welcome, now=NOW)),
    "a GroupInfo that is none": (InvalidMessage, lambda fire: fire.bob.inspect_group_info(fire.package)),
    "joining by a spoiled GroupInfo": (
        InvalidSignature,
        lambda fire: fire.bob.external_join(spoiled(fire.info), now=NOW),
    ),
    "joining besides the own leaf": (InvalidProposal, lambda fire: fire.bob.external_join(fire.info, now=NOW)),
    "joining in place of another": (
        InvalidProposal,
        lambda fire: fire.bob.external_join(fire.info, now=NOW, remove_leaf=0),
    ),
    "no group to put in its place": (UsageError, lambda fire: fire.bob.replace_group(fire.group_id, [])),
    "a damaged group to put in its place": (
        StorageError,
        lambda fire: fire.bob.replace_group(fire.group_id, [(t, k, v[:-1]) for t, k, v in fire.snapshot]),
    ),
    "a key package of no time": (UsageError, lambda fire: fire.bob.generate_key_package(now=NOW, lifetime=0)),
    "a spoiled key package": (
        InvalidKeyPackage,
        lambda fire: fire.bob.validate_key_package(spoiled(fire.package), now=NOW),
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str) -> None:
    error, bad = BAD[name]
    fire = Fire()
    with pytest.raises(error):
        bad(fire)
    fire.is_as_before()
    fire.goes_on()


def refuse(fire: Fire, message: bytes, error: type[MlsError]) -> None:
    """Bob refuses it by this name, and holds afterwards what he held before."""
    fire.bob.pending_writes()
    before = fire.bob.export_state()
    with pytest.raises(error), fire.bob.take(fire.group_id) as group:
        group.process(message, now=NOW)
    assert fire.bob.export_state() == before
    assert fire.bob.pending_writes() == []


def test_a_commit_of_the_epoch_before() -> None:
    fire = Fire()
    advance(fire.cleo, [fire.ada, fire.bob], fire.group_id)
    refuse(fire, fire.messages["commit"], StaleEpoch)
    fire.bob.pending_writes()
    all_talk(fire.members, fire.group_id)


def test_a_commit_from_the_future_waits_outside() -> None:
    fire = Fire()
    commits = [advance(fire.ada, [fire.cleo], fire.group_id) for _ in range(3)]
    for early in commits[:0:-1]:
        refuse(fire, early, FutureEpoch)
    with fire.bob.take(fire.group_id) as group:
        for commit in commits:
            group.process(commit, now=NOW)
    all_talk(fire.members, fire.group_id)


def test_a_commit_twice() -> None:
    fire = Fire()
    commit = advance(fire.ada, [fire.bob, fire.cleo], fire.group_id)
    refuse(fire, commit, StaleEpoch)
    all_talk(fire.members, fire.group_id)


def test_a_message_twice() -> None:
    fire = Fire()
    with fire.bob.take(fire.group_id) as group:
        group.process(fire.messages["application"], now=NOW)
    refuse(fire, fire.messages["application"], DuplicateMessage)


def test_a_commit_for_another_group() -> None:
    fire = Fire()
    (dora, _), other_id = circle(device_keys(7), device_keys(8))
    with dora.take(other_id) as group:
        messages = [group.encrypt(b"text"), group.commit(now=NOW).commit]
    for message in messages:
        refuse(fire, message, WrongGroup)
    all_talk(fire.members, fire.group_id)


def test_the_own_commit_echoed_is_applied_once() -> None:
    fire = Fire()
    with fire.bob.take(fire.group_id) as group:
        commit = group.commit(now=NOW).commit
    with fire.bob.take(fire.group_id) as group:
        received = group.process(commit, now=NOW)
        assert (received.kind, group.has_pending_commit) == ("commit", False)
    refuse(fire, commit, StaleEpoch)
    for other in (fire.ada, fire.cleo):
        with other.take(fire.group_id) as group:
            group.process(commit, now=NOW)
    all_talk(fire.members, fire.group_id)


def test_the_own_commit_echoed_after_it_was_given_up() -> None:
    fire = Fire()
    with fire.bob.take(fire.group_id) as group:
        commit = group.commit(now=NOW).commit
        group.clear_pending_commit()
    refuse(fire, commit, OwnMessage)
    with fire.bob.take(fire.group_id) as group:
        message = group.encrypt(b"text")
    refuse(fire, message, OwnMessage)
    all_talk(fire.members, fire.group_id)


def test_a_member_that_the_account_did_not_sign() -> None:
    """The key package is sound as MLS has it; the credential names an account that never signed this device."""
    fire = Fire()
    stranger, victim = device_keys(7), fire.keys[BOB]
    forged = type(stranger)(victim.credential, stranger.secret_key, stranger.public_key)
    package = Backend(CRYPTO, forged).generate_key_package(now=NOW, lifetime=DAY)
    with pytest.raises(IdentityRefused):
        fire.bob.validate_key_package(package.data, now=NOW)
    with pytest.raises(IdentityRefused), fire.bob.take(fire.group_id) as group:
        group.commit(now=NOW, add=[package.data])
    fire.is_as_before()
    fire.goes_on()
