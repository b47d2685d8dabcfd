from typing import Any

import pytest

from sql_world import World, new_id


async def test_messages_are_numbered_stored_and_rung(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    await world.bells()
    replies = [await world.say(each, id_) for each in (owner, member, owner)]
    assert [each["server_seq"] for each in replies] == [2, 3, 4]
    rows = await world.db.fetch(
        "select server_seq, private.ms(created_at) from public.messages where server_seq > 1 order by 1"
    )
    assert [tuple(row) for row in rows] == [(each["server_seq"], each["server_time"]) for each in replies]
    assert await world.bells() == [{"kind": "messages", "group_id": id_, "head_seq": seq} for seq in (2, 3, 4)]


async def test_a_repeated_send_gets_the_same_number(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    fixed = {"message_id": new_id(), "client_seq": 5}
    reply = await world.say(owner, id_, **fixed)
    before = await world.snapshot()
    assert [await world.say(owner, id_, **fixed) for _ in range(10)] == [reply] * 10
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await world.say(owner, id_, **fixed, mls_bytes=b"other")


async def test_a_number_used_twice_betrays_a_copy(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.say(owner, id_, client_seq=5)
    async with world.refusal("device_cloned", 409):
        await world.say(owner, id_, client_seq=5)


async def test_the_epoch_must_be_the_groups(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner, await world.device())
    async with world.refusal("stale_epoch", 409, epoch=1):
        await world.say(owner, id_, epoch=0)
    async with world.refusal("future_epoch", 409, epoch=1):
        await world.say(owner, id_, epoch=2)


async def test_commits_go_elsewhere(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("not_a_commit", 400):
        await world.say(owner, id_, msg_kind="commit")
    assert await world.say(owner, id_, msg_kind="proposal")


async def test_only_members(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        async with world.refusal("not_a_member", 403):
            await world.say(caller, id_)
    async with world.refusal("not_a_member", 403):
        await world.say(owner, new_id(), epoch=0)


async def test_size(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("message_too_large", 413):
        await world.say(owner, id_, mls_bytes=bytes(262_145))
    assert await world.say(owner, id_, mls_bytes=bytes(262_144))


BAD = [
    {"message_id": None},
    {"client_seq": -1},
    {"client_seq": None},
    {"msg_kind": "other"},
    {"msg_kind": None},
    {"epoch": -1},
    {"epoch": None},
    {"mls_bytes": b""},
    {"mls_bytes": None},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await world.say(owner, id_, **bad)
