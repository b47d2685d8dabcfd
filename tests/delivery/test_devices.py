"""Changes of an account's devices as connected devices hear of them: by the real functions."""

import pytest_asyncio

import sql_world
from database import Connection
from delivery.effects import Device
from delivery_server import Client, Door, Seed
from mls_chat.wire.frames import DevicesBell, Error, Ping, Pong, Removed
from sql_world import World, new_id


@pytest_asyncio.fixture
async def world(admin: Connection) -> World:
    """Committed at once, with its bells."""
    return World(admin)


def of(device: Device) -> sql_world.Device:
    return sql_world.Device(*device)


async def add(world: World, device: Device) -> Device:
    """Another device of its account, added by it."""
    added = sql_world.Device(device.user_id, new_id())
    entry = await world.entry(added)
    await world.functions(of(device), "device_add", credential=b"c", sealed_name=b"n", entry=entry)
    return Device(device.user_id, added.device_id)


async def bells(client: Client) -> list[str]:
    """Whose devices have changed, as far as it has heard."""
    await client.tell(Ping(1))
    await client.next(Pong)
    return [frame.user_id for frame in client.frames if isinstance(frame, DevicesBell)]


async def test_a_new_device_is_told_to_its_account_and_to_its_groups(door: Door, seed: Seed, world: World) -> None:
    alice, bob, carol = await seed.devices(3)
    group, other = await seed.group(alice, bob), await seed.group(bob, carol)
    async with (
        door.client(alice) as a,
        door.client(bob, {group: 0, other: 0}) as b,
        door.client(carol, {other: 0}) as c,
    ):
        await add(world, alice)
        assert await a.next(DevicesBell) == DevicesBell(alice.user_id)
        assert await b.next(DevicesBell) == DevicesBell(alice.user_id)
        assert [await bells(each) for each in (a, b, c)] == [[], [], []]


async def test_a_revoked_device_is_cut_off_and_the_others_are_told(door: Door, seed: Seed, world: World) -> None:
    alice, bob = await seed.devices(2)
    lost = await add(world, alice)
    group = await seed.group(lost, bob)
    async with door.client(alice) as a, door.client(bob, {group: 0}) as b, door.client(lost, {group: 0}) as gone:
        entry = await world.entry(of(lost), "revoke")
        await world.functions(of(alice), "device_revoke", entry=entry)
        assert await gone.closed() == 4403
        assert [frame.code for frame in gone.frames if isinstance(frame, Error)] == ["device_revoked"]
        for client in (a, b):
            assert await client.next(DevicesBell) == DevicesBell(alice.user_id)


async def test_a_device_comes_into_its_accounts_group_and_a_void_takes_it_out(
    door: Door, seed: Seed, world: World
) -> None:
    alice, bob = await seed.devices(2)
    second = await add(world, bob)
    group = await world.group(of(alice), of(bob))
    seq = int((await world.rejoin(of(second), group))["server_seq"])
    async with door.client(alice, {group: seq - 1}) as a, door.client(second, {group: seq}) as s:
        await s.sent(await s.send(group, epoch=2))
        log = await a.messages(group, 2)
        assert [(each.msg_kind, each.device_id) for each in log] == [
            ("commit", second.device_id),
            ("chat", second.device_id),
        ]
        await world.flag(of(alice), group, seq)
        assert (await s.next(Removed)).group_id == group
