"""A table of bad values for every field of every endpoint: 400 with a sentence that names the field, never 500."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from functions_server import Device
from mls_chat.wire import ENDPOINTS
from mls_chat.wire.limits import (
    MAX_GROUP_INFO_BYTES,
    MAX_LINK_BYTES,
    MAX_SEALED_KEY_BYTES,
    MAX_SEALED_NAME_BYTES,
    MAX_SEALED_ROOT_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_VAULT_BYTES,
)
from sql_world import b64, new_id

ID = new_id()
USER = "u" * 43
BYTES = b64(b"x")
COMMIT: dict[str, Any] = {
    "group_id": ID,
    "message_id": ID,
    "epoch": 0,
    "mls_bytes": BYTES,
    "added": [{"user_id": USER, "device_id": ID}],
    "removed": [ID],
    "welcomes": [{"device_id": ID, "welcome": BYTES, "mac": ""}],
    "group_info": BYTES,
    "base_seq": 0,
    "keys": [{"user_id": USER, "device_id": ID, "sealed_key": BYTES}],
}
ENTRY: dict[str, Any] = {
    "number": 1,
    "previous": b64(bytes(32)),
    "change": "add",
    "device_id": ID,
    "device_public_key": b64(bytes(32)),
    "made_at": 0,
    "signature": b64(bytes(64)),
}
CODE: dict[str, Any] = {
    "locator_hash": b64(bytes(32)),
    "access_hash": b64(bytes(32)),
    "salt": BYTES,
    "memory_kib": 1,
    "iterations": 1,
    "sealed_root": BYTES,
}
LINK = "0123456789ABCDEFGHJK"
ANSWER = '{"id": "x"}'
"""Of an authenticator."""
UPTO: dict[str, Any] = {ID: 1}
GOOD: dict[str, dict[str, Any]] = {
    "auth_challenge": {"purpose": "login", "user_id": USER, "device_id": ID},
    "auth_register": {
        "challenge_id": ID,
        "user_id": USER,
        "device_id": ID,
        "account_public_key": b64(bytes(32)),
        "device_public_key": b64(bytes(32)),
        "credential": BYTES,
        "account_signature": b64(bytes(64)),
        "device_signature": b64(bytes(64)),
        "entry": ENTRY,
        "sealed_name": BYTES,
    },
    "auth_login": {"challenge_id": ID, "user_id": USER, "device_id": ID, "device_signature": b64(bytes(64))},
    "key_packages_publish": {"key_packages": [BYTES], "last_resort": BYTES},
    "key_packages_claim": {"user_id": USER},
    "group_create": {"group_id": ID},
    "group_join": {"group_id": ID},
    "group_rejoin": {
        "group_id": ID,
        "message_id": ID,
        "epoch": 0,
        "mls_bytes": BYTES,
        "group_info": BYTES,
        "base_seq": 0,
    },
    "group_info_get": {"group_id": ID, "refused": True},
    "group_info_put": {"group_id": ID, "epoch": 0, "group_info": BYTES},
    "group_key_put": {"group_id": ID, "sealed_key": BYTES},
    "user_groups": {},
    "group_members_list": {"group_id": ID},
    "invite_create": {
        "invite_id": ID,
        "group_id": ID,
        "access_hash": b64(bytes(32)),
        "sealed_info": BYTES,
        "expires_in": 60,
        "max_uses": 1,
    },
    "invite_info": {"invite_id": ID},
    "invite_join": {"invite_id": ID, "access_key": BYTES, "key_package": BYTES, "mac": BYTES, "sealed_profile": BYTES},
    "invite_pending": {},
    "invite_claim": {"request_id": ID},
    "invite_complete": {"request_id": ID, "commit": COMMIT, "refusal": None},
    "invite_poll": {"request_id": ID},
    "send_message": {
        "group_id": ID,
        "message_id": ID,
        "client_seq": 0,
        "msg_kind": "chat",
        "epoch": 0,
        "mls_bytes": BYTES,
    },
    "send_commit": COMMIT,
    "commit_flag": {"group_id": ID, "server_seq": 1},
    "get_messages": {"group_id": ID, "since_seq": 0, "limit": 200, "peek": True},
    "device_add": {"entry": ENTRY, "credential": BYTES, "sealed_name": BYTES},
    "device_list": {},
    "device_rename": {"device_id": ID, "sealed_name": BYTES},
    "device_revoke": {"entry": ENTRY | {"change": "revoke"}},
    "device_log_get": {"user_id": USER, "since": 0},
    "link_offer": {"code": LINK, "offer": BYTES},
    "link_look": {"code": LINK},
    "link_answer": {"code": LINK, "sealed": BYTES},
    "link_poll": {"code": LINK},
    "vault_put": {"generation": 1, "sealed_vault": BYTES, "signature": b64(bytes(64)), "code": CODE},
    "code_open": {"locator": BYTES},
    "code_unlock": {"locator": BYTES, "access_key": BYTES},
    "passkey_create": {},
    "passkey_add": {
        "challenge_id": ID,
        "response": ANSWER,
        "sealed_root": BYTES,
        "sealed_name": BYTES,
        "signature": b64(bytes(64)),
    },
    "passkey_remove": {"passkey_id": "x", "signature": b64(bytes(64))},
    "passkey_get": {},
    "passkey_unlock": {"challenge_id": ID, "response": ANSWER},
    "backup_state": {},
    "backup_put": {"generation": 0, "number": 0, "segment": BYTES, "upto": UPTO, "last": True},
    "backup_get": {"generation": 0, "number": 0},
}
OWN_SHAPES = {"passkey_id": ["", 1, [], {}, "a b", "+/+/", "é", "x=", "x" * 1365]}
"""Fields whose values look like much else."""
OPTIONAL = {"last_resort", "expires_in", "max_uses", "added", "removed", "welcomes", "commit", "refusal", "limit"}
OPTIONAL |= {"refused", "peek", "keys", "base_seq", "since", "upto", "last"}
FALLBACK = {"send_commit": "group_info", "group_rejoin": "group_info", "vault_put": "code"}
"""A field that is optional in these alone."""
INJECTION = "'; drop table public.messages; --"


def wrong_values(good: Any) -> list[Any]:
    """What must not be taken where `good` may stand."""
    if isinstance(good, bool):
        return [0, 1, "true", "", [], {}, INJECTION]
    if isinstance(good, int):
        return ["1", 1.5, 2**63, -(2**63), True, [], {}, "NaN", INJECTION]
    if isinstance(good, list):
        return [{}, "x", 1, [1], [None], [{}], [INJECTION], good * 1001]
    if good is UPTO:
        many = {new_id(): 1 for _ in range(2001)}
        return [[], "x", 1, {"x": 1}, {ID: -1}, {ID: "1"}, {ID: None}, {ID: 2**53}, many]
    if isinstance(good, dict):
        return [[], "x", 1, {}]
    never = [1, 1.5, True, [], {}, INJECTION, "a\0b", "\ud800", "é", "x" * 50]
    return never if good in (BYTES, ANSWER) else [*never, "", good.upper() + "A", good + " ", good[:-1]]


def may_miss(name: str, field: str) -> bool:
    return field in OPTIONAL or FALLBACK.get(name) == field


def cases() -> Iterator[Any]:
    for name, good in GOOD.items():
        for field, value in good.items():
            if field == "refusal":
                continue
            bad = OWN_SHAPES.get(field) or wrong_values(value)
            bad = bad + ([] if may_miss(name, field) else [None])
            yield pytest.param(name, field, bad, id=f"{name}-{field}")


@pytest.fixture(scope="module")
def device(http: httpx.Client) -> Device:
    return Device(http).register()


def post(http: httpx.Client, device: Device, name: str, body: Any) -> httpx.Response:
    text = json.dumps(body)  # keeps lone surrogates as escapes
    headers = {"authorization": f"Bearer {device.token}", "content-type": "application/json"}
    return http.post(name, content=text, headers=headers)


def test_every_endpoint_and_field_is_tried() -> None:
    for name, endpoint in ENDPOINTS.items():
        assert set(GOOD[name]) == set(endpoint.request.__struct_fields__), name
    assert GOOD.keys() == ENDPOINTS.keys()


@pytest.mark.parametrize("name", GOOD)
def test_the_good_body_has_a_good_shape(http: httpx.Client, device: Device, name: str) -> None:
    response = post(http, device, name, GOOD[name])
    assert response.status_code == 200 or response.json()["code"] != "bad_request", response.text


@pytest.mark.parametrize(("name", "field", "bad"), [*cases()])
def test_bad_values(http: httpx.Client, device: Device, name: str, field: str, bad: list[Any]) -> None:
    bodies = [GOOD[name] | {field: value} for value in bad]
    if not may_miss(name, field):
        bodies.append({key: value for key, value in GOOD[name].items() if key != field})
    for body in bodies:
        response = post(http, device, name, body)
        reply = response.json()
        assert (response.status_code, reply["code"]) == (400, "bad_request"), (body.get(field), reply)
        assert field in reply["error"], (body.get(field), reply)


@pytest.mark.parametrize("refusal", [1, "", "x" * 201, "a\0b", ["no"], {}])
def test_bad_refusals(http: httpx.Client, device: Device, refusal: Any) -> None:
    response = post(http, device, "invite_complete", {"request_id": ID, "refusal": refusal})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("name", ["send_commit", "invite_complete"])
def test_bad_values_inside_a_commit(http: httpx.Client, device: Device, name: str) -> None:
    for change in (
        {"added": [{"user_id": USER}]},
        {"added": [{"user_id": 1, "device_id": ID}]},
        {"removed": ["x"]},
        {"removed": [ID] * 151},
        {"welcomes": [{"device_id": ID}]},
        {"welcomes": [{"device_id": ID, "welcome": "%", "mac": ""}]},
        {"welcomes": [{"device_id": ID, "welcome": BYTES, "mac": b64(bytes(65))}]},
        {"group_info": 1},
        {"keys": [{"user_id": USER}]},
        {"keys": [{"user_id": 1, "sealed_key": BYTES}]},
        {"keys": [{"user_id": USER, "device_id": "x", "sealed_key": BYTES}]},
        {"keys": [{"user_id": USER, "sealed_key": ""}]},
        {"keys": [{"user_id": USER, "sealed_key": b64(bytes(MAX_SEALED_KEY_BYTES + 1))}]},
        {"group_info": b64(bytes(MAX_GROUP_INFO_BYTES + 1))},
    ):
        commit = COMMIT | change
        body = commit if name == "send_commit" else {"request_id": ID, "commit": commit}
        response = post(http, device, name, body)
        assert (response.status_code, response.json()["code"]) == (400, "bad_request"), change


@pytest.mark.parametrize("name", ["auth_register", "device_add", "device_revoke"])
def test_bad_values_inside_an_entry(http: httpx.Client, device: Device, name: str) -> None:
    changes: list[dict[str, Any]] = [
        *({field: None} for field in ENTRY),
        {"number": 0},
        {"number": "1"},
        {"previous": b64(bytes(31))},
        {"change": "remove"},
        {"device_id": "x"},
        {"device_public_key": b64(bytes(33))},
        {"made_at": -1},
        {"signature": b64(bytes(63))},
    ]
    for change in changes:
        response = post(http, device, name, GOOD[name] | {"entry": GOOD[name]["entry"] | change})
        assert (response.status_code, response.json()["code"]) == (400, "bad_request"), change
        assert "entry" in response.json()["error"], change


def test_bad_values_inside_a_code(http: httpx.Client, device: Device) -> None:
    changes: list[dict[str, Any]] = [
        *({field: None} for field in CODE),
        {"locator_hash": b64(bytes(31))},
        {"access_hash": b64(bytes(33))},
        {"salt": b64(bytes(65))},
        {"memory_kib": 0},
        {"memory_kib": 4 * 1024 * 1024 + 1},
        {"iterations": 0},
        {"iterations": 1001},
        {"sealed_root": b64(bytes(MAX_SEALED_ROOT_BYTES + 1))},
    ]
    for change in changes:
        response = post(http, device, "vault_put", GOOD["vault_put"] | {"code": CODE | change})
        assert (response.status_code, response.json()["code"]) == (400, "bad_request"), change
        assert f"code.{next(iter(change))}" in response.json()["error"], change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("auth_register", {"sealed_name": bytes(MAX_SEALED_NAME_BYTES + 1)}),
        ("device_add", {"sealed_name": bytes(MAX_SEALED_NAME_BYTES + 1)}),
        ("device_rename", {"sealed_name": bytes(MAX_SEALED_NAME_BYTES + 1)}),
        ("passkey_add", {"sealed_name": bytes(MAX_SEALED_NAME_BYTES + 1)}),
        ("passkey_add", {"sealed_root": bytes(MAX_SEALED_ROOT_BYTES + 1)}),
        ("vault_put", {"sealed_vault": bytes(MAX_VAULT_BYTES + 1)}),
        ("link_offer", {"offer": bytes(MAX_LINK_BYTES + 1)}),
        ("link_answer", {"sealed": bytes(MAX_LINK_BYTES + 1)}),
        ("backup_put", {"segment": bytes(MAX_SEGMENT_BYTES + 1)}),
        ("code_open", {"locator": bytes(65)}),
        ("code_unlock", {"access_key": bytes(65)}),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_is_too_large(http: httpx.Client, device: Device, name: str, change: dict[str, bytes]) -> None:
    ((field, value),) = change.items()
    response = post(http, device, name, GOOD[name] | {field: b64(value)})
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    assert field in response.json()["error"]


@pytest.mark.parametrize("name", ["passkey_add", "passkey_unlock"])
def test_an_authenticators_answer_is_bounded(http: httpx.Client, device: Device, name: str) -> None:
    for answer in (json.dumps({"id": "x" * 16 * 1024}), "[]", "1", "null", '"x"', "{", "[" * 5000):
        response = post(http, device, name, GOOD[name] | {"response": answer})
        assert (response.status_code, response.json()["code"]) == (400, "bad_request"), answer[:20]


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_the_body_must_be_an_object(http: httpx.Client, device: Device, name: str, body: Any) -> None:
    response = post(http, device, name, body)
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")


async def test_nothing_was_dropped(admin: Any) -> None:
    assert await admin.fetchval("select to_regclass('public.messages') is not null")
