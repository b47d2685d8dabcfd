from typing import Any

import pytest

from sql_world import Invite, World, new_id


async def test_a_request_takes_a_use_and_rings(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    id_ = await world.group(owner)
    invite = await world.invite(owner, id_, max_uses=2)
    await world.bells()
    request = await world.join(joiner, invite)
    assert await world.db.fetchval("select uses from public.invites") == 1
    assert await world.bells() == [{"kind": "invite", "group_id": id_}]
    reply = await world.call(joiner, "invite_poll", request_id=request)
    assert reply["state"] == "kp_submitted"


async def test_the_same_key_package_again_is_the_same_request(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    invite = await world.invite(owner, await world.group(owner))
    request = await world.join(joiner, invite)
    before = await world.snapshot()
    assert await world.join(joiner, invite) == request
    assert await world.snapshot() == before


async def test_another_key_package_is_refused(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    invite = await world.invite(owner, await world.group(owner), max_uses=2)
    await world.join(joiner, invite)
    async with world.refusal("key_package_conflict", 409):
        await world.join(joiner, invite, key_package=b"other")


async def test_two_joiners_race_one_use(world: World) -> None:
    owner = await world.device()
    invite = await world.invite(owner, await world.group(owner))
    await world.join(await world.device(), invite)
    second = await world.device()
    async with world.refusal("invite_used", 410):
        await world.join(second, invite)


async def test_the_access_key_must_be_the_invites(world: World) -> None:
    owner, joiner = await world.device(), await world.device()
    invite = await world.invite(owner, await world.group(owner))
    async with world.refusal("invite_access_denied", 403):
        await world.join(joiner, invite, access_key=b"guess")


@pytest.mark.parametrize(
    ("change", "code"), [("revoked_at = now()", "invite_revoked"), ("expires_at = now()", "invite_expired")]
)
async def test_a_dead_invite(world: World, change: str, code: str) -> None:
    owner, early = await world.device(), await world.device()
    invite = await world.invite(owner, await world.group(owner), max_uses=5)
    request = await world.join(early, invite)
    await world.db.execute(f"update public.invites set {change}")
    late = await world.device()
    async with world.refusal(code, 410):
        await world.join(late, invite)
    assert await world.join(early, invite) == request
    assert (await world.call(early, "invite_poll", request_id=request))["state"] == "expired"


async def test_members_do_not_join(world: World) -> None:
    owner = await world.device()
    invite = await world.invite(owner, await world.group(owner))
    async with world.refusal("already_member", 409):
        await world.join(owner, invite)


async def test_an_unknown_invite(world: World) -> None:
    joiner = await world.device()
    async with world.refusal("invite_unknown", 404):
        await world.join(joiner, Invite(new_id(), b"x"))


BAD = [
    {"access_key": b""},
    {"access_key": bytes(65)},
    {"key_package": b""},
    {"key_package": bytes(16385)},
    {"mac": b""},
    {"mac": bytes(65)},
    {"sealed_profile": b""},
    {"sealed_profile": bytes(4097)},
    {"sealed_profile": None},
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(next(iter(bad))))
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner, joiner = await world.device(), await world.device()
    invite = await world.invite(owner, await world.group(owner))
    async with world.refusal("bad_request", 400):
        await world.join(joiner, invite, **bad)
