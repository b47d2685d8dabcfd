import asyncio
import base64
import hashlib
import json
import os
from typing import Any

import asyncpg
import pytest

from sql_world import Device, RefusedError, World, b64, new_id

USER = "u" * 43


async def private(world: World, name: str, *values: Any) -> Any:
    """Calls private.`name` as the login of the functions."""
    marks = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    values = tuple(json.dumps(each) if isinstance(each, dict) else each for each in values)
    try:
        async with world.become("mls_chat_functions", None):
            return await world.db.fetchval(f"select private.{name}({marks})", *values)
    except asyncpg.PostgresError as cause:
        raise RefusedError(cause) from cause


async def challenge(world: World, purpose: str, user_id: str, device_id: str) -> tuple[str, bytes]:
    reply = json.loads(await private(world, "auth_challenge", purpose, user_id, device_id))
    return reply["challenge_id"], base64.b64decode(reply["challenge"])


async def test_challenges_are_32_fresh_bytes_for_five_minutes(world: World) -> None:
    device = new_id()
    first, second = [await challenge(world, "login", USER, device) for _ in range(2)]
    assert len(first[1]) == len(second[1]) == 32
    assert first[0] != second[0]
    assert first[1] != second[1]
    lifetime = await world.db.fetchval("select extract(epoch from max(expires_at) - now())::int from public.challenges")
    assert lifetime == 300


async def test_a_challenge_is_taken_once(world: World) -> None:
    device = new_id()
    id_, expected = await challenge(world, "login", USER, device)
    assert await private(world, "auth_challenge_take", id_, "login", USER, device) == expected
    assert await private(world, "auth_challenge_take", id_, "login", USER, device) is None


@pytest.mark.parametrize("wrong", [0, 1, 2])
async def test_taking_for_something_else_fails_and_uses_it_up(world: World, wrong: int) -> None:
    asked = ["login", USER, new_id()]
    id_, _ = await challenge(world, *asked)
    other = list(asked)
    other[wrong] = ("register", "v" * 43, new_id())[wrong]
    assert await private(world, "auth_challenge_take", id_, *other) is None
    assert await private(world, "auth_challenge_take", id_, *asked) is None


async def test_an_old_challenge_is_refused_and_swept(world: World) -> None:
    device = new_id()
    id_, _ = await challenge(world, "login", USER, device)
    await world.db.execute("update public.challenges set expires_at = now() - interval '1 second'")
    assert await private(world, "auth_challenge_take", id_, "login", USER, device) is None
    await challenge(world, "login", USER, device)
    await world.db.execute("update public.challenges set expires_at = now() - interval '1 second'")
    await challenge(world, "login", USER, new_id())
    assert await world.db.fetchval("select count(*) from public.challenges") == 1


async def test_a_device_has_few_open_challenges(world: World) -> None:
    device = new_id()
    kept = [(await challenge(world, "login", USER, device))[0] for _ in range(20)][-8:]
    rows = await world.db.fetch("select challenge_id::text from public.challenges where device_id = $1", device)
    assert {row[0] for row in rows} == set(kept)


@pytest.mark.parametrize("asked", [("other", USER), ("login", "short"), ("login", None), (None, USER)])
async def test_bad_questions_are_refused(world: World, asked: tuple[Any, Any]) -> None:
    async with world.refusal("bad_request", 400):
        await private(world, "auth_challenge", *asked, new_id())


def account() -> tuple[str, bytes]:
    key = os.urandom(32)
    return base64.urlsafe_b64encode(hashlib.sha256(key).digest()).rstrip(b"=").decode(), key


async def registered(world: World, user: str, device: str, key: bytes, device_key: bytes, **changes: Any) -> None:
    """With the next entry of the account's log."""
    entry = await world.entry(Device(user, device), device_public_key=b64(device_key), **changes)
    await private(world, "auth_register", user, device, key, device_key, b"credential", b"name", entry)


async def test_registration_is_repeatable_but_binds_for_ever(world: World) -> None:
    (user, key), device, device_key = account(), new_id(), os.urandom(32)
    first = await world.entry(Device(user, device), device_public_key=b64(device_key))
    registration = (user, device, key, device_key, b"credential", b"name", first)
    await private(world, "auth_register", *registration)
    after = await world.snapshot()
    await private(world, "auth_register", *registration)
    await registered(world, user, device, key, device_key, made_at=2)
    assert await world.snapshot() == after
    async with world.refusal("device_exists", 409):
        await registered(world, user, device, key, os.urandom(32))
    other, other_key = account()
    async with world.refusal("device_exists", 409):
        await registered(world, other, device, other_key, device_key)
    assert await private(world, "auth_device_key", user, device) == device_key


async def test_an_entry_is_about_the_device_that_registers(world: World) -> None:
    (user, key), device, device_key = account(), new_id(), os.urandom(32)
    for changes in ({"device_id": new_id()}, {"device_public_key": b64(os.urandom(32))}, {"change": "revoke"}):
        good = await world.entry(Device(user, device), device_public_key=b64(device_key))
        async with world.refusal("bad_request", 400):
            await private(world, "auth_register", user, device, key, device_key, b"credential", b"name", good | changes)


async def test_a_device_from_before_there_was_a_log_gets_its_entry_and_name(world: World) -> None:
    (user, key), device, device_key = account(), new_id(), os.urandom(32)
    await registered(world, user, device, key, device_key)
    await world.db.execute("delete from public.device_log")
    await world.db.execute("update public.devices set sealed_name = ''")
    await registered(world, user, device, key, device_key)
    assert await world.db.fetchval("select count(*) from public.device_log") == 1
    assert await world.db.fetchval("select sealed_name from public.devices") == b"name"


async def test_the_id_must_fit_the_key(world: World) -> None:
    user, _ = account()
    async with world.refusal("bad_request", 400):
        await registered(world, user, new_id(), os.urandom(32), os.urandom(32))


async def test_a_revoked_device_neither_registers_nor_logs_in(world: World) -> None:
    (user, key), device, device_key = account(), new_id(), os.urandom(32)
    await registered(world, user, device, key, device_key)
    entry = await world.entry(Device(user, device))
    await world.db.execute("update public.devices set revoked_at = now() where device_id = $1", device)
    for name, values in {
        "auth_register": (user, device, key, device_key, b"credential", b"name", entry),
        "auth_device_key": (user, device),
        "auth_login": (user, device),
    }.items():
        async with world.refusal("device_revoked", 401):
            await private(world, name, *values)


async def test_an_unknown_device_has_no_key(world: World) -> None:
    known = await world.device()
    for user, device in ((known.user_id, new_id()), (USER, known.device_id)):
        async with world.refusal("device_unknown", 401):
            await private(world, "auth_device_key", user, device)
        async with world.refusal("device_unknown", 401):
            await private(world, "auth_login", user, device)


async def test_login_is_a_sign_of_life(world: World) -> None:
    device = await world.device()
    await world.db.execute("update public.devices set last_seen = now() - interval '1 hour'")
    await private(world, "auth_login", device.user_id, device.device_id)
    assert await world.db.fetchval(
        "select last_seen = now() from public.devices where device_id = $1", device.device_id
    )


async def test_only_the_functions_login_reaches_them(postgres: Any) -> None:
    for role in ("anon", "authenticated", "service_role", "mls_chat_delivery"):
        connection = await asyncpg.connect(postgres.dsn("supabase_admin"))
        try:
            await connection.execute(f"set role {role}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncio.wait_for(
                    connection.fetch("select private.auth_challenge('login', $1, $2)", USER, new_id()), 5
                )
        finally:
            await connection.close()
