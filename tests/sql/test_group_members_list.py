from sql_world import World, new_id


async def test_every_live_device_with_its_presence(world: World) -> None:
    owner, away, removed = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner, away, removed)
    await world.commit(owner, id_, removed=[removed])
    await world.db.execute(
        "update public.devices set last_seen = now() - interval '121 seconds' where device_id = $1", away.device_id
    )
    reply = await world.call(owner, "group_members_list", group_id=id_)
    assert [(each["device_id"], each["user_id"], each["role"], each["online"]) for each in reply["members"]] == [
        (owner.device_id, owner.user_id, "owner", True),
        (away.device_id, away.user_id, "member", False),
    ]
    assert reply["members"][0]["last_seen"] - reply["members"][1]["last_seen"] in (120_999, 121_000, 121_001)
    assert reply["pending"] == []


async def test_who_waits_to_be_admitted(world: World) -> None:
    owner, joiner, late = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner)
    request = await world.join(joiner, await world.invite(owner, id_))
    expired = await world.invite(owner, id_)
    await world.join(late, expired)
    await world.db.execute("update public.invites set expires_at = now() where invite_id = $1", expired.invite_id)
    pending = (await world.call(owner, "group_members_list", group_id=id_))["pending"]
    assert [(each["request_id"], each["user_id"], each["state"]) for each in pending] == [
        (request, joiner.user_id, "kp_submitted")
    ]


async def test_only_for_members(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller, group in ((removed, id_), (await world.device(), id_), (owner, new_id())):
        async with world.refusal("not_a_member", 403):
            await world.call(caller, "group_members_list", group_id=group)
