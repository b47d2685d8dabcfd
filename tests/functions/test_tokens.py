"""Tokens that were not minted here, or not for this, open nothing."""

import base64
import json
import time
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from functions_server import Device, RefusedError, call, claims_of
from mls_chat.wire import ENDPOINTS
from stack.functions import Functions
from stack.keys import public_jwks, signing_key


@pytest.fixture
def device(http: httpx.Client) -> Device:
    return Device(http).register()


@pytest.fixture
def own_key(functions: Functions) -> Any:
    return jwt.PyJWK(json.loads(signing_key(functions.data))).key


@pytest.fixture
def kid(functions: Functions) -> str:
    return str(json.loads(signing_key(functions.data))["kid"])


def code_of(http: httpx.Client, token: str) -> tuple[int, object]:
    with pytest.raises(RefusedError) as caught:
        call(http, "user_groups", {}, token)
    return caught.value.status, caught.value.code


def good_claims(device: Device) -> dict[str, Any]:
    return dict(claims_of(str(device.token)))


def test_a_token_made_with_the_key_works(http: httpx.Client, device: Device, own_key: Any, kid: str) -> None:
    token = jwt.encode(good_claims(device), own_key, "ES256", headers={"kid": kid})
    assert call(http, "user_groups", {}, token) == {"groups": [], "account_groups": []}


@pytest.mark.parametrize("name", [name for name, each in ENDPOINTS.items() if not each.public])
def test_no_token(http: httpx.Client, name: str) -> None:
    for headers in ({}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Basic YTpi"}):
        response = http.post(name, json={}, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_an_expired_one(http: httpx.Client, device: Device, own_key: Any, kid: str) -> None:
    now = int(time.time())
    token = jwt.encode(
        good_claims(device) | {"iat": now - 1000, "exp": now - 10}, own_key, "ES256", headers={"kid": kid}
    )
    assert code_of(http, token) == (401, "token_expired")


CHANGES: list[dict[str, Any]] = [
    {"aud": "other"},
    {"aud": None},
    {"iss": "https://other.example/auth/v1"},
    {"iss": None},
    {"exp": None},
    {"iat": None},
    {"sub": None},
    {"role": "service_role"},
    {"role": "postgres"},
    {"role": None},
    {"device_id": None},
    {"device_id": 7},
    {"nbf": 4_000_000_000},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_claims_that_are_not_ours(http: httpx.Client, device: Device, own_key: Any, kid: str, change: Any) -> None:
    claims = {name: value for name, value in (good_claims(device) | change).items() if value is not None}
    assert code_of(http, jwt.encode(claims, own_key, "ES256", headers={"kid": kid})) == (401, "token_invalid")


def test_another_key(http: httpx.Client, device: Device, kid: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for headers in ({"kid": kid}, {"kid": "other"}, {}):
        token = jwt.encode(good_claims(device), key, "ES256", headers=headers)
        assert code_of(http, token) == (401, "token_invalid")


def test_other_algorithms(http: httpx.Client, functions: Functions, device: Device, kid: str) -> None:
    claims, public = good_claims(device), public_jwks(functions.data)
    none = jwt.encode(claims, "", "none", headers={"kid": kid})
    public_key_as_secret = jwt.encode(claims, public.encode() * 2, "HS256", headers={"kid": kid})
    for token in (none, public_key_as_secret):
        assert code_of(http, token) == (401, "token_invalid")


def test_a_key_brought_along(http: httpx.Client, device: Device) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    jwk = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
    token = jwt.encode(
        good_claims(device), key, "ES256", headers={"jwk": jwk, "kid": "own", "jku": "http://127.0.0.1:1/"}
    )
    assert code_of(http, token) == (401, "token_invalid")


def test_changed_after_signing(http: httpx.Client, device: Device) -> None:
    header, _, signature = str(device.token).split(".")
    other = json.dumps(good_claims(device) | {"sub": "x" * 43}).encode()
    payload = base64.urlsafe_b64encode(other).rstrip(b"=").decode()
    for token in (f"{header}.{payload}.{signature}", str(device.token)[:-6], "x.y.z", "sb_publishable_local"):
        assert code_of(http, token) == (401, "token_invalid")


async def test_a_revoked_device_is_out_at_once(http: httpx.Client, device: Device, admin: Any) -> None:
    await admin.execute("update public.devices set revoked_at = now() where device_id = $1", device.device_id)
    assert code_of(http, str(device.token)) == (401, "device_revoked")


def test_a_token_for_another_accounts_device(http: httpx.Client, device: Device, own_key: Any, kid: str) -> None:
    other = Device(http).register()
    token = jwt.encode(good_claims(device) | {"device_id": other.device_id}, own_key, "ES256", headers={"kid": kid})
    assert code_of(http, token) == (401, "device_unknown")


def test_the_public_key_is_published(http: httpx.Client, functions: Functions) -> None:
    response = httpx.get(f"http://127.0.0.1:{functions.port}/auth/v1/.well-known/jwks.json")
    assert response.json() == json.loads(public_jwks(functions.data))
    assert all("d" not in key for key in response.json()["keys"])
