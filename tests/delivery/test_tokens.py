"""Whom a token names; forgeries are tried over sockets in test_refusals."""

import time

import pytest

from delivery.effects import Device
from delivery.errors import RefusedError, SettingsError
from delivery.tokens import LEEWAY_SECONDS, Tokens
from delivery_server import ISSUER, Minter

ALICE = Device("A" * 43, "0b9e4a3c-7f31-4a58-9d4e-1f6f6c2f0a11")


def test_a_good_token_names_its_device_and_its_end(minter: Minter) -> None:
    identity = Tokens(minter.jwks, ISSUER).check(minter.token(ALICE, seconds=900))
    assert identity.device == ALICE
    assert abs(identity.expires_at - time.time() - 900) < 5


def test_each_of_several_keys_is_good(minter: Minter) -> None:
    other = Minter("other")
    tokens = Tokens({"keys": [*minter.jwks["keys"], *other.jwks["keys"]]}, ISSUER)
    for each in (minter, other):
        assert tokens.check(each.token(ALICE)).device == ALICE


def test_clocks_may_differ_a_little(minter: Minter) -> None:
    tokens = Tokens(minter.jwks, ISSUER)
    tokens.check(minter.token(ALICE, iat=int(time.time()) + LEEWAY_SECONDS - 2))
    with pytest.raises(RefusedError, match="token_invalid"):
        tokens.check(minter.token(ALICE, iat=int(time.time()) + LEEWAY_SECONDS + 10))
    with pytest.raises(RefusedError, match="token_expired"):
        tokens.check(minter.token(ALICE, seconds=-LEEWAY_SECONDS - 1))


@pytest.mark.parametrize("jwks", [{}, {"keys": []}, {"keys": [{"kty": "oct", "k": "AAAA", "kid": "x"}]}, {"keys": "x"}])
def test_without_a_usable_key_there_is_no_start(jwks: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="MLS_CHAT_JWKS"):
        Tokens(jwks, ISSUER)
