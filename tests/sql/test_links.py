from typing import Any

import pytest

from sql_world import World, b64

CODE = "0123456789ABCDEFGHJK"


async def test_an_offer_and_its_answer(world: World) -> None:
    device = await world.device()
    assert await world.call(None, "link_offer", code=CODE, offer=b"offer") == {}
    assert await world.call(device, "link_look", code=CODE) == {"offer": b64(b"offer")}
    assert await world.call(None, "link_poll", code=CODE) == {"sealed": None}
    assert await world.call(device, "link_answer", code=CODE, sealed=b"sealed") == {}
    assert await world.call(None, "link_poll", code=CODE) == {"sealed": b64(b"sealed")}


async def test_each_is_left_once(world: World) -> None:
    device, other = await world.device(), await world.device()
    await world.call(None, "link_offer", code=CODE, offer=b"offer")
    await world.call(device, "link_answer", code=CODE, sealed=b"sealed")
    before = await world.snapshot()
    await world.call(None, "link_offer", code=CODE, offer=b"offer")
    await world.call(other, "link_answer", code=CODE, sealed=b"sealed")
    assert await world.snapshot() == before
    async with world.refusal("link_taken", 409):
        await world.call(None, "link_offer", code=CODE, offer=b"other")
    async with world.refusal("link_taken", 409):
        await world.call(other, "link_answer", code=CODE, sealed=b"other")


async def test_an_old_one_is_gone(world: World) -> None:
    device = await world.device()
    await world.call(None, "link_offer", code=CODE, offer=b"offer")
    lifetime = "select extract(epoch from expires_at - now())::int from public.links"
    assert await world.db.fetchval(lifetime) == 900
    await world.db.execute("update public.links set expires_at = now()")
    for caller, name, more in (
        (device, "link_look", {}),
        (device, "link_answer", {"sealed": b"s"}),
        (None, "link_poll", {}),
    ):
        async with world.refusal("link_unknown", 404):
            await world.call(caller, name, code=CODE, **more)
    await world.call(None, "link_offer", code=CODE[::-1], offer=b"offer")
    assert await world.db.fetchval("select count(*) from public.links") == 1
    await world.call(None, "link_offer", code=CODE, offer=b"another")


@pytest.mark.parametrize(
    "bad",
    [{"code": bad} for bad in (None, "", CODE[1:], CODE + "0", CODE.lower(), "I" * 20, CODE + "\n")]
    + [{"offer": bad} for bad in (None, b"", bytes(16385))],
)
async def test_bounds_of_an_offer(world: World, bad: dict[str, Any]) -> None:
    async with world.refusal("bad_request", 400):
        await world.call(None, "link_offer", **{"code": CODE, "offer": b"offer"} | bad)


@pytest.mark.parametrize("bad", [None, b"", bytes(16385)])
async def test_bounds_of_an_answer(world: World, bad: Any) -> None:
    device = await world.device()
    await world.call(None, "link_offer", code=CODE, offer=bytes(16384))
    async with world.refusal("bad_request", 400):
        await world.call(device, "link_answer", code=CODE, sealed=bad)
    assert await world.call(device, "link_answer", code=CODE, sealed=bytes(16384)) == {}
