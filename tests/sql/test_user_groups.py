from sql_world import World


async def test_the_groups_of_the_device_and_where_they_are(world: World) -> None:
    owner, other = await world.device(), await world.device()
    id_ = await world.group(owner, other)
    await world.say(owner, id_)
    await world.call(owner, "get_messages", group_id=id_, since_seq=1)
    common = {"group_id": id_, "epoch": 1, "head_seq": 2, "first_seq": 1}
    assert await world.call(owner, "user_groups") == {
        "groups": [common | {"role": "owner", "joined_seq": 0, "acked_seq": 1}]
    }
    assert await world.call(other, "user_groups") == {
        "groups": [common | {"role": "member", "joined_seq": 1, "acked_seq": 1}]
    }


async def test_an_empty_log(world: World) -> None:
    owner = await world.device()
    await world.group(owner)
    group = (await world.call(owner, "user_groups"))["groups"][0]
    assert (group["first_seq"], group["head_seq"]) == (1, 0)


async def test_neither_a_stranger_nor_another_device_nor_a_removed_one(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        assert await world.call(caller, "user_groups") == {"groups": []}


async def test_what_is_gone_from_the_log_shows(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(3):
        await world.say(owner, id_)
    await world.db.execute("delete from public.messages where server_seq < 3")
    assert (await world.call(owner, "user_groups"))["groups"][0]["first_seq"] == 3
    await world.db.execute("delete from public.messages")
    assert (await world.call(owner, "user_groups"))["groups"][0]["first_seq"] == 4
