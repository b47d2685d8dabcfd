import asyncio
from typing import Any

import pytest

from mls_chat.wire.limits import MAX_BACKUP_SEGMENTS
from sql_arena import Arena
from sql_world import Device, Json, World, b64, new_id

GROUP, OTHER = new_id(), new_id()


async def put(
    world: World, device: Device, generation: int, number: int, segment: Any = b"segment", **more: Any
) -> Json:
    return await world.call(device, "backup_put", generation=generation, number=number, segment=segment, **more)


async def state(world: World, device: Device) -> tuple[int, int, int, Json]:
    reply = await world.call(device, "backup_state")
    return reply["generation"], reply["count"], reply["bytes"], reply["upto"]


async def staged(world: World, device: Device) -> int:
    return int((await world.call(device, "backup_state"))["staged"])


async def get(world: World, device: Device, generation: int, number: int) -> str:
    return str((await world.call(device, "backup_get", generation=generation, number=number))["segment"])


async def test_segments_follow_each_other(world: World) -> None:
    device, other = await world.device(), await world.device()
    second = await world.device(device.user_id)
    assert await state(world, device) == (0, 0, 0, {})
    assert await put(world, device, 1, 0, b"one", upto={GROUP: 5}) == {}
    assert await put(world, second, 1, 1, b"two+", upto={GROUP: 3, OTHER: 2**53 - 1}) == {}
    assert await state(world, second) == (1, 2, 7, {GROUP: 5, OTHER: 2**53 - 1})
    assert [await get(world, second, 1, number) for number in (0, 1)] == [b64(b"one"), b64(b"two+")]
    assert await state(world, other) == (0, 0, 0, {})
    async with world.refusal("backup_unknown", 404):
        await get(world, other, 1, 0)


async def test_a_new_generation_takes_the_place_of_all(world: World) -> None:
    device = await world.device()
    for number in range(3):
        await put(world, device, 1, number, upto={GROUP: 9})
    await put(world, device, 2, 0, b"all", upto={OTHER: 1})
    assert await state(world, device) == (2, 1, 3, {OTHER: 1})
    for generation, number in ((1, 0), (2, 1), (3, 0)):
        async with world.refusal("backup_unknown", 404):
            await get(world, device, generation, number)


async def test_a_generation_is_staged_until_it_is_whole(world: World) -> None:
    device = await world.device()
    await put(world, device, 1, 0, b"old", upto={GROUP: 9})
    await put(world, device, 2, 0, b"new", upto={GROUP: 5}, last=False)
    await put(world, device, 1, 1, b"old too")
    await put(world, device, 2, 1, b"newer", upto={OTHER: 4}, last=False)
    assert await state(world, device) == (1, 2, 10, {GROUP: 9})
    assert await staged(world, device) == 2
    async with world.refusal("backup_unknown", 404):
        await get(world, device, 2, 0)
    await put(world, device, 2, 2, b"newest", upto={GROUP: 6})
    assert await state(world, device) == (2, 3, 14, {GROUP: 6, OTHER: 4})
    assert await staged(world, device) == 0
    assert [await get(world, device, 2, number) for number in range(3)] == [
        b64(each) for each in (b"new", b"newer", b"newest")
    ]
    assert await world.db.fetchval("select count(*) from public.backup_segments") == 3
    before = await world.snapshot()
    await put(world, device, 2, 2, b"newest", upto={GROUP: 6})
    assert await world.snapshot() == before


async def test_its_first_segment_begins_it_anew(world: World) -> None:
    device = await world.device()
    await put(world, device, 1, 0)
    for number in range(3):
        await put(world, device, 2, number, b"of one that gave up", upto={GROUP: 9}, last=False)
    for segment in (b"of another", b"of another"):
        await put(world, device, 2, 0, segment, upto={OTHER: 1}, last=False)
        assert await staged(world, device) == 1
    async with world.refusal("backup_stale", 409, generation=1, count=1):
        await put(world, device, 2, 2, last=False)
    for _ in range(2):
        await put(world, device, 2, 1, b"more", last=False)
    async with world.refusal("backup_stale", 409, generation=1, count=1):
        await put(world, device, 2, 1, b"of the one that gave up", last=False)
    await put(world, device, 2, 2)
    assert (await state(world, device))[1:] == (3, 21, {OTHER: 1})


async def test_the_same_again_is_fine(world: World) -> None:
    device = await world.device()
    await put(world, device, 1, 0, b"one", upto={GROUP: 1})
    await put(world, device, 1, 1, b"two", upto={GROUP: 2})
    before = await world.snapshot()
    for number, segment in enumerate((b"one", b"two")):
        assert await put(world, device, 1, number, segment) == {}
    assert await world.snapshot() == before


async def test_anything_else_is_stale(world: World) -> None:
    device = await world.device()
    for generation, number in ((0, 1), (1, 1), (2, 0)):
        async with world.refusal("backup_stale", 409, generation=0, count=0):
            await put(world, device, generation, number)
    await put(world, device, 1, 0)
    await put(world, device, 1, 1)
    for generation, number, segment in (
        (1, 0, b"x"),
        (1, 1, b"x"),
        (1, 3, b"x"),
        (2, 1, b"x"),
        (3, 0, b"x"),
        (0, 0, b"x"),
    ):
        async with world.refusal("backup_stale", 409, generation=1, count=2):
            await put(world, device, generation, number, segment)


async def test_a_generation_is_bounded(world: World) -> None:
    device = await world.device()
    await put(world, device, 1, 0)
    await world.db.execute(
        """insert into public.backup_segments
           select user_id, generation, n, 'x' from public.backups, generate_series(1, $1) n""",
        MAX_BACKUP_SEGMENTS - 2,
    )
    await put(world, device, 1, MAX_BACKUP_SEGMENTS - 1)
    async with world.refusal("backup_full", 409):
        await put(world, device, 1, MAX_BACKUP_SEGMENTS)
    assert await put(world, device, 2, 0) == {}


BAD: list[Json] = [
    {"generation": None},
    {"generation": -1},
    {"number": None},
    {"number": -1},
    {"segment": None},
    {"segment": b""},
    {"segment": bytes(524_289)},
    {"last": None},
    {"upto": None},
    {"upto": []},
    {"upto": {"x": 1}},
    {"upto": {GROUP: -1}},
    {"upto": {GROUP: 1.5}},
    {"upto": {GROUP: "1"}},
    {"upto": {GROUP: None}},
    {"upto": {new_id(): 1 for _ in range(2001)}},
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(next(iter(bad))))
async def test_bounds(world: World, bad: Json) -> None:
    device = await world.device()
    async with world.refusal("bad_request", 400):
        await world.call(device, "backup_put", **{"generation": 1, "number": 0, "segment": b"x"} | bad)


async def test_the_largest(world: World) -> None:
    device = await world.device()
    assert await put(world, device, 1, 0, bytes(524_288), upto={new_id(): 1 for _ in range(2000)}) == {}
    assert len(await get(world, device, 1, 0)) == 4 * -(-524_288 // 3)


async def test_two_at_once_and_one_is_stale(arena: Arena) -> None:
    device = await World(arena.admin).device()
    query = "backup_put($1, $2, $3)"
    for number in range(5):
        both = [arena.ask(device, query, 1, number, bytes([1 + each])) for each in range(2)]
        outcomes = [name for name, _ in await asyncio.gather(*both)]
        assert sorted(outcomes) == ["backup_stale", "done"]
