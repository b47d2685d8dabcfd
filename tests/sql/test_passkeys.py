"""Passkeys as rows; what an authenticator says is tried in tests/functions."""

import base64

import pytest

from mls_chat.wire.limits import MAX_PASSKEYS
from sql_world import World, new_id


async def test_a_challenge_for_the_device_and_what_to_exclude(world: World) -> None:
    device, other = await world.device(), await world.device()
    passkey = await world.passkey(device, transports=["usb", "nfc"])
    await world.passkey(other)
    asked = await world.functions(device, "passkey_create")
    assert asked["passkeys"] == [{"id": passkey, "transports": ["usb", "nfc"]}]
    assert len(base64.b64decode(asked["challenge"])) == 32

    async def take(*owner: str | None) -> bytes | None:
        taken: bytes | None = await world.db.fetchval(
            "select private.auth_challenge_take($1, 'passkey_create', $2, $3)", asked["challenge_id"], *owner
        )
        return taken

    assert await take(device.user_id, device.device_id) == base64.b64decode(asked["challenge"])
    assert await take(device.user_id, device.device_id) is None
    asked = await world.functions(device, "passkey_create")
    assert await take(other.user_id, device.device_id) is None
    asked = await world.functions(device, "passkey_create")
    assert await take(None, None) is None


async def test_a_challenge_for_whomever(world: World) -> None:
    asked = [await world.functions(None, "passkey_get") for _ in range(10)]
    assert len({each["challenge"] for each in asked}) == 10
    for each in asked:
        taken = await world.db.fetchval(
            "select private.auth_challenge_take($1, 'passkey_get', null, null)", each["challenge_id"]
        )
        assert taken == base64.b64decode(each["challenge"])
    assert await world.db.fetchval("select count(*) from public.challenges") == 0


async def test_a_device_has_few_open_challenges_of_each_kind(world: World) -> None:
    device = await world.device()
    await world.db.execute("select private.auth_challenge('login', $1, $2)", device.user_id, device.device_id)
    for _ in range(12):
        await world.functions(device, "passkey_create")
    rows = await world.db.fetch("select purpose, count(*) from public.challenges group by 1 order by 1")
    assert [tuple(row) for row in rows] == [("login", 1), ("passkey_create", 8)]


async def test_the_same_again_and_anothers(world: World) -> None:
    device, other = await world.device(), await world.device()
    passkey = await world.passkey(device)
    stored = {"passkey_id": passkey, "sealed_root": b"sealed root"}
    assert await world.functions(device, "passkey_stored", **stored)
    assert not await world.functions(other, "passkey_stored", **stored)
    assert not await world.functions(device, "passkey_stored", **stored | {"sealed_root": b"other"})
    before = await world.snapshot()
    await world.passkey(device, passkey_id=passkey)
    assert await world.snapshot() == before
    async with world.refusal("passkey_refused", 403):
        await world.passkey(other, passkey_id=passkey)
    async with world.refusal("passkey_refused", 403):
        await world.passkey(device, passkey_id=passkey, public_key=b"other")


async def test_how_many(world: World) -> None:
    device, other = await world.device(), await world.device()
    passkeys = [await world.passkey(device) for _ in range(MAX_PASSKEYS)]
    async with world.refusal("too_many_passkeys", 409):
        await world.passkey(device)
    await world.passkey(device, passkey_id=passkeys[0])
    await world.passkey(other)
    for _ in range(2):
        assert await world.functions(device, "passkey_remove", passkey_id=passkeys[0]) == {}
    await world.passkey(device)


async def test_nobody_removes_anothers(world: World) -> None:
    device, other = await world.device(), await world.device()
    passkey = await world.passkey(device)
    assert await world.functions(other, "passkey_remove", passkey_id=passkey) == {}
    assert await world.db.fetchval("select count(*) from public.passkeys") == 1


@pytest.mark.parametrize(
    ("before", "told", "fine"), [(0, 0, True), (0, 1, True), (5, 6, True), (5, 5, False), (5, 0, False)]
)
async def test_its_counter_goes_up(world: World, before: int, told: int, fine: bool) -> None:
    device = await world.device()
    await world.functions(device, "vault_put", generation=1, sealed_vault=b"v", signature=bytes(64))
    passkey = await world.passkey(device, counter=before)
    assert (await world.functions(None, "passkey_find", passkey_id=passkey))["counter"] == before
    if fine:
        reply = await world.functions(None, "passkey_unlock", passkey_id=passkey, counter=told)
        assert reply["user_id"] == device.user_id
        row = await world.db.fetchrow("select counter, last_used = now() from public.passkeys")
        assert row is not None
        assert tuple(row) == (told, True)
    else:
        async with world.refusal("passkey_refused", 403):
            await world.functions(None, "passkey_unlock", passkey_id=passkey, counter=told)


async def test_unknown_ones(world: World) -> None:
    device = await world.device()
    async with world.refusal("passkey_unknown", 404):
        await world.functions(None, "passkey_find", passkey_id=new_id())
    async with world.refusal("passkey_refused", 403):
        await world.functions(None, "passkey_unlock", passkey_id=new_id(), counter=1)
    passkey = await world.passkey(device)
    async with world.refusal("vault_unknown", 404):
        await world.functions(None, "passkey_unlock", passkey_id=passkey, counter=1)
