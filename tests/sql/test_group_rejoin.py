from typing import Any

import pytest

from sql_world import World, new_id


async def test_the_log_declares_the_device_and_its_membership_stays(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    before = await world.snapshot()
    await world.bells()
    assert await world.rejoin(bob, id_) == {"server_seq": 2, "epoch": 2}
    (entry,) = (await world.call(bob, "get_messages", group_id=id_, since_seq=1))["messages"]
    assert (entry["msg_kind"], entry["epoch"], entry["device_id"]) == ("commit", 1, bob.device_id)
    assert (entry["added"], entry["removed"]) == ([bob.added], [bob.device_id])
    assert await world.bells() == [{"kind": "messages", "group_id": id_, "head_seq": 2}]
    after = await world.snapshot()
    others = {"public.groups", "public.messages", "public.commit_undos", "public.group_members", "public.welcomes"}
    assert {name for name in before if before[name] != after[name]} == others
    row = await world.db.fetchrow(
        "select role, joined_seq, left_seq, acked_seq from public.group_members where device_id = $1", bob.device_id
    )
    assert row is not None
    assert tuple(row) == ("member", 1, None, 1)


async def test_it_counts_as_having_used_the_welcome(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    confirmed = "select confirmed_at from public.group_members where device_id = $1"
    assert await world.db.fetchval(confirmed, bob.device_id) is None
    await world.rejoin(bob, id_)
    assert await world.db.fetchval(confirmed, bob.device_id) is not None
    async with world.refusal("request_unknown", 404):
        await world.call(bob, "invite_poll", request_id=id_)
    early = "update public.group_members set confirmed_at = '2026-01-01' where device_id = $1 returning confirmed_at"
    first = await world.db.fetchval(early, bob.device_id)
    await world.rejoin(bob, id_)
    assert await world.db.fetchval(confirmed, bob.device_id) == first


async def test_a_void_makes_it_undone(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    before = await world.snapshot()
    await world.rejoin(bob, id_)
    assert await world.flag(owner, id_, 2) == {"void_seq": 3, "epoch": 1}
    after = await world.snapshot()
    assert {name for name in before if before[name] != after[name]} == {"public.groups", "public.messages"}


async def test_the_same_rejoin_again(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    body: dict[str, Any] = {"message_id": new_id(), "epoch": 1}
    reply = await world.rejoin(bob, id_, **body)
    await world.commit(owner, id_)
    before = await world.snapshot()
    assert await world.rejoin(bob, id_, **body) == reply
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await world.rejoin(bob, id_, **body, mls_bytes=b"other")


async def test_one_commit_an_epoch(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    await world.commit(owner, id_)
    async with world.refusal("stale_epoch", 409, epoch=2):
        await world.rejoin(bob, id_, epoch=1)
    async with world.refusal("future_epoch", 409, epoch=2):
        await world.rejoin(bob, id_, epoch=3)
    assert await world.rejoin(bob, id_) == {"server_seq": 3, "epoch": 3}


async def test_only_live_members(world: World) -> None:
    owner, removed, revoked = [await world.device() for _ in range(3)]
    id_ = await world.group(owner, removed, revoked)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        async with world.refusal("not_a_member", 403):
            await world.rejoin(caller, id_)
    await world.revoke(revoked)
    async with world.refusal("device_revoked", 401):
        await world.rejoin(revoked, id_)


async def test_its_group_info_is_that_of_the_next_epoch(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    await world.rejoin(bob, id_, group_info=b"info")
    stored = await world.db.fetch("select epoch, group_info from public.group_infos")
    assert [tuple(row) for row in stored] == [(2, b"info")]


async def test_size(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("message_too_large", 413):
        await world.rejoin(owner, id_, mls_bytes=bytes(262_145))
    assert await world.rejoin(owner, id_, mls_bytes=bytes(262_144), group_info=bytes(524_288))


BAD: list[dict[str, Any]] = [
    {"message_id": None},
    {"epoch": None},
    {"epoch": -1},
    {"mls_bytes": b""},
    {"mls_bytes": None},
    {"group_info": None},
    {"group_info": bytes(524_289)},
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(next(iter(bad))))
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await world.rejoin(owner, id_, **bad)
