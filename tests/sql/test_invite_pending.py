from typing import Any

from sql_world import Device, World, b64


async def pending(world: World, device: Device) -> list[Any]:
    return [each["request_id"] for each in (await world.call(device, "invite_pending"))["requests"]]


async def test_members_see_all_that_they_need_to_admit(world: World) -> None:
    owner, member, joiner = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner, member)
    invite = await world.invite(owner, id_)
    request = await world.join(joiner, invite)
    seen = (await world.call(member, "invite_pending"))["requests"]
    created = await world.db.fetchval("select private.ms(created_at) from public.invite_requests")
    assert seen == [
        {
            "request_id": request,
            "invite_id": invite.invite_id,
            "group_id": id_,
            "user_id": joiner.user_id,
            "device_id": joiner.device_id,
            "key_package": b64(b"key package"),
            "mac": b64(b"mac"),
            "sealed_profile": b64(b"sealed profile"),
            "created_at": created,
        }
    ]


async def test_a_claimed_one_shows_to_its_holder_and_after_two_minutes_to_all(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    request = await world.join(await world.device(), await world.invite(owner, id_))
    await world.call(owner, "invite_claim", request_id=request)
    assert await pending(world, owner) == [request]
    assert await pending(world, member) == []
    await world.db.execute("update public.invite_requests set claimed_at = now() - interval '2 minutes'")
    assert await pending(world, member) == [request]


async def test_not_for_strangers_removed_ones_or_the_joiner(world: World) -> None:
    owner, removed, joiner = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    await world.join(joiner, await world.invite(owner, id_))
    for caller in (removed, joiner, await world.device()):
        assert await pending(world, caller) == []


async def test_ended_requests_are_gone(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    refused = await world.join(await world.device(), await world.invite(owner, id_))
    await world.call(owner, "invite_claim", request_id=refused)
    await world.call(owner, "invite_complete", request_id=refused, refusal="no")
    await world.join(await world.device(), await world.invite(owner, id_))
    await world.db.execute("update public.invites set expires_at = now() where uses > 0")
    await world.join(await world.device(), await world.invite(owner, id_))
    await world.db.execute("update public.invites set revoked_at = now()")
    assert await pending(world, owner) == []
