from typing import Any

import pytest

from sql_world import Device, Json, World, b64, code

SIGNATURE = b"s" * 64


async def put(world: World, device: Device, generation: int, vault: bytes = b"vault", **more: Any) -> Json:
    arguments = {"generation": generation, "sealed_vault": vault, "signature": SIGNATURE, **more}
    reply: Json = await world.functions(device, "vault_put", **arguments)
    return reply


async def stored(world: World) -> list[tuple[Any, ...]]:
    rows = await world.db.fetch("select user_id, generation, sealed_vault, signature from public.vaults")
    return [tuple(row) for row in rows]


async def test_one_generation_follows_another(world: World) -> None:
    first, other = await world.device(), await world.device()
    second = await world.device(first.user_id)
    assert await put(world, first, 1) == {}
    assert await put(world, other, 1) == {}
    assert await put(world, second, 2, b"next") == {}
    rows = {(first.user_id, 2, b"next", SIGNATURE), (other.user_id, 1, b"vault", SIGNATURE)}
    assert set(await stored(world)) == rows


async def test_the_same_again_is_fine_and_nothing_else(world: World) -> None:
    device = await world.device()
    for generation in (0, 2):
        async with world.refusal("vault_conflict", 409, generation=0):
            await put(world, device, generation)
    await put(world, device, 1)
    await put(world, device, 2, code=code())
    before = await world.snapshot()
    assert await put(world, device, 2, code=code()) == {}
    assert await world.snapshot() == before
    for generation, change in ((1, {}), (2, {"vault": b"other"}), (2, {"signature": bytes(64)}), (4, {})):
        async with world.refusal("vault_conflict", 409, generation=2):
            await put(world, device, generation, **change)


async def test_a_code_stays_until_another_takes_its_place(world: World) -> None:
    device = await world.device()
    look = "select locator_hash, tries, made_at = now() from public.recovery_codes"
    await put(world, device, 1, code=code())
    await world.db.execute("update public.recovery_codes set made_at = '2026-01-01', tries = 3")
    await put(world, device, 2)
    assert [tuple(row)[1:] for row in await world.db.fetch(look)] == [(3, False)]
    await put(world, device, 3, code=code(b"another"))
    assert [tuple(row)[1:] for row in await world.db.fetch(look)] == [(0, True)]
    async with world.refusal("code_unknown", 404):
        await world.call(None, "code_open", locator=b"locator")
    assert await world.call(None, "code_open", locator=b"another")


async def test_two_accounts_have_no_code_in_common(world: World) -> None:
    device, other = await world.device(), await world.device()
    await put(world, device, 1, code=code())
    async with world.refusal("bad_request", 400):
        await put(world, other, 1, code=code())


@pytest.mark.parametrize("bad", [None, b"", bytes(16385)])
async def test_sizes_are_the_tables_last_word(world: World, bad: Any) -> None:
    device = await world.device()
    with pytest.raises(Exception, match=r"null value|check constraint"):
        await put(world, device, 1, bad)
    assert await put(world, device, 1, bytes(16384), code=code(sealed_root=b64(bytes(256)))) == {}
