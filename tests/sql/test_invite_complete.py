from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from sql_world import Device, Invite, World, b64, new_id


@dataclass
class Admission:
    world: World
    owner: Device
    member: Device
    joiner: Device
    group_id: str
    invite: Invite
    request: str

    async def commit(self, **changes: Any) -> dict[str, Any]:
        return await self.world.commit_of(self.group_id, **{"added": [self.joiner], **changes})

    async def complete(self, caller: Device | None = None, **arguments: Any) -> Any:
        return await self.world.call(caller or self.owner, "invite_complete", request_id=self.request, **arguments)

    async def claim(self, caller: Device | None = None) -> None:
        await self.world.call(caller or self.owner, "invite_claim", request_id=self.request)

    async def poll(self) -> Any:
        return await self.world.call(self.joiner, "invite_poll", request_id=self.request)


@pytest_asyncio.fixture
async def admission(world: World) -> Admission:
    owner, member, joiner = [await world.device() for _ in range(3)]
    group_id = await world.group(owner, member)
    invite = await world.invite(owner, group_id)
    request = await world.join(joiner, invite)
    await world.bells()
    return Admission(world, owner, member, joiner, group_id, invite, request)


async def test_a_commit_admits_the_joiner(world: World, admission: Admission) -> None:
    await admission.claim()
    assert await admission.complete(**await admission.commit()) == {"server_seq": 2, "epoch": 2}
    assert await admission.poll() == {
        "request_id": admission.request,
        "state": "complete",
        "reason": None,
        "group_id": admission.group_id,
        "joined_seq": 2,
        "welcome": b64(b"welcome " + admission.joiner.device_id.encode()),
        "mac": b64(b"mac"),
        "admitted_by": admission.owner.user_id,
    }
    welcome = {"device_id": admission.joiner.device_id, "request_id": admission.request, "group_id": admission.group_id}
    assert await world.bells() == [
        {"kind": "members", "group_id": admission.group_id, "removed": [], "added": [admission.joiner.device_id]},
        {"kind": "welcome", **welcome},
        {"kind": "messages", "group_id": admission.group_id, "head_seq": 2},
    ]


async def test_the_same_commit_again_gets_the_same_reply(world: World, admission: Admission) -> None:
    await admission.claim()
    commit = await admission.commit()
    reply = await admission.complete(**commit)
    await world.commit(admission.member, admission.group_id)
    before = await world.snapshot()
    assert await admission.complete(**commit) == reply
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await admission.complete(**commit | {"mls_bytes": b"other"})
    async with world.refusal("request_closed", 409, state="complete"):
        await admission.complete(**commit | {"message_id": new_id()})
    async with world.refusal("request_closed", 409, state="complete"):
        await admission.complete(refusal="too late")


async def test_its_commit_brings_the_group_info(world: World, admission: Admission) -> None:
    await admission.claim()
    await admission.complete(**await admission.commit(group_info=b"info"))
    stored = await world.db.fetch("select group_id::text, epoch, group_info from public.group_infos")
    assert [tuple(row) for row in stored] == [(admission.group_id, 2, b"info")]


async def test_a_refusal_gives_the_use_back(world: World, admission: Admission) -> None:
    await admission.claim()
    assert await admission.complete(refusal="no") == {"server_seq": None, "epoch": None}
    reply = await admission.poll()
    assert (reply["state"], reply["reason"], reply["welcome"]) == ("refused", "no", None)
    assert await world.db.fetchval("select uses from public.invites") == 0
    welcome = {"device_id": admission.joiner.device_id, "request_id": admission.request, "group_id": admission.group_id}
    assert await world.bells() == [{"kind": "welcome", **welcome}]
    before = await world.snapshot()
    assert await admission.complete(refusal="no") == {"server_seq": None, "epoch": None}
    assert await world.snapshot() == before
    async with world.refusal("request_closed", 409, state="refused"):
        await admission.complete(refusal="another reason")
    async with world.refusal("request_closed", 409, state="refused"):
        await admission.complete(**await admission.commit())


async def test_only_the_holder_of_the_claim(world: World, admission: Admission) -> None:
    commit = await admission.commit()
    for arguments in (commit, {"refusal": "no"}):
        async with world.refusal("claim_missing", 409):
            await admission.complete(**arguments)
    await admission.claim(admission.member)
    for arguments in (commit, {"refusal": "no"}):
        async with world.refusal("claim_taken", 409):
            await admission.complete(**arguments)
    await world.db.execute("update public.invite_requests set claimed_at = now() - interval '3 minutes'")
    async with world.refusal("claim_missing", 409):
        await admission.complete(**commit)
    assert await admission.complete(admission.member, **commit) == {"server_seq": 2, "epoch": 2}


async def test_only_members(world: World, admission: Admission) -> None:
    stranger = await world.device()
    await admission.claim()
    await world.commit(admission.member, admission.group_id, removed=[admission.owner])
    for caller in (admission.owner, admission.joiner, stranger):
        async with world.refusal("not_a_member", 403):
            await admission.complete(caller, **await admission.commit())


async def test_a_lost_race_for_the_epoch_leaves_the_request_open(world: World, admission: Admission) -> None:
    await admission.claim()
    commit = await admission.commit()
    await world.commit(admission.member, admission.group_id)
    async with world.refusal("stale_epoch", 409, epoch=2):
        await admission.complete(**commit)
    assert await admission.complete(**await admission.commit()) == {"server_seq": 3, "epoch": 3}


async def test_the_commit_must_add_exactly_the_joiner(world: World, admission: Admission) -> None:
    other = await world.device()
    await admission.claim()
    for added in ([], [other], [admission.joiner, other]):
        async with world.refusal("commit_mismatch", 400):
            await admission.complete(**await admission.commit(added=added))
    wrong_user = await admission.commit() | {"added": [{**admission.joiner.added, "user_id": other.user_id}]}
    async with world.refusal("commit_mismatch", 400):
        await admission.complete(**wrong_user)
    async with world.refusal("commit_mismatch", 400):
        await admission.complete(**await admission.commit() | {"welcomes": []})


async def test_the_commit_must_be_for_the_requests_group(world: World, admission: Admission) -> None:
    await admission.claim()
    elsewhere = await world.group(admission.owner)
    async with world.refusal("commit_mismatch", 400):
        await admission.complete(**await world.commit_of(elsewhere, added=[admission.joiner]))


@pytest.mark.parametrize("change", ["expires_at = now()", "revoked_at = now()"])
async def test_a_dead_invite_admits_nobody(world: World, admission: Admission, change: str) -> None:
    await admission.claim()
    await world.db.execute(f"update public.invites set {change}")
    async with world.refusal("request_closed", 409, state="expired"):
        await admission.complete(**await admission.commit())


async def test_either_a_commit_or_a_refusal(world: World, admission: Admission) -> None:
    await admission.claim()
    for arguments in ({}, {**await admission.commit(), "refusal": "no"}, {"refusal": ""}, {"refusal": "x" * 201}):
        async with world.refusal("bad_request", 400):
            await admission.complete(**arguments)


async def test_an_unknown_request(world: World) -> None:
    caller = await world.device()
    async with world.refusal("request_unknown", 404):
        await world.call(caller, "invite_complete", request_id=new_id(), refusal="no")
