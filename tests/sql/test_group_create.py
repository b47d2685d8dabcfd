from sql_world import World, new_id


async def test_the_creator_is_its_only_member(world: World) -> None:
    owner, id_ = await world.device(), new_id()
    assert await world.call(owner, "group_create", group_id=id_) == {"group_id": id_, "epoch": 0, "head_seq": 0}
    members = (await world.call(owner, "group_members_list", group_id=id_))["members"]
    assert [(each["device_id"], each["role"]) for each in members] == [(owner.device_id, "owner")]


async def test_the_same_call_again_tells_where_the_group_is(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner, await world.device())
    before = await world.snapshot()
    assert await world.call(owner, "group_create", group_id=id_) == {"group_id": id_, "epoch": 1, "head_seq": 1}
    assert await world.snapshot() == before


async def test_a_taken_id(world: World) -> None:
    owner, other = await world.device(), await world.device()
    id_ = await world.group(owner, other)
    for caller in (other, await world.device(), await world.device(owner.user_id)):
        async with world.refusal("group_exists", 409):
            await world.call(caller, "group_create", group_id=id_)


async def test_a_removed_creator_learns_nothing(world: World) -> None:
    owner, other = await world.device(), await world.device()
    id_ = await world.group(owner, other)
    await world.commit(other, id_, removed=[owner])
    async with world.refusal("not_a_member", 403):
        await world.call(owner, "group_create", group_id=id_)


async def test_no_id(world: World) -> None:
    owner = await world.device()
    async with world.refusal("bad_request", 400):
        await world.call(owner, "group_create", group_id=None)
