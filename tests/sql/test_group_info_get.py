from sql_world import Device, Json, World, b64, new_id, sealed_key


async def get(world: World, device: Device, group_id: str, **more: bool | None) -> Json:
    return await world.call(device, "group_info_get", group_id=group_id, **more)


async def test_without_one_the_members_are_asked(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.bells()
    nothing = {"group_id": id_, "epoch": 0, "head_seq": 0, "group_info": None, "sealed_key": None, "wraps": []}
    for _ in range(2):
        assert await get(world, owner, id_) == nothing
        assert await world.bells() == [{"kind": "group_info", "group_id": id_}]


async def test_one_of_the_groups_epoch_is_served_in_silence(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_ = await world.group(owner, bob)
    await world.commit(owner, id_, group_info=bytes(range(256)))
    await world.call(bob, "group_key_put", group_id=id_, sealed_key=b"key")
    await world.bells()
    reply = {"group_id": id_, "epoch": 2, "head_seq": 2, "group_info": b64(bytes(range(256))), "wraps": []}
    assert await get(world, bob, id_) == reply | {"sealed_key": b64(b"key")}
    assert await get(world, owner, id_) == reply | {"sealed_key": None}
    assert await world.bells() == []


async def test_an_older_one_is_as_good_as_none(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.commit(owner, id_, group_info=b"of epoch 1")
    await world.commit(owner, id_)
    await world.bells()
    assert (await get(world, owner, id_))["group_info"] is None
    assert (await get(world, owner, id_, refused=True))["group_info"] is None
    assert [bell["kind"] for bell in await world.bells()] == ["group_info"] * 2
    assert await world.db.fetchval("select group_info from public.group_infos") == b"of epoch 1"


async def test_one_that_was_refused_is_dropped(world: World) -> None:
    owner = await world.device()
    id_, other = await world.group(owner), await world.group(owner)
    for group in (id_, other):
        await world.commit(owner, group, group_info=b"info")
    await world.bells()
    assert (await get(world, owner, id_, refused=True))["group_info"] is None
    assert await world.bells() == [{"kind": "group_info", "group_id": id_}]
    assert (await get(world, owner, other))["group_info"] == b64(b"info")


async def test_the_key_is_shared_by_the_accounts_devices(world: World) -> None:
    owner = await world.device()
    second = await world.device(owner.user_id)
    id_ = await world.group(owner, second)
    await world.call(owner, "group_key_put", group_id=id_, sealed_key=b"key")
    assert (await get(world, second, id_))["sealed_key"] == b64(b"key")
    other = await world.group(owner)
    assert (await get(world, owner, other))["sealed_key"] is None
    await world.call(owner, "group_key_put", group_id=other, sealed_key=b"another")
    assert (await get(world, owner, other))["sealed_key"] == b64(b"another")


async def test_keys_that_commits_brought_are_the_accounts_alone(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(bob.user_id)
    id_ = await world.group(owner, bob, second)
    for key in (b"first", b"second"):
        await world.commit(owner, id_, keys=[sealed_key(bob, key)])
    for device, keys in ((bob, ["first", "second"]), (second, ["first", "second"]), (owner, [])):
        assert (await get(world, device, id_))["wraps"] == [b64(key.encode()) for key in keys]


async def test_keys_for_a_device_are_served_to_it_alone(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(bob.user_id)
    id_ = await world.group(owner, bob)
    for place in (b"1", b"2"):
        keys = [
            sealed_key(bob, b"account " + place),
            sealed_key(bob, b"bob " + place, for_device=True),
            sealed_key(second, b"second " + place, for_device=True),
        ]
        await world.commit(owner, id_, keys=keys)
    for device, name in ((bob, "bob"), (second, "second")):
        expected = ["account 1", f"{name} 1", "account 2", f"{name} 2"]
        assert (await get(world, device, id_))["wraps"] == [b64(each.encode()) for each in expected]
    assert (await get(world, owner, id_))["wraps"] == []


async def test_another_device_of_a_members_account(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    second = await world.device(owner.user_id)
    await world.call(owner, "group_info_put", group_id=id_, epoch=0, group_info=b"info")
    await world.call(owner, "group_key_put", group_id=id_, sealed_key=b"key")
    reply = await get(world, second, id_)
    assert (reply["group_info"], reply["sealed_key"]) == (b64(b"info"), b64(b"key"))
    for name, more in (("group_info_put", {"epoch": 0, "group_info": b"x"}), ("group_key_put", {"sealed_key": b"x"})):
        async with world.refusal("not_a_member", 403):
            await world.call(second, name, group_id=id_, **more)


async def test_only_live_members(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed], group_info=b"info")
    await world.bells()
    for caller in (removed, await world.device(), await world.device(removed.user_id)):
        for refused in (False, True):
            async with world.refusal("not_a_member", 403):
                await get(world, caller, id_, refused=refused)
    async with world.refusal("not_a_member", 403):
        await get(world, owner, new_id())
    assert await world.bells() == []


async def test_bounds(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await get(world, owner, id_, refused=None)
