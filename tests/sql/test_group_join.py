from sql_world import World, new_id


async def test_confirming_lets_the_welcome_go(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    id_ = await world.group(owner, joiner)
    assert await world.db.fetchval("select count(*) from public.welcomes") == 1
    reply = {"group_id": id_, "joined_seq": 1, "epoch": 1}
    assert await world.call(joiner, "group_join", group_id=id_) == reply
    assert await world.db.fetchval("select count(*) from public.welcomes") == 0
    confirmed = "select confirmed_at is not null from public.group_members where device_id = $1"
    assert await world.db.fetchval(confirmed, joiner.device_id)
    before = await world.snapshot()
    assert await world.call(joiner, "group_join", group_id=id_) == reply
    assert await world.snapshot() == before


async def test_only_a_member_confirms(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller, group in ((removed, id_), (await world.device(), id_), (owner, new_id()), (owner, None)):
        async with world.refusal("not_a_member", 403):
            await world.call(caller, "group_join", group_id=group)


async def test_another_devices_welcome_stays(world: World) -> None:
    owner, first, second = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner, first, second)
    await world.call(first, "group_join", group_id=id_)
    rows = await world.db.fetch("select device_id::text from public.welcomes")
    assert [row[0] for row in rows] == [second.device_id]
