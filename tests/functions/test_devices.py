"""What an account signs for its devices and its vault, over HTTP; every reply has the shape of the wire."""

from typing import Any

import httpx
import msgspec
import pytest

from functions_server import AccountLog, Device, RefusedError, b64, call, raw_public, wire_json
from mls_chat.account_log import passkey_statement, vault_statement
from mls_chat.identity import statement
from mls_chat.wire import ENDPOINTS
from mls_chat.wire.records import DeviceLogEntry


def checked(device: Device, name: str, **body: Any) -> Any:
    """Calls, and decodes both sides by the wire's types."""
    endpoint = ENDPOINTS[name]
    msgspec.convert(body, endpoint.request)
    reply = device(name, **body)
    assert reply.keys() == set(endpoint.reply.__struct_fields__)
    return msgspec.convert(reply, endpoint.reply)


def addition(added: Device, entry: DeviceLogEntry | None = None) -> dict[str, Any]:
    names = {"credential": b64(added.credential()), "sealed_name": b64(b"laptop")}
    return {"entry": wire_json(entry or added.entry()), **names}


def refused(device: Device, name: str, **body: Any) -> tuple[int, object]:
    with pytest.raises(RefusedError) as caught:
        device(name, **body)
    return caught.value.status, caught.value.code


def test_a_device_is_added_named_and_revoked(http: httpx.Client) -> None:
    phone = Device(http).register()
    laptop = phone.another()
    checked(phone, "device_add", **addition(laptop))
    phone.log.done(laptop.entry())
    laptop.token = str(call(http, "auth_login", laptop.login())["token"])
    checked(laptop, "device_rename", device_id=phone.device_id, sealed_name=b64(b"old phone"))
    devices = checked(laptop, "device_list").devices
    assert [(each.device_id, each.sealed_name) for each in devices] == [
        (phone.device_id, b"old phone"),
        (laptop.device_id, b"laptop"),
    ]
    checked(laptop, "device_revoke", entry=wire_json(phone.entry("revoke")))
    assert refused(phone, "user_groups") == (401, "device_revoked")
    log = checked(laptop, "device_log_get", user_id=phone.user_id)
    changes = [("add", phone.device_id), ("add", laptop.device_id), ("revoke", phone.device_id)]
    assert [(each.change, each.device_id) for each in log.entries] == changes
    assert log.head == 3


def test_a_device_alone_adds_and_revokes_nobody(http: httpx.Client) -> None:
    phone = Device(http).register()
    laptop = phone.another()
    stranger = Device(http).register()
    for key in (phone.key, laptop.key, stranger.account):
        forger = AccountLog(key, phone.user_id, phone.log.number, phone.log.head)
        for change, name in (("add", "device_add"), ("revoke", "device_revoke")):
            who = laptop if change == "add" else phone
            entry = forger.entry(who.device_id, raw_public(who.key), change)
            body = addition(who, entry) if change == "add" else {"entry": wire_json(entry)}
            assert refused(phone, name, **body) == (401, "signature_invalid")
    assert [each["number"] for each in phone("device_log_get", user_id=phone.user_id)["entries"]] == [1]  # type: ignore[attr-defined]


def test_an_entry_is_for_one_account(http: httpx.Client) -> None:
    phone, stranger = Device(http).register(), Device(http).register()
    laptop = phone.another()
    assert refused(stranger, "device_add", **addition(laptop)) == (401, "signature_invalid")


def test_an_entry_says_what_it_is_used_for(http: httpx.Client) -> None:
    phone = Device(http).register()
    laptop = phone.another()
    wrong = addition(laptop, laptop.entry("revoke"))
    assert refused(phone, "device_add", **wrong) == (400, "bad_request")
    assert refused(phone, "device_revoke", entry=wire_json(phone.entry())) == (400, "bad_request")


def test_the_credential_must_be_the_new_devices(http: httpx.Client) -> None:
    phone = Device(http).register()
    laptop, other = phone.another(), phone.another()
    body = addition(laptop) | {"credential": b64(other.credential())}
    assert refused(phone, "device_add", **body) == (400, "bad_request")
    same_names = Device(http, account=phone.account, device_id=laptop.device_id)
    body = addition(laptop) | {"credential": b64(same_names.credential())}
    assert refused(phone, "device_add", **body) == (401, "signature_invalid")


def test_a_vault_is_the_accounts_word(http: httpx.Client) -> None:
    phone = Device(http).register()
    user, vault = phone.user_id, b"vault"
    signed = vault_statement(user, 1, vault, b"")
    body = {"generation": 1, "sealed_vault": b64(vault)}
    for wrong in (
        phone.key.sign(signed),
        phone.account.sign(vault_statement(user, 2, vault, b"")),
        phone.account.sign(vault_statement(user, 1, b"other", b"")),
        phone.account.sign(vault_statement("u" * 43, 1, vault, b"")),
        phone.account.sign(vault_statement(user, 1, vault, bytes(32))),
        phone.account.sign(passkey_statement(user, "1", vault)),
        phone.account.sign(statement("mls-chat vault v2", user, "1", vault)),
    ):
        assert refused(phone, "vault_put", **body, signature=b64(wrong)) == (401, "signature_invalid")
    checked(phone, "vault_put", **body, signature=b64(phone.account.sign(signed)))
    assert checked(phone, "device_list").vault_generation == 1


def test_linking_and_backup(http: httpx.Client) -> None:
    phone, new = Device(http).register(), Device(http)
    code = phone.device_id.replace("-", "").upper().translate(str.maketrans("ILOU", "0000"))[:20]
    checked(new, "link_offer", code=code, offer=b64(b"offer"))
    assert checked(phone, "link_look", code=code).offer == b"offer"
    assert checked(new, "link_poll", code=code).sealed is None
    checked(phone, "link_answer", code=code, sealed=b64(b"sealed"))
    assert checked(new, "link_poll", code=code).sealed == b"sealed"

    segment = bytes(range(256)) * 2048
    upto = {phone.device_id: 2**53 - 1}
    checked(phone, "backup_put", generation=1, number=0, segment=b64(segment), upto=upto)
    state = checked(phone, "backup_state")
    assert (state.generation, state.count, state.bytes, state.upto) == (1, 1, len(segment), upto)
    assert checked(phone, "backup_get", generation=1, number=0).segment == segment
