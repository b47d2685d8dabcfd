"""Key packages that come with their private keys from another storage."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mls_rs_python import InvalidKeyPackage, KeyPackage, MlsError, Storage, UnsupportedCipherSuite, UsageError

KEY = 32


def private_keys(storage: Storage, package: KeyPackage) -> dict[str, bytes]:
    """What a stored value ends with: init key and leaf key, a length in front of each, and the end of the lifetime."""
    values = {key: value for table, key, value in storage.entries() if table == "key_package"}
    rest = values[package.reference][:-8]
    return {"init_secret_key": rest[-2 * KEY - 1 : -KEY - 1], "leaf_secret_key": rest[-KEY:]}


@pytest.fixture
def made(device, now):
    """A device, a key package of it, and the package's private keys."""
    bob = device(b"bob")
    package = bob.client.generate_key_package(now=now)
    return bob, package, private_keys(bob.storage, package)


def test_imported_is_like_generated(made, chat, now) -> None:
    bob, package, keys = made
    storage = Storage()
    client = bob.over(storage)
    assert client.import_key_package(package.data, **keys).reference == package.reference
    assert storage.entries() == bob.storage.entries()
    assert [(table, key) for table, key, _ in storage.pending_writes()] == [("key_package", package.reference)]
    alice = chat(b"alice").groups[0]
    welcome = alice.commit(now=now, add=[package.data]).welcome
    alice.apply_pending_commit()
    joined = client.join_group(welcome, now=now)
    assert joined.process(alice.encrypt(b"text"), now=now).data == b"text"


@pytest.mark.parametrize("spoiled", [b"", b"\1", bytes(KEY), b"\1" * KEY, b"\1" * (KEY + 1), b"\1" * 70_000])
@pytest.mark.parametrize("name", ["init_secret_key", "leaf_secret_key"])
def test_keys_must_fit(made, name: str, spoiled: bytes) -> None:
    bob, package, keys = made
    storage = Storage()
    with pytest.raises(UsageError):
        bob.over(storage).import_key_package(package.data, **{**keys, name: spoiled})
    assert storage.entries() == []


def test_keys_are_not_exchangeable(made) -> None:
    bob, package, keys = made
    exchanged = dict(zip(keys, reversed(keys.values()), strict=True))
    with pytest.raises(UsageError, match="init"):
        bob.client.import_key_package(package.data, **exchanged)


def test_packages_of_others_are_refused(made, device) -> None:
    _, package, keys = made
    with pytest.raises(UsageError, match="another"):
        device(b"bob").client.import_key_package(package.data, **keys)


def test_damaged_signature_is_refused(made) -> None:
    bob, package, keys = made
    with pytest.raises(InvalidKeyPackage):
        bob.client.import_key_package(package.data[:-1] + bytes([package.data[-1] ^ 1]), **keys)


def test_other_suites_are_refused(made) -> None:
    bob, package, keys = made
    other = package.data[:6] + b"\0\3" + package.data[8:]
    with pytest.raises(UnsupportedCipherSuite):
        bob.client.import_key_package(other, **keys)


def test_lifetime_is_not_judged(device) -> None:
    bob = device(b"bob")
    package = bob.client.generate_key_package(now=1_000_000, lifetime=1)
    keys = private_keys(bob.storage, package)
    assert bob.over(Storage()).import_key_package(package.data, **keys).not_after == 1_000_001


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), payload=st.binary(max_size=8), init=st.binary(max_size=40))
def test_mutations_are_refused(made, place: float, payload: bytes, init: bytes) -> None:
    bob, package, keys = made
    at = int(place * len(package.data))
    storage = Storage()
    client = bob.over(storage)
    with pytest.raises(MlsError):
        client.import_key_package(package.data[:at] + payload + package.data[at + 9 :], **keys)
    with pytest.raises(UsageError):
        client.import_key_package(package.data, **{**keys, "init_secret_key": init})
    assert storage.entries() == []
