"""The group's rejoin key: who opens it, and how one key leads to the next."""

import pytest

from mls_chat.identity import account_in, encode_credential, user_id_of
from mls_chat.own_commits import wrapped_keys
from mls_chat.records import AccountRecord
from mls_chat.rejoin_keys import KeyRing, open_group_key, seal_group_info, seal_group_key, wrap_group_key
from mls_chat.sealing import SealBroken
from mls_chat.wire.limits import MAX_COMMIT_KEYS, MAX_SEALED_KEY_BYTES
from mls_rs_python import Crypto

CRYPTO = Crypto()
GROUP, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
FIRST, SECOND, THIRD = (bytes([number]) * 32 for number in (1, 2, 3))
WEAK_KEY = bytes.fromhex("0100000000000000000000000000000000000000000000000000000000000000")


def account() -> AccountRecord:
    secret, public = CRYPTO.generate_signature_key_pair()
    return AccountRecord(
        name="Bob",
        user_id=user_id_of(public),
        account_secret_key=secret,
        account_public_key=public,
        device_id=OTHER,
        device_secret_key=b"",
        device_public_key=b"",
        credential=b"",
    )


BOB = account()


def wrapped(key: bytes, former_key: bytes, group_id: str = GROUP, owner: AccountRecord = BOB) -> bytes:
    return wrap_group_key(CRYPTO, owner.account_public_key, group_id, owner.user_id, key, former_key)


def opens(sealed: bytes, *known: bytes, group_id: str = GROUP, owner: AccountRecord = BOB) -> bytes | None:
    try:
        return open_group_key(CRYPTO, owner, group_id, sealed, known)
    except SealBroken:
        return None


def test_an_account_opens_what_it_has_sealed_for_itself() -> None:
    sealed = seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, FIRST)
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
        moved = wrap_group_key(CRYPTO, BOB.account_public_key, GROUP, user_id, SECOND, FIRST)
        assert opens(moved, FIRST) is None


@pytest.mark.parametrize("own", [True, False], ids=["own", "wrapped"])
def test_every_byte_counts(own: bool) -> None:
    sealed = seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, SECOND) if own else wrapped(SECOND, FIRST)
    assert opens(sealed, FIRST) == SECOND
    for at in range(len(sealed)):
        assert opens(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], FIRST) is None
        assert opens(sealed[:at], FIRST) is None
    assert opens(b"\x03" + sealed[1:], FIRST) is None


def test_a_key_of_another_size_is_none() -> None:
    for size in (1, 16, 31, 33, 64):
        assert opens(wrapped(bytes(size), FIRST), FIRST) is None
        assert opens(seal_group_key(CRYPTO, BOB.account_secret_key, GROUP, bytes(size))) is None


def test_a_ring_follows_from_key_to_key() -> None:
    ring = KeyRing(CRYPTO, BOB, GROUP, FIRST)
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
    ring = KeyRing(CRYPTO, BOB, GROUP, b"")
    assert not ring.add(wrapped(SECOND, FIRST))
    with pytest.raises(SealBroken):
        ring.open_group_info(5, seal_group_info(CRYPTO, FIRST, GROUP, 5, b"info"))


def credential(public_key: bytes = b"") -> bytes:
    public_key = public_key or CRYPTO.generate_signature_key_pair()[1]
    return encode_credential(user_id_of(public_key), OTHER, public_key, b"signature")


def test_an_account_with_several_devices_gets_one_key() -> None:
    twice = [encode_credential(BOB.user_id, each, BOB.account_public_key, b"") for each in (GROUP, OTHER)]
    (key,) = wrapped_keys(CRYPTO, GROUP, twice, SECOND, FIRST)
    assert key.user_id == BOB.user_id
    assert opens(key.sealed_key, FIRST) == SECOND


def test_an_account_key_that_is_none_keeps_nobody_else_from_theirs() -> None:
    good = credential()
    keys = wrapped_keys(CRYPTO, GROUP, [credential(WEAK_KEY), good], SECOND, FIRST)
    assert [key.user_id for key in keys] == [account_in(good)[0]]


def test_in_a_larger_group_as_many_as_the_server_takes() -> None:
    everybody = [credential() for _ in range(MAX_COMMIT_KEYS + 1)]
    keys = wrapped_keys(CRYPTO, GROUP, everybody, SECOND, FIRST)
    assert [key.user_id for key in keys] == [account_in(each)[0] for each in everybody[:MAX_COMMIT_KEYS]]
