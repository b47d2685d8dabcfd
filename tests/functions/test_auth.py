import base64
import time

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from functions_server import Device, RefusedError, b64, call, claims_of, raw_public, wire_json
from mls_chat.account_log import device_log_statement
from stack.functions import Functions


def refused(http: httpx.Client, name: str, body: object) -> tuple[int, object]:
    with pytest.raises(RefusedError) as caught:
        call(http, name, body)
    return caught.value.status, caught.value.code


def test_a_registered_device_gets_a_token_for_itself(http: httpx.Client, functions: Functions) -> None:
    device = Device(http)
    reply = call(http, "auth_register", device.registration())
    claims = claims_of(str(reply["token"]))
    assert (claims["sub"], claims["device_id"]) == (device.user_id, device.device_id)
    assert (claims["role"], claims["aud"]) == ("authenticated", "authenticated")
    assert claims["iss"] == f"http://127.0.0.1:{functions.port}/auth/v1"
    assert claims["exp"] - claims["iat"] == 900  # type: ignore[operator]
    assert abs(int(str(reply["expires_at"])) - time.time() * 1000 - 900_000) < 60_000
    assert call(http, "user_groups", {}, str(reply["token"])) == {"groups": [], "account_groups": []}


def test_the_same_registration_again_is_fine(http: httpx.Client) -> None:
    device = Device(http).register()
    assert call(http, "auth_register", device.registration())["token"]


def test_a_device_id_is_bound_once(http: httpx.Client) -> None:
    device = Device(http).register()
    same_account = Device(http, account=device.account, device_id=device.device_id)
    other_account = Device(http, device_id=device.device_id)
    assert refused(http, "auth_register", same_account.registration()) == (409, "device_exists")
    assert refused(http, "auth_register", other_account.registration()) == (409, "device_exists")
    assert call(http, "auth_login", device.login())["token"]


def test_a_second_device_of_an_account(http: httpx.Client) -> None:
    first = Device(http).register()
    second = first.another().register()
    assert second.user_id == first.user_id
    assert second("user_groups") == {"groups": [], "account_groups": []}
    log = second("device_log_get", user_id=first.user_id)
    assert [each["device_id"] for each in log["entries"]] == [first.device_id, second.device_id]  # type: ignore[attr-defined]


def test_login_with_the_device_key(http: httpx.Client) -> None:
    device = Device(http).register()
    token = str(call(http, "auth_login", device.login())["token"])
    assert claims_of(token)["device_id"] == device.device_id


def test_a_challenge_is_used_once(http: httpx.Client) -> None:
    device = Device(http).register()
    body = device.login()
    assert call(http, "auth_login", body)["token"]
    assert refused(http, "auth_login", body) == (401, "challenge_unknown")


def test_a_failed_proof_uses_the_challenge_up(http: httpx.Client) -> None:
    device = Device(http).register()
    good = device.login()
    assert refused(http, "auth_login", good | {"device_signature": b64(bytes(64))}) == (401, "signature_invalid")
    assert refused(http, "auth_login", good) == (401, "challenge_unknown")


def test_a_challenge_is_for_one_purpose_and_device(http: httpx.Client) -> None:
    device, other = Device(http).register(), Device(http).register()
    registration = device.challenge("register")[0]
    assert refused(http, "auth_login", device.login(challenge_id=registration)) == (401, "challenge_unknown")
    foreign = other.challenge("login")[0]
    assert refused(http, "auth_login", device.login(challenge_id=foreign)) == (401, "challenge_unknown")


def test_an_unknown_device_cannot_log_in(http: httpx.Client) -> None:
    assert refused(http, "auth_login", Device(http).login()) == (401, "device_unknown")
    registered = Device(http).register()
    other_account = Device(http, key=registered.key, device_id=registered.device_id)
    assert refused(http, "auth_login", other_account.login()) == (401, "device_unknown")


def test_another_key_cannot_log_in(http: httpx.Client) -> None:
    device = Device(http).register()
    thief = Device(http, account=device.account, device_id=device.device_id)
    assert refused(http, "auth_login", thief.login()) == (401, "signature_invalid")


def test_a_signature_for_another_origin_is_refused(http: httpx.Client) -> None:
    device = Device(http).register()
    challenge_id, challenge = device.challenge("login")
    signature = device.key.sign(device.auth_statement(challenge, "https://evil.example"))
    body = {"challenge_id": challenge_id, **device.names, "device_signature": b64(signature)}
    assert refused(http, "auth_login", body) == (401, "signature_invalid")


def test_both_names_of_the_loopback_are_origins(http: httpx.Client) -> None:
    device = Device(http).register()
    challenge_id, challenge = device.challenge("login")
    signed = device.auth_statement(challenge, device.origin.replace("127.0.0.1", "localhost"))
    body = {"challenge_id": challenge_id, **device.names, "device_signature": b64(device.key.sign(signed))}
    assert call(http, "auth_login", body)["token"]


def test_user_id_must_be_the_hash_of_the_key(http: httpx.Client) -> None:
    device = Device(http)
    key = b64(raw_public(Ed25519PrivateKey.generate()))
    assert refused(http, "auth_register", device.registration(account_public_key=key)) == (400, "bad_request")


@pytest.mark.parametrize("field", ["account_signature", "device_signature"])
def test_each_signature_of_a_registration_counts(http: httpx.Client, field: str) -> None:
    device = Device(http)
    body = device.registration()
    signature = bytearray(base64.b64decode(str(body[field])))
    signature[0] ^= 1
    assert refused(http, "auth_register", body | {field: b64(bytes(signature))}) == (401, "signature_invalid")
    assert refused(http, "auth_login", device.login()) == (401, "device_unknown")


def test_the_credential_must_be_this_devices(http: httpx.Client) -> None:
    device = Device(http)
    other = Device(http, account=device.account)
    assert refused(http, "auth_register", device.registration(credential=b64(other.credential()))) == (
        400,
        "bad_request",
    )
    extended = device.credential() + b"\0"
    assert refused(http, "auth_register", device.registration(credential=b64(extended))) == (400, "bad_request")
    other_version = b"\x02" + device.credential()[1:]
    assert refused(http, "auth_register", device.registration(credential=b64(other_version))) == (400, "bad_request")


def test_the_credentials_signature_must_hold(http: httpx.Client) -> None:
    device = Device(http)
    same_names = Device(http, account=device.account, device_id=device.device_id)  # another device key
    body = device.registration(credential=b64(same_names.credential()))
    assert refused(http, "auth_register", body) == (401, "signature_invalid")


def test_the_entry_must_be_signed_by_the_account(http: httpx.Client) -> None:
    device = Device(http)
    for changed in (device.entry(made_at=2), device.entry(number=2), device.entry(previous=b"p" * 32)):
        forged = msgspec.structs.replace(changed, signature=device.entry().signature)
        body = device.registration(entry=wire_json(forged))
        assert refused(http, "auth_register", body) == (401, "signature_invalid")
    by_device = device.key.sign(device_log_statement(device.user_id, device.entry()))
    body = device.registration(entry=wire_json(msgspec.structs.replace(device.entry(), signature=by_device)))
    assert refused(http, "auth_register", body) == (401, "signature_invalid")
    assert refused(http, "auth_login", device.login()) == (401, "device_unknown")


def test_the_entry_must_be_about_this_device(http: httpx.Client) -> None:
    device = Device(http)
    body = device.registration(entry=wire_json(device.another().entry()))
    assert refused(http, "auth_register", body) == (400, "bad_request")
    body = device.registration(entry=wire_json(device.entry("revoke")))
    assert refused(http, "auth_register", body) == (400, "bad_request")


def test_an_entry_that_does_not_follow_is_a_conflict(http: httpx.Client) -> None:
    device = Device(http).register()
    late = Device(http, account=device.account)
    with pytest.raises(RefusedError) as caught:
        call(http, "auth_register", late.registration())
    assert (caught.value.status, caught.value.code, caught.value.details) == (409, "log_conflict", {"number": 1})
    assert refused(http, "auth_login", late.login()) == (401, "device_unknown")


def test_a_key_that_is_no_point_is_refused(http: httpx.Client) -> None:
    body = Device(http).registration(device_public_key=b64(b"\xff" * 32))
    assert refused(http, "auth_register", body) == (401, "signature_invalid")
