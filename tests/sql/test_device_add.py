"""Devices that come to an account, by its log. Signatures are the edge functions' part."""

import asyncio
from typing import Any

import msgspec
import pytest

from mls_chat.account_log import START, entry_digest
from mls_chat.wire.limits import MAX_DEVICES
from mls_chat.wire.records import DeviceLogEntry
from sql_arena import Arena
from sql_world import Device, Json, World, b64, new_id


async def add(world: World, device: Device, entry: Json, sealed_name: bytes = b"name") -> Json:
    reply: Json = await world.functions(
        device, "device_add", credential=b"credential", sealed_name=sealed_name, entry=entry
    )
    return reply


async def new(world: World, device: Device, **changes: Any) -> Json:
    """The entry of a device that nobody knows yet."""
    return await world.entry(Device(device.user_id, new_id()), **changes)


async def log(world: World, device: Device) -> list[DeviceLogEntry]:
    reply = await world.call(device, "device_log_get", user_id=device.user_id)
    return msgspec.convert(reply["entries"], list[DeviceLogEntry])


async def test_the_digest_is_that_of_the_client(world: World) -> None:
    first = await world.device()
    assert await add(world, first, await world.entry(first)) == {}
    assert await add(world, first, await new(world, first)) == {}
    one, two = await log(world, first)
    assert (one.number, one.previous, one.device_id) == (1, START, first.device_id)
    assert (two.number, two.previous) == (2, entry_digest(first.user_id, one))
    digests = await world.db.fetch("select digest from public.device_log order by number")
    assert [row[0] for row in digests] == [entry_digest(first.user_id, each) for each in (one, two)]


async def test_the_new_device_is_registered_with_its_name(world: World) -> None:
    first = await world.device()
    entry = await new(world, first)
    await add(world, first, entry)
    row = await world.db.fetchrow(
        "select user_id, public_key, credential, sealed_name, revoked_at from public.devices where device_id = $1",
        entry["device_id"],
    )
    assert row is not None
    key = msgspec.convert(entry, DeviceLogEntry).device_public_key
    assert tuple(row) == (first.user_id, key, b"credential", b"name", None)


async def test_the_same_again_changes_nothing(world: World) -> None:
    first = await world.device()
    entry = await new(world, first)
    await add(world, first, entry)
    before = await world.snapshot()
    await world.bells()
    assert await add(world, first, entry) == {}
    again = await world.entry(Device(first.user_id, entry["device_id"]), made_at=2)
    assert await add(world, first, again, b"other") == {}
    assert await world.snapshot() == before
    assert await world.bells() == []


async def test_only_the_next_entry(world: World) -> None:
    first = await world.device()
    await add(world, first, await world.entry(first))
    good = await new(world, first)
    for change in ({"number": 1}, {"number": 3}, {"previous": b64(START)}):
        async with world.refusal("log_conflict", 409, number=1):
            await add(world, first, good | change)
    other = await world.device()
    async with world.refusal("log_conflict", 409, number=0):
        await add(world, other, await new(world, other, number=2))
    async with world.refusal("log_conflict", 409, number=0):
        await add(world, other, await new(world, other, previous=b64(bytes([1] * 32))))
    assert await add(world, first, good) == {}


async def test_an_id_that_is_taken(world: World) -> None:
    first, other = await world.device(), await world.device()
    lost = await world.device(first.user_id)
    key = b64(b"k" * 32)
    await world.revoke(lost)
    for device, changes in ((first, {"device_public_key": key}), (other, {}), (lost, {})):
        async with world.refusal("device_exists", 409):
            await add(world, first, await world.entry(Device(first.user_id, device.device_id), **changes))


async def test_live_devices_are_bounded(world: World) -> None:
    first, lost = await world.device(), await world.device()
    devices = [await world.device(first.user_id) for _ in range(MAX_DEVICES - 1)]
    async with world.refusal("too_many_devices", 409):
        await add(world, first, await new(world, first))
    assert await add(world, first, await world.entry(devices[0])) == {}
    await world.revoke(devices[1])
    assert await add(world, first, await new(world, first)) == {}
    assert await add(world, lost, await new(world, lost)) == {}


async def test_the_account_and_its_groups_are_told(world: World) -> None:
    first, bob = await world.device(), await world.device()
    second = await world.device(first.user_id)
    both, left = await world.group(first, second, bob), await world.group(bob, first)
    await world.group(bob)
    await world.commit(bob, left, removed=[first])
    await world.bells()
    await add(world, first, await new(world, first))
    assert await world.bells() == [{"kind": "devices", "user_id": first.user_id, "group_ids": [both]}]


async def test_an_account_that_has_no_other_device_tells_nobody(world: World) -> None:
    first = await world.device()
    await add(world, first, await world.entry(first))
    assert await world.bells() == []
    await add(world, first, await new(world, first))
    assert await world.bells() == [{"kind": "devices", "user_id": first.user_id, "group_ids": []}]


async def test_a_bell_names_a_hundred_groups_at_most(world: World) -> None:
    first = await world.device()
    groups = [await world.group(first) for _ in range(205)]
    await world.bells()
    await add(world, first, await new(world, first))
    bells = await world.bells()
    assert sorted(len(bell["group_ids"]) for bell in bells) == [5, 100, 100]
    assert sorted(group for bell in bells for group in bell["group_ids"]) == sorted(groups)
    assert all(len(msgspec.json.encode(bell)) < 7000 for bell in bells)


@pytest.mark.parametrize("bad", [{"change": "revoke"}, {"sealed_name": bytes(513)}], ids=["change", "name"])
async def test_bounds(world: World, bad: Json) -> None:
    first = await world.device()
    entry = await new(world, first, **({"change": bad["change"]} if "change" in bad else {}))
    async with world.refusal("bad_request", 400):
        await add(world, first, entry, bad.get("sealed_name", b"name"))


async def test_many_at_once_one_follows(arena: Arena) -> None:
    """Over real connections, committed: entries with the same number, and one of them is the next."""
    world = World(arena.admin)
    first = await world.device()
    entries = [await new(world, first) for _ in range(6)]
    outcomes = await asyncio.gather(
        *(arena.functions(first, "device_add", b"credential", b"name", entry) for entry in entries)
    )
    assert sorted(name for name, _ in outcomes) == ["done"] + ["log_conflict"] * 5
    assert await arena.admin.fetchval("select count(*) from public.device_log where user_id = $1", first.user_id) == 1
