"""The group's rejoin key: who opens it, and how one key leads to the next."""

import uuid
from typing import NamedTuple

import pytest

from mls_chat.identity import device_in, encode_credential, user_id_of
from mls_chat.own_commits import wrapped_keys
from mls_chat.rejoin_keys import KeyRing, OwnKeys, open_group_key, seal_group_info, seal_group_key, wrap_group_key
from mls_chat.sealing import SealBroken
from mls_chat.wire.limits import MAX_COMMIT_KEYS, MAX_SEALED_KEY_BYTES
from mls_rs_python import Crypto

CRYPTO = Crypto()
GROUP, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
WEAK_KEY = bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")


class Owner(NamedTuple):
    """An account with one device, or the account itself: what is sealed to it, and what opens that."""

    public_key: bytes
    keys: OwnKeys

    @property
    def user_id(self) -> str:
        return self.keys.user_id


def account() -> Owner:
    secret, public = CRYPTO.generate_signature_key_pair()
    return Owner(public, OwnKeys(user_id_of(public), CRYPTO.random_bytes(32), (secret,)))


BOB = account()


def wrapped(key: bytes, former_key: bytes, group_id: str = GROUP, owner: Owner = BOB) -> bytes:
    return wrap_group_key(CRYPTO, owner.public_key, group_id, owner.user_id, key, former_key)


def opens(sealed: bytes, *known: bytes, group_id: str = GROUP, owner: Owner = BOB) -> bytes | None:
    try:
        return open_group_key(CRYPTO, owner.keys, group_id, sealed, known)
    except SealBroken:
        return None


def test_an_account_opens_what_it_has_sealed_for_itself() -> None:
    sealed = seal_group_key(CRYPTO, BOB.keys.storage_key, GROUP, FIRST)
    assert opens(sealed) == FIRST
    assert len(sealed) <= MAX_SEALED_KEY_BYTES
    assert opens(sealed, group_id=OTHER) is None
    assert opens(sealed, owner=account()) is None


def test_a_wrapped_key_opens_for_its_account_and_with_the_key_before_it_alone() -> None:
    sealed = wrapped(SECOND, FIRST)
    assert opens(sealed, FIRST) == opens(sealed, THIRD, FIRST) == SECOND
    assert len(sealed) <= MAX_SEALED_KEY_BYTES
    assert opens(sealed) is None
    assert opens(sealed, SECOND, THIRD) is None
    assert opens(sealed, FIRST, group_id=OTHER) is None
    assert opens(sealed, FIRST, owner=account()) is None
    other = account()
    for user_id in ("", other.user_id):
        moved = wrap_group_key(CRYPTO, BOB.public_key, GROUP, user_id, SECOND, FIRST)
        assert opens(moved, FIRST) is None


@pytest.mark.parametrize("own", [True, False], ids=["own", "wrapped"])
def test_every_byte_counts(own: bool) -> None:
    sealed = seal_group_key(CRYPTO, BOB.keys.storage_key, GROUP, SECOND) if own else wrapped(SECOND, FIRST)
    assert opens(sealed, FIRST) == SECOND
    for at in range(len(sealed)):
        assert opens(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], FIRST) is None
        assert opens(sealed[:at], FIRST) is None
    assert opens(b"\x03" + sealed[1:], FIRST) is None


def test_a_key_of_another_size_is_none() -> None:
    for size in (1, 16, 31, 33, 64):
        assert opens(wrapped(bytes(size), FIRST), FIRST) is None
        assert opens(seal_group_key(CRYPTO, BOB.keys.storage_key, GROUP, bytes(size))) is None


def test_a_ring_follows_from_key_to_key() -> None:
    ring = KeyRing(CRYPTO, BOB.keys, GROUP, FIRST)
    assert not ring.add(wrapped(THIRD, SECOND))
    assert ring.add(wrapped(SECOND, FIRST))
    assert ring.add(wrapped(THIRD, SECOND))
    assert ring.add(wrapped(SECOND, FIRST))
    assert ring.keys == [THIRD, SECOND, FIRST]
    for key in ring.keys:
        assert ring.open_group_info(5, seal_group_info(CRYPTO, key, GROUP, 5, b"info")) == (b"info", key)
    for stranger in (seal_group_info(CRYPTO, bytes(32), GROUP, 5, b"info"), b"", b"x" * 99):
        with pytest.raises(SealBroken):
            ring.open_group_info(5, stranger)


def test_a_ring_without_a_key_follows_nobody() -> None:
    ring = KeyRing(CRYPTO, BOB.keys, GROUP, b"")
    assert not ring.add(wrapped(SECOND, FIRST))
    with pytest.raises(SealBroken):
        ring.open_group_info(5, seal_group_info(CRYPTO, FIRST, GROUP, 5, b"info"))


def leaf(public_key: bytes = b"", device_key: bytes = b"") -> tuple[bytes, bytes]:
    """Credential and signature key."""
    public_key = public_key or CRYPTO.generate_signature_key_pair()[1]
    device_key = device_key or CRYPTO.generate_signature_key_pair()[1]
    device_id = str(uuid.UUID(bytes=CRYPTO.random_bytes(16), version=4))
    return encode_credential(user_id_of(public_key), device_id, public_key, b"signature"), device_key


def test_an_account_gets_one_key_and_each_of_its_devices_one() -> None:
    laptop, phone = CRYPTO.generate_signature_key_pair(), CRYPTO.generate_signature_key_pair()
    twice = [leaf(BOB.public_key, laptop[1]), leaf(BOB.public_key, phone[1])]
    keys = wrapped_keys(CRYPTO, GROUP, twice, SECOND, FIRST)
    assert [key.device_id for key in keys] == [*(device_in(credential)[1] for credential, _ in twice), None]
    assert {key.user_id for key in keys} == {BOB.user_id}
    for key, secret in zip(keys, (laptop[0], phone[0], BOB.keys.secrets[0]), strict=True):
        alone = BOB._replace(keys=OwnKeys(BOB.user_id, bytes(32), (secret,)))
        assert [opens(each.sealed_key, FIRST, owner=alone) for each in keys].count(SECOND) == 1
        assert opens(key.sealed_key, FIRST, owner=alone) == SECOND


def test_a_key_that_is_none_keeps_nobody_else_from_theirs() -> None:
    good, weak = leaf(), leaf(WEAK_KEY, WEAK_KEY)
    keys = wrapped_keys(CRYPTO, GROUP, [weak, good], SECOND, FIRST)
    assert [(key.user_id, key.device_id) for key in keys] == [device_in(good[0]), (device_in(good[0])[0], None)]


def test_in_a_larger_group_as_many_as_the_server_takes() -> None:
    """Devices come first: an account's own key serves only where all of them are lost."""
    everybody = [leaf() for _ in range(MAX_COMMIT_KEYS + 1)]
    keys = wrapped_keys(CRYPTO, GROUP, everybody, SECOND, FIRST)
    assert [(key.user_id, key.device_id) for key in keys] == [device_in(each[0]) for each in everybody[:-1]]
