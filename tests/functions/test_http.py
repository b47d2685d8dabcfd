"""What holds for every function: methods, origins, sizes, the form of replies and of the log."""

import json
from collections.abc import Iterator

import httpx
import pytest

from functions_server import Device
from mls_chat.wire import ENDPOINTS, MAX_BODY_BYTES
from sql_world import b64, new_id
from stack.functions import Functions

PAGE = {"origin": "http://localhost"}


def outcome(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_only_post(http: httpx.Client, name: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", *(() if name == "invite_info" else ("GET",))):
        assert outcome(http.request(method, name)) == (405, "method_not_allowed")


def test_an_invite_can_be_asked_with_get(http: httpx.Client) -> None:
    assert outcome(http.get("invite_info", params={"invite_id": new_id()})) == (404, "invite_unknown")
    assert outcome(http.get("invite_info")) == (400, "bad_request")


@pytest.mark.parametrize("name", ENDPOINTS)
def test_preflight_for_own_pages(http: httpx.Client, functions: Functions, name: str) -> None:
    origin = f"http://localhost:{functions.port}"
    response = http.options(name, headers={"origin": origin, "access-control-request-method": "POST"})
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == origin
    allowed = {each.strip() for each in response.headers["access-control-allow-headers"].split(",")}
    assert allowed >= {"authorization", "apikey", "x-client-info", "content-type"}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
def test_foreign_pages_are_refused(http: httpx.Client, origin: str) -> None:
    preflight = http.options("invite_info", headers={"origin": origin, "access-control-request-method": "POST"})
    assert "access-control-allow-origin" not in preflight.headers
    response = http.post("invite_info", json={"invite_id": new_id()}, headers={"origin": origin})
    assert outcome(response) == (403, "origin_refused")
    assert "access-control-allow-origin" not in response.headers


def test_refusals_are_readable_for_own_pages(http: httpx.Client, functions: Functions) -> None:
    origin = f"http://127.0.0.1:{functions.port}"
    response = http.post("user_groups", json={}, headers={"origin": origin})
    assert outcome(response) == (401, "unauthenticated")
    assert response.headers["access-control-allow-origin"] == origin


def test_forms_are_refused(http: httpx.Client) -> None:
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", "application/jsonx"):
        response = http.post("invite_info", content=b"{}", headers={"content-type": kind})
        assert outcome(response) == (400, "bad_request")


def test_what_is_no_json(http: httpx.Client) -> None:
    for body in (b"", b"{", b"{}x", b"\xff", b'{"invite_id": NaN}', b"[" * 100_000):
        response = http.post("invite_info", content=body, headers={"content-type": "application/json"})
        assert outcome(response) == (400, "bad_request")


def test_a_large_body_announced(http: httpx.Client) -> None:
    body = b'{"x": "' + b"x" * MAX_BODY_BYTES + b'"}'
    response = http.post("invite_info", content=body, headers={"content-type": "application/json"})
    assert outcome(response) == (413, "body_too_large")


def test_a_large_body_in_chunks(http: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (MAX_BODY_BYTES // 16)

    response = http.post("invite_info", content=chunks(), headers={"content-type": "application/json"})
    assert outcome(response) == (413, "body_too_large")


def test_a_body_up_to_the_bound(http: httpx.Client) -> None:
    start, end = b'{"invite_id": "' + new_id().encode() + b'", "more": "', b'"}'
    body = start + b"x" * (MAX_BODY_BYTES - len(start) - len(end)) + end
    response = http.post("invite_info", content=body, headers={"content-type": "application/json"})
    assert outcome(response) == (404, "invite_unknown")


def test_a_large_message_has_its_own_code(http: httpx.Client) -> None:
    device = Device(http).register()
    group = new_id()
    device("group_create", group_id=group)
    message = {"group_id": group, "message_id": new_id(), "client_seq": 0, "msg_kind": "chat", "epoch": 0}
    response = http.post(
        "send_message",
        json=message | {"mls_bytes": b64(bytes(262_145))},
        headers={"authorization": f"Bearer {device.token}"},
    )
    assert outcome(response) == (413, "message_too_large")


def test_unknown_functions(http: httpx.Client) -> None:
    for name in ("other", "_shared", "group_create/more", "constructor", ".."):
        assert outcome(http.post(name, json={})) == (404, "function_unknown")


def test_replies_are_not_kept_anywhere(http: httpx.Client) -> None:
    assert http.post("user_groups", json={}).headers["cache-control"] == "no-store"


def test_the_log_tells_function_status_and_time_and_no_more(http: httpx.Client, functions: Functions) -> None:
    device = Device(http).register()
    group = new_id()
    device("group_create", group_id=group)
    secret = "plain" + new_id()
    http.post("group_join", json={"group_id": secret}, headers={"authorization": f"Bearer {device.token}"})
    text = functions.log.read_text()
    lines = [json.loads(line) for line in text.splitlines()[-3:]]
    assert [(each["function"], each["status"]) for each in lines[1:]] == [("group_create", 200), ("group_join", 400)]
    assert lines[2].keys() == {"function", "status", "code", "ms"}
    for private in (secret, group, device.user_id, device.device_id, str(device.token)):
        assert private not in text
