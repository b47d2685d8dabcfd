import asyncio
from typing import Any

import msgspec
import pytest

from mls_chat.wire.bodies import VaultReply
from mls_chat.wire.limits import CODE_LOCKED_SECONDS, MAX_CODE_TRIES
from sql_arena import Arena
from sql_world import Device, Json, World, b64, code

RIGHT = {"locator": b"locator", "access_key": b"access key"}
WRONG = RIGHT | {"access_key": b"another"}


async def account(world: World, **changes: Any) -> Device:
    device = await world.device()
    await world.functions(
        device, "vault_put", generation=1, sealed_vault=b"vault", signature=bytes(64), code=code(**changes)
    )
    return device


async def attempt(world: World, body: Json) -> Json:
    """As the edge function does it."""
    await world.functions(None, "code_try", locator=body["locator"])
    reply: Json = await world.functions(None, "code_unlock", **body)
    return reply


async def wrong(world: World) -> int:
    """A wrong try, committed; how many are left."""
    await world.functions(None, "code_try", locator=b"locator")
    with pytest.raises(Exception, match="code_wrong") as caught:
        await world.functions(None, "code_unlock", **WRONG)
    left: int = caught.value.facts["left"]  # type: ignore[attr-defined]
    return left


async def test_what_one_is_given(world: World) -> None:
    device = await account(world)
    await world.functions(device, "device_add", credential=b"c", sealed_name=b"", entry=await world.entry(device))
    assert await world.call(None, "code_open", locator=b"locator") == {
        "salt": b64(b"salt"),
        "memory_kib": 65536,
        "iterations": 3,
    }
    reply = msgspec.convert(await attempt(world, RIGHT), VaultReply)
    assert (reply.user_id, reply.generation, reply.sealed_vault) == (device.user_id, 1, b"vault")
    assert (reply.sealed_root, [each.device_id for each in reply.entries]) == (b"sealed root", [device.device_id])
    key = await world.db.fetchval("select public_key from public.accounts")
    assert reply.account_public_key == key


async def test_an_unknown_one(world: World) -> None:
    await account(world)
    async with world.refusal("code_unknown", 404):
        await world.call(None, "code_open", locator=b"other")
    async with world.refusal("code_unknown", 404):
        await world.functions(None, "code_try", locator=b"other")
    async with world.refusal("code_unknown", 404):
        await world.functions(None, "code_unlock", locator=None, access_key=b"x")


async def test_a_right_one_begins_the_count_anew(world: World) -> None:
    await account(world)
    for _ in range(2):
        assert [await wrong(world) for _ in range(MAX_CODE_TRIES - 1)] == [*range(MAX_CODE_TRIES - 1, 0, -1)]
        assert await attempt(world, RIGHT)


async def test_it_is_locked_also_for_the_right_one(world: World) -> None:
    await account(world)
    await world.db.execute("update public.recovery_codes set tries = 9, tried_at = now() - interval '1 hour'")
    assert await wrong(world) == 0
    before = await world.snapshot()
    for _ in range(2):
        async with world.refusal("code_locked", 429, seconds=CODE_LOCKED_SECONDS):
            await attempt(world, RIGHT)
    assert await world.snapshot() == before
    later = "update public.recovery_codes set tried_at = now() - make_interval(secs => $1)"
    await world.db.execute(later, CODE_LOCKED_SECONDS - 1.5)
    async with world.refusal("code_locked", 429, seconds=2):
        await attempt(world, RIGHT)
    await world.db.execute(later, CODE_LOCKED_SECONDS)
    assert await wrong(world) == 0
    await world.db.execute(later, CODE_LOCKED_SECONDS)
    assert await attempt(world, RIGHT)
    assert await wrong(world) == MAX_CODE_TRIES - 1


async def test_many_at_once_are_no_more_than_the_bound(arena: Arena) -> None:
    """Over real connections, committed."""
    world = World(arena.admin)
    device = await world.device()
    locator = device.device_id.encode()
    await arena.functions(device, "vault_put", 1, b"vault", bytes(64), code(locator))
    tries = [arena.functions(None, "code_try", locator) for _ in range(MAX_CODE_TRIES + 8)]
    outcomes = [name for name, _ in await asyncio.gather(*tries)]
    assert sorted(outcomes) == ["code_locked"] * 8 + ["done"] * MAX_CODE_TRIES
