"""What another device must have done so that a commit can no longer be withdrawn."""

import pytest

from sql_world import Device, World


async def confirmed_by(world: World, how: str) -> tuple[str, Device]:
    """A group in which the commit at 2 began epoch 2, and then something happened; and a member that flags it."""
    id_, (owner, bob, carol) = await world.group_of(3)
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


async def test_what_was_written_after_a_voided_commit_does_not_confirm_the_next(world: World) -> None:
    id_, (owner, bob, mallory) = await world.group_of(3)
    await world.commit(mallory, id_)
    await world.say(mallory, id_)
    await world.flag(bob, id_, 2)
    await world.commit(owner, id_)
    assert await world.flag(bob, id_, 5) == {"void_seq": 6, "epoch": 1}
