"""Sealing to signature keys: only the recipient opens, and an HPKE written here from the RFCs agrees."""

import hashlib
import hmac
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mls_rs_python import Crypto, DecryptionFailed, MlsError, UnsupportedCipherSuite, UsageError

P: Final = 2**255 - 19
PSK: Final = {"psk": b"shared by both".ljust(32, b"."), "psk_id": b"which"}
ED25519_SUITES: Final = (1, 3)
SMALL_ORDER: Final = (
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
)
"""All points of the curve whose order divides 8."""
SMALL_ORDER_U: Final = (
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
)
"""X25519 takes each of them to zero, whatever the scalar."""


def x25519(scalar: bytes, point: bytes) -> bytes:
    """RFC 7748, section 5."""
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(point, "little") & (2**255 - 1)
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if bit != swapped:
            x2, z2, x3, z3 = x3, z3, x2, z2
        swapped = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        x3, z3 = pow(d * a + c * b, 2, P), x1 * pow(d * a - c * b, 2, P) % P
        e = a * a - b * b
        x2, z2 = a * a * b * b % P, e * (a * a + 121_665 * e) % P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def montgomery(public_key: bytes) -> bytes:
    """RFC 7748, section 4.1: u = (1 + y) / (1 - y)."""
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    return ((1 + y) * pow(1 - y, P - 2, P) % P).to_bytes(32, "little")


def scalar_of(secret_key: bytes) -> bytes:
    return hashlib.sha512(secret_key[:32]).digest()[:32]


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]


def shared_secret(dh: bytes, encapsulated: bytes, recipient: bytes) -> bytes:
    """RFC 9180, section 4.1, for DHKEM(X25519, HKDF-SHA256)."""
    kem = b"KEM\x00\x20"
    return expand(kem, extract(kem, b"", b"eae_prk", dh), b"shared_secret", encapsulated + recipient, 32)


def schedule(secret: bytes, info: bytes, psk: bytes = b"", psk_id: bytes = b"") -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1, for HKDF-SHA256 and AES-128-GCM: key and nonce of the first message."""
    suite = b"HPKE\x00\x20\x00\x01\x00\x01"
    context = bytes([bool(psk)]) + extract(suite, b"", b"psk_id_hash", psk_id) + extract(suite, b"", b"info_hash", info)
    prk = extract(suite, secret, b"secret", psk)
    return expand(suite, prk, b"key", context, 16), expand(suite, prk, b"base_nonce", context, 12)


def test_the_reference_gives_the_vector_of_rfc_9180() -> None:
    """Appendix A.1.1, first encryption."""
    info = bytes.fromhex("4f6465206f6e2061204772656369616e2055726e")
    ephemeral = bytes.fromhex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736")
    recipient = bytes.fromhex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d")
    encapsulated = x25519(ephemeral, (9).to_bytes(32, "little"))
    assert encapsulated.hex() == "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"
    secret = shared_secret(x25519(ephemeral, recipient), encapsulated, recipient)
    key, nonce = schedule(secret, info)
    sealed = Crypto().aead_seal(key, nonce, b"Beauty is truth, truth beauty", b"Count-0")
    assert sealed.hex().startswith("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9")
    assert sealed.hex().endswith("6d8770ac83d07bea87e13c512a")


@pytest.mark.parametrize("psk", [{}, PSK], ids=["base", "psk"])
def test_the_reference_opens_what_was_sealed(psk: dict[str, bytes]) -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    sealed = crypto.seal_to(public, b"info", b"aad", b"text", **psk)
    encapsulated, ciphertext = sealed[:32], sealed[32:]
    dh = x25519(scalar_of(secret), encapsulated)
    key, nonce = schedule(shared_secret(dh, encapsulated, montgomery(public)), b"info", **psk)
    assert crypto.aead_open(key, nonce, ciphertext, b"aad") == b"text"


@pytest.mark.parametrize("psk", [{}, PSK], ids=["base", "psk"])
def test_what_the_reference_sealed_opens(psk: dict[str, bytes]) -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    ephemeral = crypto.random_bytes(32)
    encapsulated = x25519(ephemeral, (9).to_bytes(32, "little"))
    dh = x25519(ephemeral, montgomery(public))
    key, nonce = schedule(shared_secret(dh, encapsulated, montgomery(public)), b"info", **psk)
    sealed = encapsulated + crypto.aead_seal(key, nonce, b"text", b"aad")
    assert crypto.open_sealed(secret, b"info", b"aad", sealed, **psk) == b"text"


@pytest.mark.parametrize("suite", ED25519_SUITES)
@pytest.mark.parametrize("psk", [{}, PSK], ids=["base", "psk"])
def test_only_the_recipient_opens_and_only_as_it_was_sealed(suite: int, psk: dict[str, bytes]) -> None:
    crypto = Crypto(suite)
    secret, public = crypto.generate_signature_key_pair()
    sealed = crypto.seal_to(public, b"info", b"aad", b"text", **psk)
    assert len(sealed) == 32 + 4 + 16
    assert sealed != crypto.seal_to(public, b"info", b"aad", b"text", **psk)
    assert crypto.open_sealed(secret, b"info", b"aad", sealed, **psk) == b"text"
    other, _ = crypto.generate_signature_key_pair()
    for key, info, aad, changed in (
        (other, b"info", b"aad", sealed),
        (secret, b"info.", b"aad", sealed),
        (secret, b"info", b"", sealed),
        (secret, b"info", b"aad", sealed[:-1]),
        (secret, b"info", b"aad", sealed + b"."),
        (secret, b"info", b"aad", sealed[:47]),
        (secret, b"info", b"aad", sealed[:31]),
        (secret, b"info", b"aad", b""),
    ):
        with pytest.raises(DecryptionFailed):
            crypto.open_sealed(key, info, aad, changed, **psk)


def test_a_pre_shared_key_is_needed_as_well() -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    sealed = crypto.seal_to(public, b"", b"", b"text", **PSK)
    for psk in ({}, PSK | {"psk": bytes(32)}, PSK | {"psk_id": b"other"}):
        with pytest.raises(DecryptionFailed):
            crypto.open_sealed(secret, b"", b"", sealed, **psk)
    with pytest.raises(DecryptionFailed):
        crypto.open_sealed(secret, b"", b"", crypto.seal_to(public, b"", b"", b"text"), **PSK)


@pytest.mark.parametrize("psk", [{"psk": bytes(32)}, {"psk_id": b"id"}, {"psk": bytes(31), "psk_id": b"id"}])
def test_half_a_pre_shared_key_is_none(psk: dict[str, bytes]) -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    with pytest.raises(UsageError):
        crypto.seal_to(public, b"", b"", b"text", **psk)
    with pytest.raises(UsageError):
        crypto.open_sealed(secret, b"", b"", crypto.seal_to(public, b"", b"", b"text"), **psk)


@pytest.mark.parametrize("suite", [each for each in Crypto.supported_cipher_suites() if each not in ED25519_SUITES])
def test_suites_with_other_signatures(suite: int) -> None:
    crypto = Crypto(suite)
    secret, public = crypto.generate_signature_key_pair()
    with pytest.raises(UnsupportedCipherSuite):
        crypto.seal_to(public, b"", b"", b"text")
    with pytest.raises(UnsupportedCipherSuite):
        crypto.open_sealed(secret, b"", b"", bytes(64))


def refused(public_key: bytes) -> bool:
    try:
        Crypto().seal_to(public_key, b"", b"", b"text")
    except UsageError:
        return True
    return False


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_no_recipients(point: str) -> None:
    assert refused(bytes.fromhex(point))


def test_a_point_has_one_encoding() -> None:
    """y and y + p are the same point; so are the two signs where x is 0."""
    for y in range(19):
        assert refused((y + P).to_bytes(32, "little"))
        assert refused((y + P | 1 << 255).to_bytes(32, "little"))
    assert refused((1 | 1 << 255).to_bytes(32, "little"))
    accepted = [y for y in range(2, 19) if not refused(y.to_bytes(32, "little"))]
    assert 3 in accepted
    assert 2 not in accepted  # not on the curve


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_malformed_keys(key: bytes) -> None:
    assert refused(key)
    for secret in (key, bytes(64), b"\xff" * 64):
        with pytest.raises(UsageError):
            Crypto().open_sealed(secret, b"", b"", bytes(64))


@pytest.mark.parametrize("u", SMALL_ORDER_U)
def test_an_encapsulated_key_of_small_order_opens_nothing(u: str) -> None:
    """Its shared secret is zero for every recipient, so anybody could have made this one."""
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    for high_bit in (0, 0x80):
        encapsulated = bytes.fromhex(u)[:31] + bytes([bytes.fromhex(u)[31] | high_bit])
        assert x25519(scalar_of(secret), encapsulated) == bytes(32)
        key, nonce = schedule(shared_secret(bytes(32), encapsulated, montgomery(public)), b"")
        with pytest.raises(DecryptionFailed, match="small order"):
            crypto.open_sealed(secret, b"", b"", encapsulated + crypto.aead_seal(key, nonce, b"text"))


def test_bounds() -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    with pytest.raises(UsageError):
        crypto.seal_to(public, b"", b"", b"")
    with pytest.raises(UsageError):
        crypto.seal_to(public, bytes((1 << 16) + 1), b"", b"text")
    with pytest.raises(UsageError):
        crypto.seal_to(public, b"", b"", bytes((16 << 20) + 1))
    large = bytes(range(256)) * 256
    assert crypto.open_sealed(secret, b"", large, crypto.seal_to(public, b"", large, large)) == large


def test_every_single_byte_counts() -> None:
    crypto = Crypto()
    secret, public = crypto.generate_signature_key_pair()
    sealed = crypto.seal_to(public, b"info", b"aad", b"text")
    for at in range(len(sealed)):
        for bit in (0x01, 0x10, 0x80):
            changed = sealed[:at] + bytes([sealed[at] ^ bit]) + sealed[at + 1 :]
            with pytest.raises(DecryptionFailed):
                crypto.open_sealed(secret, b"info", b"aad", changed)


@given(key=st.binary(max_size=80) | st.binary(min_size=32, max_size=32), sealed=st.binary(max_size=120))
def test_noise(key: bytes, sealed: bytes) -> None:
    crypto = Crypto()
    secret, _ = crypto.generate_signature_key_pair()
    with pytest.raises(DecryptionFailed):
        crypto.open_sealed(secret, b"", b"", sealed)
    with pytest.raises(UsageError):
        crypto.open_sealed(key, b"", b"", sealed)
    try:
        assert len(crypto.seal_to(key, b"", b"", b"text")) == 52
    except MlsError as error:
        assert type(error) is UsageError
