"""Ids prove keys, signatures are labelled, a leaf's credential is checked in every part."""

import pytest

from mls_chat.identity import (
    CredentialRefused,
    auth_statement,
    device_statement,
    encode_credential,
    leaf_validator,
    read_credential,
    short_id,
    statement,
    user_id_of,
)
from mls_rs_python import Crypto

CRYPTO = Crypto()
ACCOUNT_SECRET, ACCOUNT_PUBLIC = CRYPTO.generate_signature_key_pair()
_, DEVICE_PUBLIC = CRYPTO.generate_signature_key_pair()
USER_ID, DEVICE_ID = user_id_of(ACCOUNT_PUBLIC), "6f1c2d3e-4a5b-4c6d-8e7f-0a1b2c3d4e5f"
SIGNATURE = CRYPTO.sign(ACCOUNT_SECRET, device_statement(USER_ID, DEVICE_ID, DEVICE_PUBLIC))
CREDENTIAL = encode_credential(USER_ID, DEVICE_ID, ACCOUNT_PUBLIC, SIGNATURE)


def test_a_user_id_is_the_hash_of_the_key() -> None:
    assert user_id_of(bytes(32)) == "Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU"
    assert short_id(USER_ID) == USER_ID[:8]


def test_statements_keep_label_and_fields_apart() -> None:
    assert statement("label", "ab", b"c") == b"label\x00\x00\x00\x02ab\x00\x00\x00\x01c"
    assert statement("l", "ab", "c") != statement("l", "a", "bc")
    assert auth_statement("o", "u", "d", b"c").startswith(b"mls-chat auth v1\x00\x00\x00\x01o")
    assert device_statement("u", "d", b"k").startswith(b"mls-chat device v1\x00\x00\x00\x01u")


def test_a_genuine_credential() -> None:
    identity = read_credential(CRYPTO, CREDENTIAL, DEVICE_PUBLIC)
    assert (identity.user_id, identity.device_id) == (USER_ID, DEVICE_ID)
    assert identity.identity == f"{USER_ID}/{DEVICE_ID}".encode()
    assert leaf_validator(CRYPTO)(CREDENTIAL, DEVICE_PUBLIC) == identity.identity


def test_every_flipped_byte_is_noticed() -> None:
    for place in range(len(CREDENTIAL)):
        changed = bytearray(CREDENTIAL)
        changed[place] ^= 1
        with pytest.raises(CredentialRefused):
            read_credential(CRYPTO, bytes(changed), DEVICE_PUBLIC)


def test_every_cut_is_noticed() -> None:
    for length in range(len(CREDENTIAL)):
        with pytest.raises(CredentialRefused):
            read_credential(CRYPTO, CREDENTIAL[:length], DEVICE_PUBLIC)
    with pytest.raises(CredentialRefused, match="cut short"):
        read_credential(CRYPTO, CREDENTIAL + b"\x00", DEVICE_PUBLIC)
    with pytest.raises(CredentialRefused, match="5 fields"):
        read_credential(CRYPTO, CREDENTIAL + b"\x00\x00", DEVICE_PUBLIC)


def signed_by(secret: bytes, user_id: str, device_id: str, account: bytes = ACCOUNT_PUBLIC) -> bytes:
    signature = CRYPTO.sign(secret, device_statement(user_id, device_id, DEVICE_PUBLIC))
    return encode_credential(user_id, device_id, account, signature)


@pytest.mark.parametrize(
    ("credential", "reason"),
    [
        (signed_by(ACCOUNT_SECRET, user_id_of(bytes(32)), DEVICE_ID), "user id does not match"),
        (signed_by(ACCOUNT_SECRET, USER_ID, DEVICE_ID.upper()), "canonical"),
        (signed_by(ACCOUNT_SECRET, USER_ID, "not-a-uuid"), "malformed"),
        (signed_by(ACCOUNT_SECRET, "é" + USER_ID, DEVICE_ID), "malformed"),
        (signed_by(CRYPTO.generate_signature_key_pair()[0], USER_ID, DEVICE_ID), "did not sign"),
    ],
)
def test_what_a_forger_might_try(credential: bytes, reason: str) -> None:
    with pytest.raises(CredentialRefused, match=reason):
        read_credential(CRYPTO, credential, DEVICE_PUBLIC)


def test_a_credential_does_not_fit_another_device_key() -> None:
    _, other = CRYPTO.generate_signature_key_pair()
    validate = leaf_validator(CRYPTO)
    validate(CREDENTIAL, DEVICE_PUBLIC)
    with pytest.raises(CredentialRefused, match="did not sign"):
        validate(CREDENTIAL, other)
