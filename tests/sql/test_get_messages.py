import asyncio
import base64
from typing import Any

import pytest

from sql_arena import Arena
from sql_world import Device, World, new_id


async def seqs(world: World, device: Device, group_id: str, since: int = 0, **more: Any) -> list[int]:
    reply = await world.call(device, "get_messages", group_id=group_id, since_seq=since, **more)
    return [each["server_seq"] for each in reply["messages"]]


async def test_everything_about_a_message(world: World) -> None:
    owner, message_id = await world.device(), new_id()
    id_ = await world.group(owner)
    body = bytes(range(256)) * 2
    sent = await world.say(owner, id_, message_id=message_id, mls_bytes=body)
    reply = await world.call(owner, "get_messages", group_id=id_, since_seq=0)
    message = reply["messages"][0]
    assert "\n" not in message["mls_bytes"]
    assert base64.b64decode(message.pop("mls_bytes")) == body
    assert message == {
        **sent,
        "msg_kind": "chat",
        "epoch": 0,
        "user_id": owner.user_id,
        "device_id": owner.device_id,
        "message_id": message_id,
    }
    assert (reply["first_seq"], reply["head_seq"], reply["epoch"]) == (1, 1, 0)


async def test_a_new_member_gets_what_followed_its_commit(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner)
    await world.say(owner, id_)
    await world.commit(owner, id_, added=[member])
    await world.say(owner, id_)
    assert await seqs(world, owner, id_) == [1, 2, 3]
    assert await seqs(world, member, id_) == [3]


async def test_a_removed_member_gets_its_removal_and_nothing_more(world: World) -> None:
    owner, member = await world.device(), await world.device()
    id_ = await world.group(owner, member)
    await world.say(owner, id_)
    await world.commit(owner, id_, removed=[member])
    await world.say(owner, id_)
    await world.commit(owner, id_)
    reply = await world.call(member, "get_messages", group_id=id_, since_seq=0)
    assert [each["server_seq"] for each in reply["messages"]] == [2, 3]
    assert (reply["head_seq"], reply["epoch"]) == (3, 2)


async def test_strangers_get_nothing(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for caller, group in ((await world.device(), id_), (await world.device(owner.user_id), id_), (owner, new_id())):
        async with world.refusal("not_a_member", 403):
            await seqs(world, caller, group)


async def test_pages(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(5):
        await world.say(owner, id_)
    assert await seqs(world, owner, id_, 1, limit=2) == [2, 3]
    assert await seqs(world, owner, id_, 0, limit=0) == [1]
    assert await seqs(world, owner, id_, 0, limit=-7) == [1]
    assert await seqs(world, owner, id_, 5) == []
    assert await seqs(world, owner, id_, 99) == []


async def test_the_limit_is_two_hundred_and_at_most_a_thousand(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    await world.db.execute(
        """insert into public.messages
             (group_id, server_seq, msg_kind, epoch, user_id, device_id, client_seq, message_id, mls_bytes)
           select $1::uuid, n, 'chat', 0, 'u', $1::uuid, n, gen_random_uuid(), 'x' from generate_series(1, 1200) n""",
        id_,
    )
    await world.db.execute("update public.groups set seq = 1200")
    assert len(await seqs(world, owner, id_)) == 200
    assert len(await seqs(world, owner, id_, limit=5000)) == 1000


async def test_a_page_is_cut_at_four_mebibytes_but_never_empty(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(18):
        await world.say(owner, id_, mls_bytes=bytes(262_144))
    page = await seqs(world, owner, id_)
    assert page == list(range(1, 17))
    assert await seqs(world, owner, id_, page[-1]) == [17, 18]


async def test_asking_acknowledges_but_never_backwards_or_ahead(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(3):
        await world.say(owner, id_)
    acked = []
    for since in (2, 1, 99):
        await seqs(world, owner, id_, since)
        acked.append(await world.db.fetchval("select acked_seq from public.group_members"))
    assert acked == [2, 2, 3]


async def test_peeking_acknowledges_nothing(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(3):
        await world.say(owner, id_)
    assert await seqs(world, owner, id_, 1, peek=True) == [2, 3]
    assert await world.db.fetchval("select acked_seq from public.group_members") == 0
    assert await seqs(world, owner, id_, 1, peek=False) == [2, 3]
    assert await world.db.fetchval("select acked_seq from public.group_members") == 1


async def test_a_removal_during_the_call_ends_what_it_serves(arena: Arena) -> None:
    """The call is held where it marks its device as seen; meanwhile the device is removed and others go on."""
    id_, (owner, bob) = await arena.group(2)
    world = World(arena.admin)
    await arena.admin.execute("update public.devices set last_seen = now() - interval '1 hour'")
    async with arena.connection(owner) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute("select from public.devices where device_id = $1 for update", bob.device_id)
        call = asyncio.create_task(arena.ask(bob, "get_messages($1, 1)", id_))
        await arena.until_it_waits(call)
        await world.commit(owner, id_, removed=[bob])
        await world.say(owner, id_)
        await transaction.commit()
    name, page = await call
    assert (name, [each["server_seq"] for each in page["messages"]]) == ("done", [2])
    assert (page["head_seq"], page["epoch"]) == (2, 2)


async def test_a_lost_beginning_shows(world: World) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    for _ in range(3):
        await world.say(owner, id_)
    await world.db.execute("delete from public.messages where server_seq < 3")
    reply = await world.call(owner, "get_messages", group_id=id_, since_seq=0)
    assert (reply["first_seq"], reply["head_seq"]) == (3, 3)


BAD: list[dict[str, Any]] = [
    {"since_seq": -1},
    {"since_seq": None},
    {"since_seq": 0, "limit": None},
    {"since_seq": 0, "peek": None},
]


@pytest.mark.parametrize("bad", BAD, ids=str)
async def test_bounds(world: World, bad: dict[str, Any]) -> None:
    owner = await world.device()
    id_ = await world.group(owner)
    async with world.refusal("bad_request", 400):
        await world.call(owner, "get_messages", group_id=id_, **bad)
