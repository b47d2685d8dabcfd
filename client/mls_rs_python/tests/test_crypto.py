"""The primitives, against vectors of their RFCs and at their bounds."""

import pytest

from mls_rs_python import Crypto, CryptoError, DecryptionFailed, MlsError, UnsupportedCipherSuite, UsageError

SUITES = Crypto.supported_cipher_suites()


def test_supported_suites_are_those_of_the_provider() -> None:
    assert SUITES == [1, 2, 3, 7]


@pytest.mark.parametrize("suite", [0, 4, 65_535, -1, 65_536, 2**80])
def test_unsupported_suite(suite: int) -> None:
    with pytest.raises(UnsupportedCipherSuite):
        Crypto(suite)


@pytest.mark.parametrize("suite", SUITES)
def test_signatures_verify_only_as_they_were_made(suite: int) -> None:
    crypto = Crypto(suite)
    secret, public = crypto.generate_signature_key_pair()
    signature = crypto.sign(secret, b"data")
    assert crypto.cipher_suite == suite
    assert crypto.signature_public_key(secret) == public
    assert crypto.verify(public, b"data", signature)
    assert not crypto.verify(public, b"date", signature)
    assert not crypto.verify(public, b"data", signature[:-1])
    assert not crypto.verify(public[:-1], b"data", signature)
    assert not crypto.verify(b"", b"data", b"")
    assert not crypto.verify(crypto.generate_signature_key_pair()[1], b"data", signature)


@pytest.mark.parametrize("secret", [b"", b"short", bytes(63), bytes(64), bytes(65)])
def test_malformed_secret_keys_are_refused(secret: bytes) -> None:
    crypto = Crypto()
    with pytest.raises(UsageError):
        crypto.sign(secret, b"data")
    with pytest.raises(UsageError):
        crypto.signature_public_key(secret)


def test_ed25519_vector_of_rfc_8032() -> None:
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = Crypto().sign(seed + public, b"")
    assert signature.hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb88215")


def test_hash_and_mac_vectors() -> None:
    crypto = Crypto()
    assert crypto.hash(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    mac = crypto.mac(b"Jefe", b"what do ya want for nothing?")
    assert mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"


def test_hkdf_vector_of_rfc_5869() -> None:
    crypto = Crypto()
    prk = crypto.hkdf_extract(bytes(range(13)), b"\x0b" * 22)
    assert prk.hex() == "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"
    okm = crypto.hkdf_expand(prk, bytes(range(0xF0, 0xFA)), 42)
    assert okm.hex().startswith("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf")


def test_hkdf_bounds() -> None:
    crypto = Crypto()
    prk = bytes(32)
    assert len(crypto.hkdf_expand(prk, b"", 255 * 32)) == 255 * 32
    with pytest.raises(UsageError):
        crypto.hkdf_expand(prk, b"", 255 * 32 + 1)
    with pytest.raises(UsageError):
        crypto.hkdf_expand(prk[:-1], b"", 32)
    with pytest.raises(UsageError):
        crypto.hkdf_extract(b"salt", b"")
    for length in (-1, 2**70):
        with pytest.raises(UsageError):
            crypto.hkdf_expand(prk, b"", length)


@pytest.mark.parametrize("suite", SUITES)
def test_aead_opens_only_what_was_sealed(suite: int) -> None:
    crypto = Crypto(suite)
    key, nonce = crypto.random_bytes(crypto.aead_key_size), crypto.random_bytes(crypto.aead_nonce_size)
    sealed = crypto.aead_seal(key, nonce, b"text", b"aad")
    assert crypto.aead_open(key, nonce, sealed, b"aad") == b"text"
    for data, aad in ((sealed, b""), (sealed[:-1], b"aad"), (sealed[:16], b"aad"), (b"", b"aad")):
        with pytest.raises(DecryptionFailed):
            crypto.aead_open(key, nonce, data, aad)
    with pytest.raises(DecryptionFailed):
        crypto.aead_open(key, bytes(crypto.aead_nonce_size), sealed, b"aad")


def test_aead_lengths() -> None:
    crypto = Crypto()
    key, nonce = bytes(crypto.aead_key_size), bytes(crypto.aead_nonce_size)
    for bad in ((key + b"0", nonce), (key, nonce + b"0"), (b"", nonce), (key, b"")):
        with pytest.raises(UsageError):
            crypto.aead_seal(*bad, b"text")
        with pytest.raises(UsageError):
            crypto.aead_open(*bad, bytes(32))
    with pytest.raises(UsageError):
        crypto.aead_seal(key, nonce, b"")


def test_random_bytes() -> None:
    crypto = Crypto()
    assert crypto.random_bytes(0) == b""
    assert len(crypto.random_bytes(1 << 20)) == 1 << 20
    assert crypto.random_bytes(32) != crypto.random_bytes(32)
    for length in (-1, (1 << 20) + 1):
        with pytest.raises(UsageError):
            crypto.random_bytes(length)


def test_hash_sizes() -> None:
    assert {suite: Crypto(suite).hash_size for suite in SUITES} == {1: 32, 2: 32, 3: 32, 7: 48}


def test_text_is_no_data() -> None:
    with pytest.raises(TypeError):
        Crypto().hash("text")  # type: ignore[arg-type]


def test_crypto_error_is_ours() -> None:
    error = CryptoError("why")
    assert isinstance(error, MlsError)
    assert (error.detail, str(error)) == ("why", "why")
