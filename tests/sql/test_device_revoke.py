import pytest

from sql_world import Device, Json, World, b64, new_id


async def revoke(world: World, device: Device, entry: Json) -> Json:
    reply: Json = await world.functions(device, "device_revoke", entry=entry)
    return reply


async def pair(world: World) -> tuple[Device, Device]:
    first = await world.device()
    return first, await world.device(first.user_id)


async def test_it_is_out_at_once_and_in_the_log(world: World) -> None:
    first, lost = await pair(world)
    entry = await world.entry(lost, "revoke")
    assert await revoke(world, first, entry) == {}
    revoked = await world.db.fetchval(
        "select revoked_at = now() from public.devices where device_id = $1", lost.device_id
    )
    assert revoked
    (last,) = (await world.call(first, "device_log_get", user_id=first.user_id))["entries"]
    assert last == entry
    async with world.refusal("device_revoked", 401):
        await world.call(lost, "user_groups")


async def test_what_waited_for_it_is_gone(world: World) -> None:
    first, lost = await pair(world)
    owner = await world.device()
    await world.group(owner, first, lost)
    other = await world.group(owner)
    invite = await world.invite(owner, other, max_uses=2)
    done = await world.join(lost, await world.invite(owner, other))
    await world.call(owner, "invite_claim", request_id=done)
    await world.call(owner, "invite_complete", request_id=done, refusal="no")
    for device in (first, lost):
        await world.call(device, "key_packages_publish", key_packages=[b"x"], last_resort=b"y")
        await world.join(device, invite)
    tables = ("key_packages", "welcomes", "invite_requests")

    async def left() -> list[list[str]]:
        query = "select distinct device_id::text from public.{} order by 1"
        return [[row[0] for row in await world.db.fetch(query.format(table))] for table in tables]

    await revoke(world, first, await world.entry(lost, "revoke"))
    assert await left() == [[first.device_id], [first.device_id], sorted([first.device_id, lost.device_id])]
    assert await world.db.fetchval("select uses from public.invites where invite_id = $1", invite.invite_id) == 1
    assert await world.db.fetchval("select state from public.invite_requests where device_id = $1", lost.device_id) == (
        "refused"
    )


async def test_the_service_and_the_groups_are_told(world: World) -> None:
    first, lost = await pair(world)
    id_ = await world.group(await world.device(), lost)
    await world.bells()
    await revoke(world, first, await world.entry(lost, "revoke"))
    assert await world.bells() == [
        {"kind": "revoked", "device_id": lost.device_id},
        {"kind": "devices", "user_id": first.user_id, "group_ids": [id_]},
    ]


async def test_again_it_changes_nothing(world: World) -> None:
    first, lost = await pair(world)
    entry = await world.entry(lost, "revoke")
    await revoke(world, first, entry)
    before = await world.snapshot()
    await world.bells()
    assert await revoke(world, first, entry) == {}
    assert await revoke(world, first, await world.entry(lost, "revoke")) == {}
    assert await world.snapshot() == before
    assert await world.bells() == []


async def test_a_device_may_revoke_itself(world: World) -> None:
    _, lost = await pair(world)
    entry = await world.entry(lost, "revoke")
    assert await revoke(world, lost, entry) == {}
    async with world.refusal("device_revoked", 401):
        await revoke(world, lost, entry)


async def test_one_that_was_revoked_before_there_was_a_log(world: World) -> None:
    first, lost = await pair(world)
    await world.db.execute("update public.devices set revoked_at = '2026-01-01' where device_id = $1", lost.device_id)
    assert await revoke(world, first, await world.entry(lost, "revoke")) == {}
    ago = "select revoked_at = '2026-01-01' from public.devices where device_id = $1"
    assert await world.db.fetchval(ago, lost.device_id)


async def test_only_devices_of_the_account_and_the_next_entry(world: World) -> None:
    first, lost = await pair(world)
    other = await world.device()
    for device_id in (other.device_id, new_id()):
        async with world.refusal("device_missing", 404):
            await revoke(world, first, await world.entry(lost, "revoke", device_id=device_id))
    for changes in ({"number": 2}, {"previous": b64(b"p" * 32)}):
        async with world.refusal("log_conflict", 409, number=0):
            await revoke(world, first, await world.entry(lost, "revoke") | changes)


@pytest.mark.parametrize("bad", [{"change": "add"}, {"device_public_key": b64(bytes(32))}], ids=["change", "key"])
async def test_bounds(world: World, bad: Json) -> None:
    first, lost = await pair(world)
    async with world.refusal("bad_request", 400):
        await revoke(world, first, await world.entry(lost, "revoke") | bad)
