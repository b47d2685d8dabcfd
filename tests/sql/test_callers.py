"""Who may call at all: the same for every function that needs a token."""

import json
from typing import Any

import pytest

from mls_chat.wire import ENDPOINTS
from sql_world import World, new_id

ID = new_id()
COMMIT: dict[str, Any] = {"group_id": ID, "message_id": ID, "epoch": 0, "mls_bytes": b"x"}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "key_packages_publish": {"key_packages": []},
    "key_packages_claim": {"user_id": "u" * 43},
    "group_create": {"group_id": ID},
    "group_join": {"group_id": ID},
    "group_rejoin": COMMIT,
    "group_info_get": {"group_id": ID},
    "group_info_put": {"group_id": ID, "epoch": 0, "group_info": b"x"},
    "group_key_put": {"group_id": ID, "sealed_key": b"x"},
    "user_groups": {},
    "group_members_list": {"group_id": ID},
    "invite_create": {"invite_id": ID, "group_id": ID, "access_hash": bytes(32), "sealed_info": b"x"},
    "invite_join": {"invite_id": ID, "access_key": b"x", "key_package": b"x", "mac": b"x", "sealed_profile": b"x"},
    "invite_pending": {},
    "invite_claim": {"request_id": ID},
    "invite_complete": {"request_id": ID, **COMMIT},
    "invite_poll": {"request_id": ID},
    "send_message": {**COMMIT, "client_seq": 0, "msg_kind": "chat"},
    "send_commit": COMMIT,
    "commit_flag": {"group_id": ID, "server_seq": 1},
    "get_messages": {"group_id": ID, "since_seq": 0},
    "device_list": {},
    "device_rename": {"device_id": ID, "sealed_name": b"x"},
    "device_log_get": {"user_id": "u" * 43},
    "link_look": {"code": "0" * 20},
    "link_answer": {"code": "0" * 20, "sealed": b"x"},
    "backup_state": {},
    "backup_put": {"generation": 0, "number": 0, "segment": b"x"},
    "backup_get": {"generation": 0, "number": 0},
}


ENTRY = {"number": 1, "previous": "", "change": "add", "device_id": ID}
ENTRY |= {"device_public_key": "", "made_at": 0, "signature": ""}
SIGNED: dict[str, dict[str, Any]] = {
    "device_add": {"credential": b"x", "sealed_name": b"", "entry": ENTRY},
    "device_revoke": {"entry": ENTRY},
    "vault_put": {"generation": 1, "sealed_vault": b"x", "signature": bytes(64)},
    "passkey_create": {},
    "passkey_add": {
        "passkey_id": "x",
        "public_key": b"x",
        "counter": 0,
        "transports": [],
        "sealed_root": b"x",
        "sealed_name": b"",
    },
    "passkey_remove": {"passkey_id": "x"},
}
"""What only the functions may call, since they check signatures; in the name of the token's device."""
ASKED: dict[str, dict[str, Any]] = {"account_key": {}, "passkey_stored": {"passkey_id": "x", "sealed_root": b"x"}}
"""By the functions, on the way."""


def test_every_endpoint_is_tried() -> None:
    assert set(ARGUMENTS | SIGNED) == {name for name, endpoint in ENDPOINTS.items() if not endpoint.public}


@pytest.mark.parametrize("name", ARGUMENTS | SIGNED | ASKED)
async def test_a_token_of_a_live_device_is_needed(world: World, name: str) -> None:
    device, other = await world.device(), await world.device()
    claims, arguments = device.claims, (ARGUMENTS | SIGNED | ASKED)[name]
    call = world.call if name in ARGUMENTS else world.functions
    async with world.refusal("unauthenticated", 401):
        await call({"role": "authenticated"}, name, **arguments)
    async with world.refusal("unauthenticated", 401):
        await call({"sub": device.user_id}, name, **arguments)
    async with world.refusal("device_unknown", 401):
        await call(claims | {"device_id": new_id()}, name, **arguments)
    async with world.refusal("device_unknown", 401):
        await call(claims | {"device_id": "no uuid"}, name, **arguments)
    async with world.refusal("device_unknown", 401):
        await call(claims | {"sub": other.user_id}, name, **arguments)
    await world.revoke(device)
    async with world.refusal("device_revoked", 401):
        await call(device, name, **arguments)


async def test_presence_is_written_twice_a_minute_at_most(world: World) -> None:
    device = await world.device()
    look = "select last_seen from public.devices where device_id = $1"

    async def set_seen(age: str) -> Any:
        await world.db.execute(f"update public.devices set last_seen = now() - interval '{age}'")
        return await world.db.fetchval(look, device.device_id)

    recent = await set_seen("20 seconds")
    await world.call(device, "user_groups")
    assert await world.db.fetchval(look, device.device_id) == recent
    old = await set_seen("40 seconds")
    await world.call(device, "user_groups")
    assert await world.db.fetchval(look, device.device_id) > old


async def test_a_bell_rings_after_the_commit(postgres: Any, admin: Any) -> None:
    import asyncio

    heard: asyncio.Queue[str] = asyncio.Queue()
    await admin.add_listener("mls_chat", lambda *call: heard.put_nowait(call[3]))
    await admin.execute("select private.bell('invite', jsonb_build_object('group_id', $1::text))", ID)
    assert json.loads(await asyncio.wait_for(heard.get(), 5)) == {"kind": "invite", "group_id": ID}
