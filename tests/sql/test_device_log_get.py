import pytest

from mls_chat.wire.limits import DEVICE_LOG_PAGE
from sql_world import Device, World, b64, new_id


async def logged(world: World) -> Device:
    """A device whose account has two entries."""
    device = await world.device()
    for entry_of in (device, Device(device.user_id, new_id())):
        entry = await world.entry(entry_of)
        await world.functions(device, "device_add", credential=b"c", sealed_name=b"", entry=entry)
    return device


async def test_ones_own(world: World) -> None:
    device = await logged(world)
    reply = await world.call(device, "device_log_get", user_id=device.user_id)
    key = await world.db.fetchval("select public_key from public.accounts where user_id = $1", device.user_id)
    assert (reply["account_public_key"], reply["head"]) == (b64(key), 2)
    assert [each["number"] for each in reply["entries"]] == [1, 2]
    later = await world.call(device, "device_log_get", user_id=device.user_id, since=1)
    assert later == reply | {"entries": reply["entries"][1:]}
    assert (await world.call(device, "device_log_get", user_id=device.user_id, since=2))["entries"] == []


async def test_that_of_an_account_in_a_group_with_it(world: World) -> None:
    alice, bob, stranger = await logged(world), await logged(world), await logged(world)
    second = await world.device(bob.user_id)
    for caller in (bob, second, stranger):
        async with world.refusal("account_unknown", 404):
            await world.call(caller, "device_log_get", user_id=alice.user_id)
    id_ = await world.group(alice, bob)
    for caller in (bob, second):
        assert (await world.call(caller, "device_log_get", user_id=alice.user_id))["head"] == 2
    assert (await world.call(alice, "device_log_get", user_id=bob.user_id))["head"] == 2
    await world.commit(alice, id_, removed=[bob])
    for caller, user in ((bob, alice), (alice, bob), (stranger, alice)):
        async with world.refusal("account_unknown", 404):
            await world.call(caller, "device_log_get", user_id=user.user_id)
    async with world.refusal("account_unknown", 404):
        await world.call(alice, "device_log_get", user_id=None)


async def test_a_page_is_bounded(world: World) -> None:
    device = await world.device()
    await world.db.execute(
        """insert into public.device_log
           select $1, n, decode(repeat('00', 32), 'hex'), 'add', gen_random_uuid(), decode(repeat('00', 32), 'hex'), 1,
             decode(repeat('00', 64), 'hex'), decode(repeat('00', 32), 'hex')
           from generate_series(1, $2) n""",
        device.user_id,
        DEVICE_LOG_PAGE + 1,
    )
    reply = await world.call(device, "device_log_get", user_id=device.user_id)
    assert (len(reply["entries"]), reply["entries"][-1]["number"]) == (DEVICE_LOG_PAGE, DEVICE_LOG_PAGE)
    rest = await world.call(device, "device_log_get", user_id=device.user_id, since=DEVICE_LOG_PAGE)
    assert [each["number"] for each in rest["entries"]] == [rest["head"]] == [DEVICE_LOG_PAGE + 1]


@pytest.mark.parametrize("since", [None, -1])
async def test_bounds(world: World, since: int | None) -> None:
    device = await world.device()
    async with world.refusal("bad_request", 400):
        await world.call(device, "device_log_get", user_id=device.user_id, since=since)
