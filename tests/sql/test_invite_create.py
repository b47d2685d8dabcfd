from typing import Any

import pytest

from sql_world import World, new_id


def arguments(group_id: str, **changes: Any) -> dict[str, Any]:
    invite = {"invite_id": new_id(), "group_id": group_id, "access_hash": bytes(32), "sealed_info": b"sealed"}
    return invite | changes


async def lifetime(world: World) -> Any:
    return await world.db.fetchval("select extract(epoch from expires_at - now())::int from public.invites")


async def test_defaults_are_a_week_and_one_use(world: World) -> None:
    owner = await world.device()
    invite = arguments(await world.group(owner))
    reply = await world.call(owner, "invite_create", **invite)
    assert reply["invite_id"] == invite["invite_id"]
    assert await lifetime(world) == 7 * 24 * 3600
    assert await world.db.fetchval("select max_uses from public.invites") == 1
    assert reply["expires_at"] == await world.db.fetchval("select private.ms(expires_at) from public.invites")


@pytest.mark.parametrize("seconds", [60, 2_592_000])
async def test_chosen_bounds(world: World, seconds: int) -> None:
    owner = await world.device()
    await world.call(owner, "invite_create", **arguments(await world.group(owner), expires_in=seconds, max_uses=500))
    assert await lifetime(world) == seconds


async def test_the_same_call_again_changes_nothing(world: World) -> None:
    owner, member = await world.device(), await world.device()
    invite = arguments(await world.group(owner, member))
    reply = await world.call(owner, "invite_create", **invite)
    before = await world.snapshot()
    assert await world.call(owner, "invite_create", **invite) == reply
    assert await world.call(member, "invite_create", **invite | {"max_uses": 7}) == reply
    assert await world.snapshot() == before


async def test_a_taken_id(world: World) -> None:
    owner = await world.device()
    elsewhere = await world.group(owner)
    invite = arguments(await world.group(owner))
    await world.call(owner, "invite_create", **invite)
    async with world.refusal("invite_exists", 409):
        await world.call(owner, "invite_create", **invite | {"access_hash": b"\1" * 32})
    async with world.refusal("invite_exists", 409):
        await world.call(owner, "invite_create", **invite | {"group_id": elsewhere})


async def test_only_members_invite(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller, group in ((removed, id_), (await world.device(), id_), (owner, new_id())):
        async with world.refusal("not_a_member", 403):
            await world.call(caller, "invite_create", **arguments(group))


BAD = [
    {"invite_id": None},
    {"access_hash": bytes(31)},
    {"access_hash": None},
    {"sealed_info": b""},
    {"sealed_info": bytes(4097)},
    {"expires_in": 59},
    {"expires_in": 2_592_001},
    {"expires_in": None},
    {"max_uses": 0},
    {"max_uses": 501},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await world.call(owner, "invite_create", **arguments(id_, **bad))
