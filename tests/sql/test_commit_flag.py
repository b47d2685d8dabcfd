from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from sql_world import Device, Json, World, b64, new_id

STATE = ("group_members", "welcomes", "invites", "invite_requests", "group_infos", "group_keys", "commit_undos")
"""All that a commit may change, but for the log and the group's numbers."""


async def state(world: World) -> dict[str, list[str]]:
    rows = await world.snapshot()
    return {name: rows[f"public.{name}"] for name in STATE}


async def group_of(world: World, count: int) -> tuple[str, list[Device]]:
    devices = [await world.device() for _ in range(count)]
    return await world.group(*devices), devices


async def log(world: World, device: Device, group_id: str, since: int) -> list[Json]:
    reply = await world.call(device, "get_messages", group_id=group_id, since_seq=since)
    messages: list[Json] = reply["messages"]
    return messages


async def numbers(world: World, group_id: str) -> tuple[int, int]:
    row = await world.db.fetchrow("select epoch, seq from public.groups where id = $1", group_id)
    assert row is not None
    return row["epoch"], row["seq"]


async def test_a_void_opens_the_epoch_again(world: World) -> None:
    id_, (owner, bob) = await group_of(world, 2)
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
    id_, (owner, bob, carol) = await group_of(world, 3)
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
    id_, (owner, bob, waits, replaced, gone) = await group_of(world, 5)
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
    before = await state(world)
    await world.commit(owner, id_, added=[newcomer, gone, replaced], removed=[waits, replaced])
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
    id_, (owner, bob) = await group_of(world, 2)
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


async def test_only_what_the_newest_commit_that_counts_is(world: World) -> None:
    id_, (owner, bob) = await group_of(world, 2)
    await world.say(owner, id_)
    await world.commit(owner, id_)
    await world.commit(owner, id_)
    newcomer = await world.device()
    await world.commit(owner, id_, added=[newcomer])
    for device, seq in ((bob, 0), (bob, 1), (bob, 2), (bob, 3), (bob, 4), (bob, 6), (newcomer, 5), (newcomer, 3)):
        async with world.refusal("commit_unknown", 404):
            await world.flag(device, id_, seq)
    await world.flag(bob, id_, 5)
    async with world.refusal("commit_unknown", 404):
        await world.flag(bob, id_, 6)
    async with world.refusal("commit_unknown", 404):
        await world.flag(bob, id_, 3)
    assert await world.flag(bob, id_, 4) == {"void_seq": 7, "epoch": 2}
    assert await world.flag(bob, id_, 3) == {"void_seq": 8, "epoch": 1}


async def test_a_commit_that_was_made_before_there_were_voids_stands(world: World) -> None:
    id_, (owner, bob) = await group_of(world, 2)
    await world.commit(owner, id_)
    await world.db.execute("delete from public.commit_undos where group_id = $1", id_)
    async with world.refusal("commit_unknown", 404):
        await world.flag(bob, id_, 2)


async def confirmed_by(world: World, how: str) -> tuple[str, Device]:
    """A group in which the commit at 2 began epoch 2, and then something happened; and a member that flags it."""
    id_, (owner, bob, carol) = await group_of(world, 3)
    newcomer = await world.device()
    await world.commit(owner, id_, added=[newcomer])
    match how:
        case "the flagger acknowledged it":
            await world.call(bob, "get_messages", group_id=id_, since_seq=2)
        case "another acknowledged it":
            await world.call(carol, "get_messages", group_id=id_, since_seq=2)
        case "another wrote":
            await world.say(carol, id_)
        case "another proposed":
            await world.say(carol, id_, msg_kind="proposal")
        case "the newcomer wrote":
            await world.say(newcomer, id_)
        case "another committed and withdrew it":
            await world.commit(carol, id_)
            await world.flag(owner, id_, 3)
        case "another came back by it":
            await world.rejoin(carol, id_)
            await world.flag(owner, id_, 3)
        case "another acknowledged what came before it":
            await world.call(carol, "get_messages", group_id=id_, since_seq=1)
        case "the committer acknowledged it":
            await world.call(owner, "get_messages", group_id=id_, since_seq=2)
        case "the committer wrote":
            await world.say(owner, id_)
        case "the newcomer acknowledged it":
            await world.call(newcomer, "get_messages", group_id=id_, since_seq=2)
        case "the committer committed and another withdrew it":
            await world.commit(owner, id_)
            await world.flag(carol, id_, 3)
        case "whoever is out by now acknowledged it":
            await world.call(carol, "get_messages", group_id=id_, since_seq=2)
            await world.db.execute(
                "update public.group_members set left_seq = 2 where device_id = $1 and group_id = $2",
                carol.device_id, id_,
            )  # fmt: skip
        case _:
            raise AssertionError(how)
    return id_, bob


@pytest.mark.parametrize(
    "how",
    [
        "the flagger acknowledged it",
        "another acknowledged it",
        "another wrote",
        "another proposed",
        "the newcomer wrote",
        "another committed and withdrew it",
        "another came back by it",
    ],
)
async def test_what_confirms_a_commit(world: World, how: str) -> None:
    id_, bob = await confirmed_by(world, how)
    async with world.refusal("commit_confirmed", 409, epoch=2):
        await world.flag(bob, id_, 2)


@pytest.mark.parametrize(
    "how",
    [
        "another acknowledged what came before it",
        "the committer acknowledged it",
        "the committer wrote",
        "the newcomer acknowledged it",
        "the committer committed and another withdrew it",
        "whoever is out by now acknowledged it",
    ],
)
async def test_what_confirms_nothing(world: World, how: str) -> None:
    id_, bob = await confirmed_by(world, how)
    assert (await world.flag(bob, id_, 2))["epoch"] == 1


async def test_three_of_an_epoch(world: World) -> None:
    id_, (owner, bob, carol) = await group_of(world, 3)
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
    id_, (owner, bob, removed, revoked) = await group_of(world, 4)
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
    id_, (_, bob) = await group_of(world, 2)
    async with world.refusal("bad_request", 400):
        await world.flag(bob, id_, seq)


async def test_a_voided_commit_sent_again_gets_its_first_reply(world: World) -> None:
    id_, (owner, bob) = await group_of(world, 2)
    commit = await world.commit_of(id_)
    reply = await world.call(owner, "send_commit", **commit)
    await world.flag(bob, id_, 2)
    before = await world.snapshot()
    assert await world.call(owner, "send_commit", **commit) == reply
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await world.call(owner, "send_commit", **commit | {"mls_bytes": b"other"})


async def test_what_the_committer_sent_meanwhile_stays_and_is_answered_alike(world: World) -> None:
    id_, (owner, bob) = await group_of(world, 2)
    await world.commit(owner, id_)
    message_id = new_id()
    sent = await world.say(owner, id_, message_id=message_id, client_seq=50)
    await world.flag(bob, id_, 2)
    assert await world.say(owner, id_, message_id=message_id, client_seq=50, epoch=2) == sent
    async with world.refusal("future_epoch", 409, epoch=1):
        await world.say(owner, id_, epoch=2)
    assert [each["msg_kind"] for each in await log(world, bob, id_, 1)] == ["commit", "chat", "void"]
    assert (await world.say(owner, id_))["server_seq"] == 5


VOID: tuple[Any, ...] = ("void", 1, None, b"", 2, False)
WRONG: list[tuple[Any, ...]] = [
    ("void", 1, None, b"x", 2, False),
    ("void", 1, None, b"", None, False),
    ("void", 1, None, b"", 9, False),
    ("void", 1, 7, b"", 2, False),
    ("void", 1, None, b"", 2, True),
    ("chat", 1, 7, b"", None, False),
    ("chat", 1, 7, b"x", 2, False),
    ("chat", 1, 7, b"x", None, True),
    ("commit", 1, None, b"x", 2, False),
    ("commit", 1, None, b"x", None, False),
]


async def test_the_table_holds_the_rules_as_well(world: World) -> None:
    """Whatever the functions do: the log has a commit at 2 that counts, and 3 is free."""
    id_, (owner, _) = await group_of(world, 2)
    await world.commit(owner, id_)

    async def insert(values: Sequence[Any], seq: int = 3) -> None:
        async with world.db.transaction():
            await world.db.execute(
                """insert into public.messages (group_id, server_seq, user_id, device_id, message_id,
                   msg_kind, epoch, client_seq, mls_bytes, voids, voided)
                   values ($1, $2, $3, $4, gen_random_uuid(), $5, $6, $7, $8, $9, $10)""",
                id_, seq, owner.user_id, owner.device_id, *values,
            )  # fmt: skip

    for values in WRONG:
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
            await insert(values)
    await insert(VOID)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(VOID, 4)
