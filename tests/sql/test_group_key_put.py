from typing import Any

import pytest

from sql_world import Device, Json, World, new_id


async def put(world: World, device: Device, group_id: str, sealed_key: Any = b"key") -> Json:
    return await world.call(device, "group_key_put", group_id=group_id, sealed_key=sealed_key)


async def stored(world: World) -> set[tuple[str, bytes]]:
    rows = await world.db.fetch("select user_id, sealed_key from public.group_keys")
    return {(row["user_id"], row["sealed_key"]) for row in rows}


async def test_one_for_each_account(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(owner.user_id)
    id_ = await world.group(owner, bob, second)
    assert await put(world, owner, id_) == {}
    assert await put(world, bob, id_, b"bob's") == {}
    assert await put(world, second, id_, b"newer") == {}
    assert await stored(world) == {(owner.user_id, b"newer"), (bob.user_id, b"bob's")}


async def test_it_stays_while_the_group_does(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    await put(world, bob, id_)
    await world.commit(owner, id_, removed=[bob])
    assert await stored(world) == {(bob.user_id, b"key")}
    await world.db.execute("delete from public.groups where id = $1", id_)
    assert await stored(world) == set()


async def test_only_live_members(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        async with world.refusal("not_a_member", 403):
            await put(world, caller, id_)
    async with world.refusal("not_a_member", 403):
        await put(world, owner, new_id())


@pytest.mark.parametrize("bad", [None, b"", bytes(257)])
async def test_bounds(world: World, bad: Any) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await put(world, owner, id_, bad)
    assert await put(world, owner, id_, bytes(256)) == {}
