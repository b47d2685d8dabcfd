"""Flags, commits, messages and acknowledgements at the same time, over connections of their own, committed."""

import asyncio

from database import Connection
from sql_arena import Arena
from sql_world import Device, World, new_id

ROUNDS = 10
NO_INDEX = "set enable_indexscan = off; set enable_bitmapscan = off"
"""Rows come in the order of the table, which is not that of their ids."""


async def test_many_flag_at_once_and_there_is_one_void(arena: Arena) -> None:
    id_, devices = await arena.group(8)
    seq = await arena.commit(devices[0], id_)
    outcomes = await asyncio.gather(*(arena.flag(device, id_, seq) for device in devices))
    assert outcomes == [("done", {"void_seq": 3, "epoch": 1})] * 8
    assert await arena.log(id_) == [(1, "commit", 0), (2, "commit", 1), (3, "void", 1)]


async def test_a_flag_against_whoever_goes_on(arena: Arena) -> None:
    """Either the message is stored and the commit stands, or the commit is void and the message is refused."""
    for _ in range(ROUNDS):
        id_, (owner, bob, carol) = await arena.group(3)
        seq = await arena.commit(owner, id_)
        flagged, said = await asyncio.gather(arena.flag(bob, id_, seq), arena.say(carol, id_, 2))
        kinds = [kind for _, kind, _ in await arena.log(id_)]
        if flagged[0] == "done":
            assert (said, kinds) == (("future_epoch", {"epoch": 1}), ["commit", "commit", "void"])
        else:
            assert (flagged, said[0]) == (("commit_confirmed", {"epoch": 2}), "done")
            assert kinds == ["commit", "commit", "chat"]


async def test_rejoins_against_each_other(arena: Arena) -> None:
    id_, devices = await arena.group(6)
    outcomes = await asyncio.gather(*(arena.rejoin(device, id_, 1) for device in devices))
    assert sorted(name for name, _ in outcomes) == ["done"] + ["stale_epoch"] * 5
    assert await arena.log(id_) == [(1, "commit", 0), (2, "commit", 1)]


async def test_a_flag_waits_for_a_removal_and_then_refuses(arena: Arena) -> None:
    """The flagger is being removed by a commit that is not committed yet."""
    id_, (owner, bob) = await arena.group(2)
    seq = await arena.commit(owner, id_)
    async with arena.connection(owner) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval(
            "select public.send_commit($1, $2, 2, 'x', p_removed => $3)", id_, new_id(), [bob.device_id]
        )
        flag = asyncio.create_task(arena.flag(bob, id_, seq))
        await arena.until_it_waits(flag)
        await transaction.commit()
    assert (await flag)[0] == "not_a_member"


async def test_acknowledgements_while_memberships_are_undone(arena: Arena) -> None:
    """Both lock members in one order: whoever comes second waits, and nobody waits for each other."""
    world = World(arena.admin)
    id_, (owner, bob) = await arena.group(2)
    newcomers = sorted([await world.device() for _ in range(2)], key=lambda each: each.device_id)
    await world.commit(owner, id_, added=newcomers[::-1])
    async with arena.connection(owner) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await acknowledge(connection, newcomers[0], id_)
        flag = asyncio.create_task(arena.flag(bob, id_, 2, settings=NO_INDEX))
        await arena.until_it_waits(flag)
        await acknowledge(connection, newcomers[1], id_)
        await transaction.commit()
    assert await flag == ("done", {"void_seq": 3, "epoch": 1})


async def acknowledge(connection: Connection, device: Device, group_id: str) -> None:
    await connection.execute(
        "update public.group_members set acked_seq = acked_seq where group_id = $1 and device_id = $2",
        group_id, device.device_id,
    )  # fmt: skip
