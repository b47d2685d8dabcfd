import pytest

from sql_world import World, new_id


async def test_one_device_at_a_time(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    request = await world.join(await world.device(), await world.invite(owner, id_))
    now = await world.db.fetchval("select private.ms(now())")
    reply = {"request_id": request, "claim_expires_at": now + 120_000}
    assert await world.call(owner, "invite_claim", request_id=request) == reply
    async with world.refusal("claim_taken", 409):
        await world.call(member, "invite_claim", request_id=request)
    assert await world.call(owner, "invite_claim", request_id=request) == reply


async def test_a_stale_claim_is_free(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    request = await world.join(await world.device(), await world.invite(owner, id_))
    await world.call(owner, "invite_claim", request_id=request)
    await world.db.execute("update public.invite_requests set claimed_at = now() - interval '2 minutes'")
    assert await world.call(member, "invite_claim", request_id=request)
    async with world.refusal("claim_taken", 409):
        await world.call(owner, "invite_claim", request_id=request)


async def test_only_members_claim(world: World) -> None:
    owner, removed, joiner = await world.device(), await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    request = await world.join(joiner, await world.invite(owner, id_))
    for caller in (removed, joiner, await world.device()):
        async with world.refusal("not_a_member", 403):
            await world.call(caller, "invite_claim", request_id=request)


async def test_an_unknown_request(world: World) -> None:
    caller = await world.device()
    async with world.refusal("request_unknown", 404):
        await world.call(caller, "invite_claim", request_id=new_id())


@pytest.mark.parametrize(
    ("table", "change", "state"),
    [
        ("invites", "expires_at = now()", "expired"),
        ("invites", "revoked_at = now()", "expired"),
        ("invite_requests", "state = 'refused', reason = 'no'", "refused"),
        ("invite_requests", "state = 'complete', server_seq = 1", "complete"),
    ],
)
async def test_a_closed_request(world: World, table: str, change: str, state: str) -> None:
    owner = await world.device()
    request = await world.join(await world.device(), await world.invite(owner, await world.group(owner)))
    await world.db.execute(f"update public.{table} set {change}")
    async with world.refusal("request_closed", 409, state=state):
        await world.call(owner, "invite_claim", request_id=request)
