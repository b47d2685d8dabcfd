from typing import Any

import pytest

from sql_world import Device, Json, World, new_id


async def put(world: World, device: Device, group_id: str, epoch: int = 0, **changes: Any) -> Json:
    fields = {"group_id": group_id, "epoch": epoch, "group_info": b"info"}
    return await world.call(device, "group_info_put", **fields | changes)


async def stored(world: World) -> list[tuple[int, bytes]]:
    rows = await world.db.fetch("select epoch, group_info from public.group_infos")
    return [(row["epoch"], row["group_info"]) for row in rows]


async def test_the_newest_of_the_groups_epoch_is_kept(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    await world.bells()
    assert await put(world, owner, id_, 1) == {}
    assert await put(world, bob, id_, 1, group_info=b"newer") == {}
    assert await stored(world) == [(1, b"newer")]
    assert await world.bells() == []


async def test_another_epoch_is_ignored(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.commit(owner, id_)
    for epoch in (0, 2):
        before = await world.snapshot()
        assert await put(world, owner, id_, epoch) == {}
        assert await world.snapshot() == before


async def test_only_live_members(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        for epoch in (0, 2):
            async with world.refusal("not_a_member", 403):
                await put(world, caller, id_, epoch)
    async with world.refusal("not_a_member", 403):
        await put(world, owner, new_id())


@pytest.mark.parametrize(
    "bad", [{"epoch": None}, {"epoch": -1}, {"group_info": None}, {"group_info": b""}, {"group_info": bytes(524_289)}]
)
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await put(world, owner, id_, **bad)


async def test_size(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await put(world, owner, id_, group_info=bytes(524_288))
    assert await stored(world) == [(0, bytes(524_288))]


async def test_it_goes_with_the_group(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await put(world, owner, id_)
    await world.db.execute("delete from public.groups where id = $1", id_)
    assert await stored(world) == []
