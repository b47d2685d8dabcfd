import pytest

from sql_world import World, b64, new_id


async def test_whoever_has_the_id_sees_the_sealed_part(world: World) -> None:
    owner = await world.device()
    invite = await world.invite(owner, await world.group(owner))
    expires = await world.db.fetchval("select private.ms(expires_at) from public.invites")
    reply = {
        "invite_id": invite.invite_id,
        "status": "active",
        "sealed_info": b64(b"sealed info"),
        "expires_at": expires,
    }
    assert await world.call(None, "invite_info", invite_id=invite.invite_id) == reply
    assert await world.call(await world.device(), "invite_info", invite_id=invite.invite_id) == reply


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ("uses = max_uses", "used"),
        ("expires_at = now()", "expired"),
        ("expires_at = now() + interval '1 second'", "active"),
        ("expires_at = now(), uses = max_uses", "expired"),
        ("revoked_at = now(), expires_at = now()", "revoked"),
    ],
)
async def test_status_by_the_servers_clock(world: World, change: str, status: str) -> None:
    owner = await world.device()
    invite = await world.invite(owner, await world.group(owner))
    await world.db.execute(f"update public.invites set {change}")
    assert (await world.call(None, "invite_info", invite_id=invite.invite_id))["status"] == status


async def test_an_unknown_id(world: World) -> None:
    for id_ in (new_id(), None):
        async with world.refusal("invite_unknown", 404):
            await world.call(None, "invite_info", invite_id=id_)
