import asyncio
import base64
import os
from typing import Any

import asyncpg

from sql_world import World, new_id
from stack.postgres import Postgres


async def claim(world: World, claimer: Any, user_id: str) -> dict[str, bytes]:
    reply = await world.call(claimer, "key_packages_claim", user_id=user_id)
    return {each["device_id"]: base64.b64decode(each["key_package"]) for each in reply["key_packages"]}


async def test_one_of_each_live_device_and_never_twice(world: World) -> None:
    claimer, first = await world.device(), await world.device()
    second, revoked = await world.device(first.user_id), await world.device(first.user_id)
    for device in (first, second, revoked):
        await world.call(device, "key_packages_publish", key_packages=[b"1", b"2"])
    await world.revoke(revoked)
    assert await claim(world, claimer, first.user_id) == {first.device_id: b"1", second.device_id: b"1"}
    assert await claim(world, claimer, first.user_id) == {first.device_id: b"2", second.device_id: b"2"}
    async with world.refusal("key_package_missing", 404):
        await claim(world, claimer, first.user_id)


async def test_the_last_resort_is_served_again_and_again(world: World) -> None:
    claimer, device = await world.device(), await world.device()
    await world.call(device, "key_packages_publish", key_packages=[b"once"], last_resort=b"last")
    served = [(await claim(world, claimer, device.user_id))[device.device_id] for _ in range(3)]
    assert served == [b"once", b"last", b"last"]


async def test_own_other_devices_but_not_the_caller(world: World) -> None:
    first = await world.device()
    second = await world.device(first.user_id)
    for device in (first, second):
        await world.call(device, "key_packages_publish", key_packages=[b"1"])
    assert await claim(world, first, first.user_id) == {second.device_id: b"1"}


async def test_nobody_there(world: World) -> None:
    claimer = await world.device()
    for user in ("u" * 43, "", None):
        async with world.refusal("key_package_missing", 404):
            await world.call(claimer, "key_packages_claim", user_id=user)


async def test_two_claims_at_once_get_different_ones(postgres: Postgres, admin: Any) -> None:
    key, device, claimer = os.urandom(32), new_id(), new_id()
    user = await admin.fetchval("insert into public.accounts select private.user_id_of($1), $1 returning user_id", key)
    for each in (device, claimer):
        await admin.execute("insert into public.devices values ($1, $2, $3, 'c')", each, user, os.urandom(32))
    await admin.executemany(
        "insert into public.key_packages (device_id, key_package) values ($1, $2)",
        [(device, b"%d" % i) for i in range(8)],
    )
    claims = f'{{"sub": "{user}", "device_id": "{claimer}"}}'

    async def one() -> str:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        try:
            await connection.execute("select set_config('request.jwt.claims', $1, false)", claims)
            taken = "select public.key_packages_claim($1) -> 'key_packages' -> 0 ->> 'key_package'"
            return str(await connection.fetchval(taken, user))
        finally:
            await connection.close()

    taken = await asyncio.gather(*(one() for _ in range(8)))
    assert len(set(taken)) == 8
