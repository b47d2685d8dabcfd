from sql_world import World


async def test_stock_and_last_resort(world: World) -> None:
    device = await world.device()
    first = await world.call(device, "key_packages_publish", key_packages=[b"1", b"2"], last_resort=b"last")
    assert first == {"stock": 2}
    assert await world.call(device, "key_packages_publish", key_packages=[b"3"]) == {"stock": 3}
    assert await world.call(device, "key_packages_publish", key_packages=[]) == {"stock": 3}


async def test_the_same_list_again_stores_nothing_twice(world: World) -> None:
    device = await world.device()
    for _ in range(2):
        reply = await world.call(device, "key_packages_publish", key_packages=[b"1", b"2"], last_resort=b"last")
        assert reply == {"stock": 2}


async def test_the_last_resort_is_replaced(world: World) -> None:
    device, other = await world.device(), await world.device()
    for last in (b"old", b"new"):
        await world.call(device, "key_packages_publish", key_packages=[], last_resort=last)
    claimed = await world.call(other, "key_packages_claim", user_id=device.user_id)
    assert [each["key_package"] for each in claimed["key_packages"]] == ["bmV3"]


async def test_the_oldest_beyond_a_hundred_give_way(world: World) -> None:
    device = await world.device()
    await world.call(device, "key_packages_publish", key_packages=[b"%d" % i for i in range(100)])
    assert await world.call(device, "key_packages_publish", key_packages=[b"x", b"y"]) == {"stock": 100}
    rows = await world.db.fetch("select key_package from public.key_packages order by id")
    assert [rows[0][0], rows[-1][0]] == [b"2", b"y"]


async def test_bounds(world: World) -> None:
    device = await world.device()
    for bad in ([b""], [b"x" * 16385], [b"%d" % i for i in range(101)], None, [None]):
        async with world.refusal("bad_request", 400):
            await world.call(device, "key_packages_publish", key_packages=bad)
    for last in (b"", b"x" * 16385):
        async with world.refusal("bad_request", 400):
            await world.call(device, "key_packages_publish", key_packages=[], last_resort=last)
    assert await world.call(device, "key_packages_publish", key_packages=[b"x" * 16384]) == {"stock": 1}
