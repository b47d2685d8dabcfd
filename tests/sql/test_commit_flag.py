from typing import Any

import pytest

from sql_world import Device, Json, World, b64, new_id, sealed_key

STATE = (
    "group_members", "welcomes", "invites", "invite_requests",
    "group_infos", "group_keys", "group_key_wraps", "commit_undos",
)  # fmt: skip
"""All that a commit may change, but for the log and the group's numbers."""


async def state(world: World) -> dict[str, list[str]]:
    rows = await world.snapshot()
    return {name: rows[f"public.{name}"] for name in STATE}


async def log(world: World, device: Device, group_id: str, since: int) -> list[Json]:
    reply = await world.call(device, "get_messages", group_id=group_id, since_seq=since)
    messages: list[Json] = reply["messages"]
    return messages


async def numbers(world: World, group_id: str) -> tuple[int, int]:
    row = await world.db.fetchrow("select epoch, seq from public.groups where id = $1", group_id)
    assert row is not None
    return row["epoch"], row["seq"]


async def test_a_void_opens_the_epoch_again(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    await world.commit(owner, id_)
    before = await log(world, bob, id_, 1)
    await world.bells()
    assert await world.flag(bob, id_, 2) == {"void_seq": 3, "epoch": 1}
    assert await numbers(world, id_) == (1, 3)
    commit, void = await log(world, bob, id_, 1)
    assert [commit] == before
    assert void.pop("server_time") >= commit["server_time"]
    assert void.pop("message_id") != commit["message_id"]
    assert void == {
        "server_seq": 3,
        "msg_kind": "void",
        "epoch": 1,
        "user_id": bob.user_id,
        "device_id": bob.device_id,
        "mls_bytes": "",
        "voids": 2,
    }
    assert await world.bells() == [{"kind": "messages", "group_id": id_, "head_seq": 3}]
    assert await world.commit(owner, id_) == {"server_seq": 4, "epoch": 2}


async def test_the_same_flag_again_changes_nothing(world: World) -> None:
    id_, (owner, bob, carol) = await world.group_of(3)
    await world.commit(owner, id_)
    reply = await world.flag(bob, id_, 2)
    await world.commit(carol, id_)
    await world.commit(carol, id_)
    before = await world.snapshot()
    await world.bells()
    for device in (bob, carol, owner):
        assert await world.flag(device, id_, 2) == reply
    assert await world.snapshot() == before
    assert await world.bells() == []


async def test_everything_is_as_before_the_commit(world: World) -> None:
    """One commit adds a newcomer and an ex-member, replaces a leaf and removes a device whose Welcome still waits."""
    id_, (owner, bob, waits, replaced, gone) = await world.group_of(5)
    newcomer = await world.device()
    await world.call(replaced, "group_join", group_id=id_)
    await world.commit(owner, id_, removed=[gone])
    await world.db.execute(
        """update public.group_members set joined_at = '2026-01-02 03:04:05.678901+00',
           confirmed_at = '2026-02-03 04:05:06.789012+00', role = 'admin' where device_id = any ($1)""",
        [replaced.device_id, gone.device_id],
    )
    await world.db.execute("update public.welcomes set created_at = '2026-01-02 03:04:05.678901+00'")
    await world.call(owner, "group_info_put", group_id=id_, epoch=2, group_info=b"info")
    await world.call(bob, "group_key_put", group_id=id_, sealed_key=b"own")
    before = await state(world)
    keys = [sealed_key(each) for each in (owner, bob, newcomer)]
    await world.commit(owner, id_, added=[newcomer, gone, replaced], removed=[waits, replaced], keys=keys)
    await world.call(newcomer, "group_join", group_id=id_)
    await world.bells()
    assert await world.flag(bob, id_, 3) == {"void_seq": 4, "epoch": 2}
    assert await state(world) == before
    ids = [each.device_id for each in (newcomer, gone, replaced)]
    assert await world.bells() == [
        {"kind": "members", "group_id": id_, "removed": ids, "added": [waits.device_id, replaced.device_id]},
        {"kind": "messages", "group_id": id_, "head_seq": 4},
    ]
    waiting = await world.call(waits, "invite_poll", request_id=id_)
    assert waiting["welcome"] == b64(b"welcome " + waits.device_id.encode())


async def test_the_joiners_request_is_gone_and_its_use_given_back(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    joiner, other = await world.device(), await world.device()
    invite = await world.invite(owner, id_, max_uses=2)
    await world.join(other, invite)
    before = await state(world)
    request = await world.join(joiner, invite)
    await world.call(owner, "invite_claim", request_id=request)
    commit = await world.commit_of(id_, added=[joiner])
    await world.call(owner, "invite_complete", request_id=request, **commit)
    await world.bells()
    await world.flag(bob, id_, 2)
    assert await state(world) == before
    assert await world.bells() == [
        {"kind": "members", "group_id": id_, "removed": [joiner.device_id], "added": []},
        {"kind": "welcome", "device_id": joiner.device_id, "request_id": request, "group_id": id_},
        {"kind": "messages", "group_id": id_, "head_seq": 3},
    ]
    assert await world.join(joiner, invite, key_package=b"another") != request


async def test_another_group_of_the_same_devices_stays_as_it_is(world: World) -> None:
    """Two groups with the same history; the commit at 2 of one of them is withdrawn."""
    id_, (owner, bob, gone) = await world.group_of(3)
    other, joiner = await world.group(owner, bob, gone), await world.device()
    for group in (id_, other):
        invite = await world.invite(owner, group)
        request = await world.join(joiner, invite)
        await world.call(owner, "invite_claim", request_id=request)
        commit = await world.commit_of(group, added=[joiner], removed=[gone], group_info=b"info")
        await world.call(owner, "invite_complete", request_id=request, **commit)

    async def rows(group: str) -> list[str]:
        return [row for table in (await world.snapshot()).values() for row in table if group in row]

    before = await rows(other)
    await world.flag(bob, id_, 2)
    assert await rows(other) == before
    assert await world.call(joiner, "group_join", group_id=other) == {"group_id": other, "joined_seq": 2, "epoch": 2}
    assert await world.flag(bob, other, 2) == {"void_seq": 3, "epoch": 1}


async def test_its_group_info_is_not_that_of_the_next_commit(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    await world.commit(owner, id_, group_info=b"of the bad one")
    await world.flag(bob, id_, 2)
    await world.commit(owner, id_)
    assert (await world.call(bob, "group_info_get", group_id=id_))["group_info"] is None


async def test_only_a_commit_that_counts(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    await world.say(owner, id_)
    await world.commit(owner, id_)
    await world.commit(owner, id_)
    newcomer = await world.device()
    await world.commit(owner, id_, added=[newcomer])
    for device, seq in ((bob, 0), (bob, 1), (bob, 2), (bob, 6), (newcomer, 5), (newcomer, 3)):
        async with world.refusal("commit_unknown", 404):
            await world.flag(device, id_, seq)
    await world.flag(bob, id_, 5)
    async with world.refusal("commit_unknown", 404):
        await world.flag(bob, id_, 6)
    assert await world.flag(bob, id_, 4) == {"void_seq": 7, "epoch": 2}
    assert await world.flag(bob, id_, 3) == {"void_seq": 8, "epoch": 1}


async def test_what_is_on_top_of_a_commit_goes_with_it(world: World) -> None:
    """The newest is undone first: whom one commit adds and the next removes is a stranger again."""
    id_, (owner, bob, gone) = await world.group_of(3)
    newcomer, joiner = await world.device(), await world.device()
    invite = await world.invite(owner, id_)
    before = await state(world)
    await world.commit(owner, id_, added=[newcomer], removed=[gone], keys=[sealed_key(bob)])
    await world.commit(owner, id_, removed=[newcomer], added=[gone], group_info=b"info", keys=[sealed_key(gone)])
    request = await world.join(joiner, invite)
    await world.call(owner, "invite_claim", request_id=request)
    await world.call(owner, "invite_complete", request_id=request, **await world.commit_of(id_, added=[joiner]))
    assert await world.flag(bob, id_, 2) == {"void_seq": 5, "epoch": 1}
    assert await state(world) == before
    for seq in (3, 4):
        async with world.refusal("commit_unknown", 404):
            await world.flag(bob, id_, seq)
    assert await world.commit(owner, id_) == {"server_seq": 6, "epoch": 2}


async def test_a_commit_that_was_made_before_there_were_voids_stands(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    await world.commit(owner, id_)
    await world.db.execute("delete from public.commit_undos where group_id = $1", id_)
    async with world.refusal("commit_unknown", 404):
        await world.flag(bob, id_, 2)


async def test_three_of_an_epoch(world: World) -> None:
    id_, (owner, bob, carol) = await world.group_of(3)
    second = await world.device(bob.user_id)
    await world.commit(owner, id_, added=[second])
    for seq in (3, 5, 7):
        await world.commit(owner, id_)
        await world.flag(bob, id_, seq)
    await world.commit(owner, id_)
    async with world.refusal("flag_limit", 409):
        await world.flag(bob, id_, 9)
    assert await world.flag(second, id_, 9) == {"void_seq": 10, "epoch": 2}
    await world.commit(owner, id_)
    assert await world.flag(carol, id_, 11) == {"void_seq": 12, "epoch": 2}
    await world.commit(carol, id_)
    await world.commit(owner, id_)
    assert await world.flag(bob, id_, 14) == {"void_seq": 15, "epoch": 3}


async def test_only_live_members_flag(world: World) -> None:
    id_, (owner, bob, removed, revoked) = await world.group_of(4)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(bob.user_id)):
        async with world.refusal("not_a_member", 403):
            await world.flag(caller, id_, 2)
    async with world.refusal("not_a_member", 403):
        await world.flag(bob, new_id(), 2)
    await world.revoke(revoked)
    async with world.refusal("device_revoked", 401):
        await world.flag(revoked, id_, 2)
    async with world.refusal("unauthenticated", 401):
        await world.call({"sub": bob.user_id}, "commit_flag", group_id=id_, server_seq=2)


@pytest.mark.parametrize("seq", [None, -1])
async def test_bounds(world: World, seq: Any) -> None:
    id_, (_, bob) = await world.group_of(2)
    async with world.refusal("bad_request", 400):
        await world.flag(bob, id_, seq)


async def test_a_voided_commit_sent_again_gets_its_first_reply(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    commit = await world.commit_of(id_)
    reply = await world.call(owner, "send_commit", **commit)
    await world.flag(bob, id_, 2)
    before = await world.snapshot()
    assert await world.call(owner, "send_commit", **commit) == reply
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await world.call(owner, "send_commit", **commit | {"mls_bytes": b"other"})


async def test_what_the_committer_sent_meanwhile_stays_and_is_answered_alike(world: World) -> None:
    id_, (owner, bob) = await world.group_of(2)
    await world.commit(owner, id_)
    message_id = new_id()
    sent = await world.say(owner, id_, message_id=message_id, client_seq=50)
    await world.flag(bob, id_, 2)
    assert await world.say(owner, id_, message_id=message_id, client_seq=50, epoch=2) == sent
    async with world.refusal("future_epoch", 409, epoch=1):
        await world.say(owner, id_, epoch=2)
    assert [each["msg_kind"] for each in await log(world, bob, id_, 1)] == ["commit", "chat", "void"]
    assert (await world.say(owner, id_))["server_seq"] == 5
