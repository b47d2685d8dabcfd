"""Key packages: made, parsed, validated and refused."""

import pytest

from mls_rs_python import (
    Client,
    Crypto,
    IdentityRefused,
    InvalidKeyPackage,
    InvalidMessage,
    KeyPackage,
    Storage,
    UnsupportedCipherSuite,
    UsageError,
    inspect_message,
    welcome_references,
)

DAY = 86_400


def test_fields(device, now) -> None:
    alice = device(b"alice")
    package = alice.client.generate_key_package(now=now, lifetime=DAY)
    assert (package.credential, package.signature_key) == (b"alice", alice.keys[1])
    assert (package.not_before, package.not_after) == (now - DAY, now + DAY)
    assert (package.cipher_suite, package.last_resort) == (1, False)
    parsed = KeyPackage.parse(package.data)
    assert (parsed.reference, parsed.not_after, parsed.data) == (package.reference, package.not_after, package.data)
    header = inspect_message(package.data)
    assert (header.wire_format, header.cipher_suite, header.epoch) == ("key_package", 1, None)


def test_every_package_is_new(device, now) -> None:
    client = device(b"alice").client
    assert client.generate_key_package(now=now).reference != client.generate_key_package(now=now).reference


@pytest.mark.parametrize("arguments", [{"now": -1}, {"now": 0}, {"now": 2**63}, {"lifetime": 0}, {"lifetime": 2**40}])
def test_times_are_bounded(device, now, arguments: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        device(b"alice").client.generate_key_package(**{"now": now, **arguments})


def test_validation_knows_the_lifetime(device, now) -> None:
    alice, bob = device(b"alice"), device(b"bob")
    package = alice.client.generate_key_package(now=now, lifetime=DAY)
    for good in (now - DAY, now, now + DAY):
        assert bob.client.validate_key_package(package.data, now=good).reference == package.reference
    for bad in (now - DAY - 1, now + DAY + 1):
        with pytest.raises(InvalidKeyPackage, match="lifetime"):
            bob.client.validate_key_package(package.data, now=bad)


def test_validation_checks_the_signature(device, now) -> None:
    package = device(b"alice").client.generate_key_package(now=now)
    forged = package.data[:-1] + bytes([package.data[-1] ^ 1])
    assert KeyPackage.parse(forged).credential == b"alice"
    with pytest.raises(InvalidKeyPackage):
        device(b"bob").client.validate_key_package(forged, now=now)


def test_validation_asks_the_validator(device, now) -> None:
    def refuse(credential: bytes, _key: bytes) -> bytes:
        raise PermissionError(credential)

    package = device(b"alice").client.generate_key_package(now=now)
    with pytest.raises(IdentityRefused) as refused:
        device(b"bob", refuse).client.validate_key_package(package.data, now=now)
    assert isinstance(refused.value.__cause__, PermissionError)


def test_validation_is_for_the_own_suite(device, now) -> None:
    secret, public = Crypto(2).generate_signature_key_pair()
    other = Client(
        credential=b"p256",
        signature_secret_key=secret,
        signature_public_key=public,
        storage=Storage(),
        identity_validator=lambda credential, _: credential,
        cipher_suite=2,
    )
    package = other.generate_key_package(now=now)
    assert KeyPackage.parse(package.data).cipher_suite == 2
    assert other.validate_key_package(package.data, now=now).credential == b"p256"
    with pytest.raises(UnsupportedCipherSuite):
        device(b"alice").client.validate_key_package(package.data, now=now)


def test_what_is_no_key_package(chat, device, now) -> None:
    pair = chat()
    client = pair.devices[0].client
    for data in (b"", b"\0", pair.groups[0].group_info(), bytes(70_000)):
        with pytest.raises(InvalidMessage):
            KeyPackage.parse(data)
        with pytest.raises(InvalidMessage):
            client.validate_key_package(data, now=now)
        with pytest.raises(InvalidKeyPackage):
            pair.groups[0].commit(now=now, add=[data])
        with pytest.raises(InvalidKeyPackage):
            pair.groups[0].propose_add(data)
        with pytest.raises(InvalidMessage):
            welcome_references(data)


def test_trailing_bytes_are_refused(device, now) -> None:
    package = device(b"alice").client.generate_key_package(now=now)
    with pytest.raises(InvalidMessage):
        KeyPackage.parse(package.data + b"\0")
