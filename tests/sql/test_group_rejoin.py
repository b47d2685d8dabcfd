from typing import Any

import pytest

from sql_world import Device, World, new_id


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
    for caller in (removed, await world.device(), await world.device(removed.user_id)):
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


async def member(world: World, device: Device) -> tuple[Any, ...]:
    row = await world.db.fetchrow(
        """select role, joined_seq, left_seq, acked_seq, confirmed_at is not null
           from public.group_members where device_id = $1""",
        device.device_id,
    )
    assert row is not None
    return tuple(row)


async def test_another_device_of_the_account_comes_in(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(bob.user_id)
    id_ = await world.group(owner, bob)
    await world.bells()
    assert await world.rejoin(second, id_, group_info=b"info") == {"server_seq": 2, "epoch": 2}
    (entry,) = (await world.call(bob, "get_messages", group_id=id_, since_seq=1))["messages"]
    assert (entry["device_id"], entry["added"], "removed" in entry) == (second.device_id, [second.added], False)
    assert await world.bells() == [
        {"kind": "devices", "user_id": bob.user_id, "group_ids": []},  # for the account's devices that are not in it
        {"kind": "members", "group_id": id_, "removed": [], "added": [second.device_id]},
        {"kind": "messages", "group_id": id_, "head_seq": 2},
    ]
    assert await member(world, second) == ("member", 1, None, 1, True)
    await world.say(second, id_)
    page = await world.call(second, "get_messages", group_id=id_, since_seq=0)
    assert [each["server_seq"] for each in page["messages"]] == [2, 3]


async def test_a_device_that_was_removed_comes_in_again(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(bob.user_id)
    id_ = await world.group(owner, bob, second)
    await world.commit(owner, id_, removed=[second])
    await world.rejoin(second, id_)
    assert await member(world, second) == ("member", 2, None, 2, True)


async def test_its_role_is_the_highest_of_its_account_there(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    bobs = [await world.device(bob.user_id) for _ in range(2)]
    id_ = await world.group(owner, bob)
    role = "update public.group_members set role = $2 where device_id = $1"
    await world.db.execute(role, bob.device_id, "admin")
    await world.rejoin(bobs[0], id_)
    assert (await member(world, bobs[0]))[0] == "admin"
    await world.db.execute(role, bobs[0].device_id, "owner")
    await world.rejoin(bobs[1], id_)
    assert (await member(world, bobs[1]))[0] == "owner"


async def test_a_void_takes_it_out_again(world: World) -> None:
    """Whether it was never there or was a member before; with what it brought, and as often as it tries."""
    owner, bob = await world.device(), await world.device()
    never, former = await world.device(bob.user_id), await world.device(bob.user_id)
    id_ = await world.group(owner, bob, former)
    await world.commit(owner, id_, removed=[former])
    same = ("public.groups", "public.messages")
    for device, seq in ((never, 3), (former, 5), (never, 7)):
        before = await world.snapshot()
        body: dict[str, Any] = {"message_id": new_id(), "epoch": 2}
        reply = await world.rejoin(device, id_, **body, group_info=b"info")
        await world.bells()
        assert await world.flag(owner if seq < 7 else bob, id_, seq) == {"void_seq": seq + 1, "epoch": 2}
        after = await world.snapshot()
        assert {name for name in before if before[name] != after[name]} == set(same)
        bells = [bell for bell in await world.bells() if bell["kind"] == "members"]
        assert bells == [{"kind": "members", "group_id": id_, "removed": [device.device_id], "added": []}]
        assert await world.rejoin(device, id_, **body, group_info=b"info") == reply
        async with world.refusal("not_a_member", 403):
            await world.say(device, id_)


async def test_an_added_device_whose_welcome_waits_comes_in_without_it(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    second = await world.device(bob.user_id)
    await world.commit(bob, id_, added=[second])
    await world.rejoin(second, id_)
    assert (await member(world, second))[1] == 2
    async with world.refusal("request_unknown", 404):
        await world.call(second, "invite_poll", request_id=id_)
