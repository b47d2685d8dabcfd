import asyncio
import json
import os
from typing import Any

import asyncpg
import pytest

from sql_world import World, b64, new_id, sealed_key
from stack.postgres import Postgres


async def members(world: World, group_id: str) -> dict[str, tuple[Any, ...]]:
    rows = await world.db.fetch(
        "select device_id::text, role, joined_seq, left_seq, acked_seq from public.group_members where group_id = $1",
        group_id,
    )
    return {row[0]: tuple(row)[1:] for row in rows}


async def test_a_commit_raises_the_epoch_and_changes_members(world: World) -> None:
    owner, first, second = [await world.device() for _ in range(3)]
    id_ = await world.group(owner)
    await world.bells()
    assert await world.commit(owner, id_, added=[first, second]) == {"server_seq": 1, "epoch": 1}
    assert await world.commit(first, id_, removed=[second]) == {"server_seq": 2, "epoch": 2}
    assert await members(world, id_) == {
        owner.device_id: ("owner", 0, None, 0),
        first.device_id: ("member", 1, None, 1),
        second.device_id: ("member", 1, 2, 1),
    }
    stored = (await world.call(owner, "get_messages", group_id=id_, since_seq=0))["messages"]
    assert [(each["msg_kind"], each["epoch"], each["user_id"]) for each in stored] == [
        ("commit", 0, owner.user_id),
        ("commit", 1, first.user_id),
    ]
    assert stored[0]["added"] == [first.added, second.added]
    assert stored[1]["removed"] == [second.device_id]
    assert "removed" not in stored[0]
    assert "added" not in stored[1]
    welcomes = [
        {"kind": "welcome", "device_id": each.device_id, "request_id": id_, "group_id": id_} for each in (first, second)
    ]
    assert await world.bells() == [
        {"kind": "members", "group_id": id_, "removed": [], "added": [first.device_id, second.device_id]},
        *welcomes,
        {"kind": "messages", "group_id": id_, "head_seq": 1},
        {"kind": "members", "group_id": id_, "removed": [second.device_id], "added": []},
        {"kind": "messages", "group_id": id_, "head_seq": 2},
    ]


async def test_a_commit_without_changes_rings_for_messages_only(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.bells()
    await world.commit(owner, id_)
    assert [bell["kind"] for bell in await world.bells()] == ["messages"]


async def test_commits_and_messages_share_one_numbering(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.say(owner, id_)
    assert await world.commit(owner, id_) == {"server_seq": 2, "epoch": 1}
    assert (await world.say(owner, id_))["server_seq"] == 3


async def test_the_same_commit_again_gets_the_same_reply(world: World) -> None:
    owner, added = await world.device(), await world.device()
    id_ = await world.group(owner)
    commit = await world.commit_of(id_, added=[added])
    reply = await world.call(owner, "send_commit", **commit)
    await world.commit(owner, id_)
    before = await world.snapshot()
    assert await world.call(owner, "send_commit", **commit) == reply == {"server_seq": 1, "epoch": 1}
    assert await world.snapshot() == before
    async with world.refusal("message_id_conflict", 409):
        await world.call(owner, "send_commit", **commit | {"mls_bytes": b"other"})


async def test_a_messages_id_is_not_a_commits(world: World) -> None:
    owner, message_id = await world.device(), new_id()
    id_ = await world.group(owner)
    await world.say(owner, id_, message_id=message_id)
    async with world.refusal("message_id_conflict", 409):
        await world.commit(owner, id_, message_id=message_id, mls_bytes=b"chat")


async def test_one_commit_an_epoch(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    async with world.refusal("stale_epoch", 409, epoch=1):
        await world.commit(member, id_, epoch=0)
    async with world.refusal("future_epoch", 409, epoch=1):
        await world.commit(member, id_, epoch=2)


async def test_only_members_commit(world: World) -> None:
    owner, removed = await world.device(), await world.device()
    id_ = await world.group(owner, removed)
    await world.commit(owner, id_, removed=[removed])
    for caller in (removed, await world.device(), await world.device(owner.user_id)):
        async with world.refusal("not_a_member", 403):
            await world.commit(caller, id_)
    async with world.refusal("not_a_member", 403):
        await world.commit(owner, new_id(), epoch=0)


async def test_a_device_that_left_is_added_again_as_new(world: World) -> None:
    owner, device = await world.device(), await world.device()
    id_ = await world.group(owner, device)
    await world.commit(owner, id_, removed=[device])
    await world.commit(owner, id_, added=[device])
    assert (await members(world, id_))[device.device_id] == ("member", 3, None, 3)
    assert await world.call(device, "group_join", group_id=id_) == {"group_id": id_, "joined_seq": 3, "epoch": 3}


async def test_a_leaf_replaced_in_one_commit_keeps_its_role(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    await world.commit(member, id_, removed=[owner], added=[owner])
    assert (await members(world, id_))[owner.device_id] == ("owner", 2, None, 2)
    await world.commit(member, id_, removed=[owner])
    await world.commit(member, id_, added=[owner])
    assert (await members(world, id_))[owner.device_id] == ("member", 4, None, 4)


async def test_a_removed_devices_welcome_is_gone(world: World) -> None:
    owner, device = await world.device(), await world.device()
    id_ = await world.group(owner, device)
    await world.commit(owner, id_, removed=[device])
    assert await world.db.fetchval("select count(*) from public.welcomes") == 0


async def test_declared_changes_must_fit(world: World) -> None:
    owner, member, other, revoked = [await world.device() for _ in range(4)]
    await world.revoke(revoked)
    id_ = await world.group(owner, member)

    def welcome(*device_ids: str) -> list[dict[str, str]]:
        return [{"device_id": each, "welcome": b64(b"w"), "mac": ""} for each in device_ids]

    good = await world.commit_of(id_, added=[other])
    wrong: list[dict[str, Any]] = [
        {"welcomes": []},
        {"welcomes": welcome(other.device_id, other.device_id)},
        {"welcomes": welcome(other.device_id, member.device_id)},
        {"welcomes": welcome(member.device_id)},
        {"added": []},
        {"added": [other.added, other.added], "welcomes": welcome(other.device_id, other.device_id)},
        {"added": [member.added], "welcomes": welcome(member.device_id)},
        {"added": [revoked.added], "welcomes": welcome(revoked.device_id)},
        {"added": [{"user_id": owner.user_id, "device_id": other.device_id}]},
        {"added": [{"user_id": other.user_id, "device_id": new_id()}]},
        {"removed": [other.device_id]},
        {"removed": [new_id()]},
        {"removed": [member.device_id, member.device_id]},
        {"removed": [owner.device_id]},
        {"keys": [sealed_key(revoked)]},
        {"keys": [sealed_key(owner), sealed_key(owner)]},
        {"keys": [sealed_key(member)], "removed": [member.device_id]},
        {"keys": [{"sealed_key": b64(b"for nobody")}]},
        {"keys": [sealed_key(owner, for_device=True)] * 2},
        {"keys": [{**sealed_key(owner), "device_id": member.device_id}]},
        {"keys": [{**sealed_key(owner), "device_id": new_id()}]},
    ]
    for change in wrong:
        async with world.refusal("commit_mismatch", 400):
            await world.call(owner, "send_commit", **good | change)
    assert await world.call(owner, "send_commit", **good) == {"server_seq": 2, "epoch": 2}


async def test_size(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("message_too_large", 413):
        await world.commit(owner, id_, mls_bytes=bytes(262_145))
    assert await world.commit(owner, id_, mls_bytes=bytes(262_144))


async def test_its_group_info_is_that_of_the_next_epoch(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    stored = "select epoch, group_info from public.group_infos"
    for info, expected in ((b"", []), (b"one", [(2, b"one")]), (b"", [(2, b"one")]), (b"two", [(4, b"two")])):
        await world.commit(owner, id_, group_info=info)
        assert [tuple(row) for row in await world.db.fetch(stored)] == expected
    commit = await world.commit_of(id_, group_info=b"three")
    await world.call(owner, "send_commit", **commit)
    await world.call(owner, "group_info_put", group_id=id_, epoch=5, group_info=b"newer")
    await world.call(owner, "send_commit", **commit)
    assert [tuple(row) for row in await world.db.fetch(stored)] == [(5, b"newer")]


async def test_the_newest_keys_of_each_account_are_kept(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    id_, other = await world.group(owner, bob), await world.group(owner, bob)
    await world.commit(owner, other, keys=[sealed_key(bob)])
    await world.commit(owner, id_, keys=[sealed_key(owner)])
    for _ in range(34):
        await world.commit(owner, id_, keys=[sealed_key(bob)])
    rows = await world.db.fetch("select group_id::text, user_id, server_seq from public.group_key_wraps")
    kept = {(id_, bob.user_id, seq) for seq in range(5, 37)}
    assert {tuple(row) for row in rows} == kept | {(id_, owner.user_id, 2), (other, bob.user_id, 2)}


async def test_keys_for_devices_are_counted_by_themselves(world: World) -> None:
    owner, bob = await world.device(), await world.device()
    second = await world.device(bob.user_id)
    id_ = await world.group(owner, bob, second)
    await world.commit(owner, id_, keys=[sealed_key(bob), sealed_key(second, for_device=True)])
    for _ in range(33):
        await world.commit(owner, id_, keys=[sealed_key(bob, for_device=True)])
    rows = await world.db.fetch("select device_id::text, server_seq from public.group_key_wraps")
    kept = {(bob.device_id, seq) for seq in range(4, 36)}
    assert {tuple(row) for row in rows} == kept | {(None, 2), (second.device_id, 2)}


MANY = [new_id() for _ in range(151)]
BAD: list[dict[str, Any]] = [
    {"message_id": None},
    {"epoch": None},
    {"epoch": -1},
    {"mls_bytes": b""},
    {"mls_bytes": None},
    {"added": {}},
    {"removed": None},
    {"removed": MANY},
    {"welcomes": {}},
    {"group_info": None},
    {"group_info": bytes(524_289)},
    {"keys": {}},
    {"keys": None},
    {"keys": [{"user_id": "u", "sealed_key": ""}]},
    {"keys": [{"user_id": "u", "sealed_key": b64(bytes(257))}]},
    {"keys": [{"user_id": "u"}]},
    {"keys": [{"user_id": "u", "sealed_key": b64(b"key")}] * 1001},
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: str(next(iter(bad))))
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    commit = await world.commit_of(await world.group(owner))
    async with world.refusal("bad_request", 400):
        await world.call(owner, "send_commit", **commit | bad)


async def test_many_at_once_one_wins(postgres: Postgres, admin: Any) -> None:
    """Over real connections, committed: the others are told the epoch, and the log has no gap."""
    key, group_id = os.urandom(32), new_id()
    user = await admin.fetchval("insert into public.accounts select private.user_id_of($1), $1 returning user_id", key)
    await admin.execute("insert into public.groups (id, created_by) values ($1, $1)", group_id)
    devices = [new_id() for _ in range(10)]
    for device in devices:
        await admin.execute("insert into public.devices values ($1, $2, $3, 'c')", device, user, os.urandom(32))
        await admin.execute(
            "insert into public.group_members (group_id, user_id, device_id, joined_seq) values ($1, $2, $3, 0)",
            group_id, user, device,
        )  # fmt: skip

    async def commit(device: str) -> tuple[Any, ...]:
        connection = await asyncpg.connect(postgres.dsn("postgres"))
        claims = json.dumps({"sub": user, "device_id": device})
        try:
            await connection.execute("select set_config('request.jwt.claims', $1, false)", claims)
            reply = await connection.fetchval("select public.send_commit($1, $2, 0, 'x')", group_id, new_id())
            return ("won", json.loads(reply)["epoch"])
        except asyncpg.PostgresError as error:
            return (error.args[0], json.loads(error.hint or "{}")["epoch"])
        finally:
            await connection.close()

    outcomes = await asyncio.gather(*(commit(device) for device in devices))
    assert sorted(outcomes) == [("stale_epoch", 1)] * 9 + [("won", 1)]
    assert await admin.fetchval("select count(*) from public.messages where group_id = $1", group_id) == 1
