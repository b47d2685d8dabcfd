from sql_world import World, b64, code

AGES = "update public.devices set created_at = '2026-01-01', last_seen = '2026-01-02' where device_id = $1"


async def test_devices_passkeys_vault_and_code(world: World) -> None:
    first = await world.device()
    lost = await world.device(first.user_id)
    stranger = await world.device()
    await world.db.execute(AGES, lost.device_id)
    await world.db.execute("update public.devices set revoked_at = '2026-01-03' where device_id = $1", lost.device_id)
    await world.passkey(first, passkey_id="pass-key_1")
    await world.passkey(stranger)
    await world.functions(first, "vault_put", generation=1, sealed_vault=b"v", signature=bytes(64), code=code())
    reply = await world.call(first, "device_list")
    now = await world.db.fetchval("select private.ms(now())")
    assert reply == {
        "devices": [
            {
                "device_id": lost.device_id,
                "created_at": 1_767_225_600_000,
                "last_seen": 1_767_312_000_000,
                "revoked_at": 1_767_398_400_000,
                "sealed_name": "",
            },
            {
                "device_id": first.device_id,
                "created_at": now,
                "last_seen": now,
                "revoked_at": 0,
                "sealed_name": "",
            },
        ],
        "passkeys": [
            {"passkey_id": "pass-key_1", "created_at": now, "last_used": 0, "sealed_name": b64(b"sealed name")}
        ],
        "vault_generation": 1,
        "code_made_at": now,
    }


async def test_an_account_with_nothing_else(world: World) -> None:
    reply = await world.call(await world.device(), "device_list")
    assert (reply["passkeys"], reply["vault_generation"], reply["code_made_at"]) == ([], 0, 0)


async def test_rename(world: World) -> None:
    first, other = await world.device(), await world.device()
    second = await world.device(first.user_id)
    assert await world.call(first, "device_rename", device_id=second.device_id, sealed_name=b"new") == {}
    names = {each["device_id"]: each["sealed_name"] for each in (await world.call(second, "device_list"))["devices"]}
    assert names == {first.device_id: "", second.device_id: b64(b"new")}
    async with world.refusal("device_missing", 404):
        await world.call(first, "device_rename", device_id=other.device_id, sealed_name=b"new")
    for bad in (None, bytes(513)):
        async with world.refusal("bad_request", 400):
            await world.call(first, "device_rename", device_id=second.device_id, sealed_name=bad)
