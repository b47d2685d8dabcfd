from sql_world import Device, World


async def test_the_groups_of_the_device_and_where_they_are(world: World) -> None:
    owner, other = await world.device(), await world.device()
    id_ = await world.group(owner, other)
    await world.say(owner, id_)
    await world.call(owner, "get_messages", group_id=id_, since_seq=1)
    common = {"group_id": id_, "epoch": 1, "head_seq": 2, "first_seq": 1}
    assert await world.call(owner, "user_groups") == {
        "groups": [common | {"role": "owner", "joined_seq": 0, "acked_seq": 1}],
        "account_groups": [],
    }
    assert await world.call(other, "user_groups") == {
        "groups": [common | {"role": "member", "joined_seq": 1, "acked_seq": 1}],
        "account_groups": [],
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
    for caller in (removed, await world.device(), await world.device(removed.user_id)):
        assert await world.call(caller, "user_groups") == {"groups": [], "account_groups": []}
    elsewhere = {"group_id": id_, "epoch": 2, "head_seq": 2}
    another = await world.device(owner.user_id)
    assert await world.call(another, "user_groups") == {"groups": [], "account_groups": [elsewhere]}


async def test_groups_of_the_account_while_one_of_its_devices_is_there(world: World) -> None:
    """Also a revoked one that no commit has removed yet."""
    owner, phone = await world.device(), await world.device()
    laptop, tablet = await world.device(phone.user_id), await world.device(phone.user_id)
    id_ = await world.group(owner, phone, laptop)

    async def elsewhere(device: Device) -> list[str]:
        return [each["group_id"] for each in (await world.call(device, "user_groups"))["account_groups"]]

    assert [await elsewhere(each) for each in (owner, phone, laptop, tablet)] == [[], [], [], [id_]]
    await world.revoke(phone)
    await world.commit(owner, id_, removed=[laptop])
    assert [await elsewhere(each) for each in (laptop, tablet)] == [[id_], [id_]]
    await world.commit(owner, id_, removed=[phone])
    assert [await elsewhere(each) for each in (laptop, tablet)] == [[], []]


async def test_what_is_gone_from_the_log_shows(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(3):
        await world.say(owner, id_)
    await world.db.execute("delete from public.messages where server_seq < 3")
    assert (await world.call(owner, "user_groups"))["groups"][0]["first_seq"] == 3
    await world.db.execute("delete from public.messages")
    assert (await world.call(owner, "user_groups"))["groups"][0]["first_seq"] == 4
