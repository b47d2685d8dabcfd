"""Stories of a group on the real stack, with the engine on CPython: it converges whatever happens at once."""

import asyncio

import pytest

from mls_chat.events import TextEntered
from people import Crowd, texts

pytestmark = pytest.mark.timeout(120)


async def test_everybody_writes_at_once_and_all_read_the_same(crowd: Crowd) -> None:
    group_id, people = await crowd.group("Noise", "Ann", "Ben", "Cem", "Dee")
    for number in range(8):
        for index, person in enumerate(people):
            person.post(TextEntered(group_id=group_id, text=f"{index}.{number}"))
    read = [await texts(person, group_id, 32) for person in people]
    assert sorted(read[0]) == sorted(f"{index}.{number}" for index in range(4) for number in range(8))
    assert all(one == read[0] for one in read)
    for index in range(4):
        own = [text for text in read[0] if text.startswith(f"{index}.")]
        assert own == [f"{index}.{number}" for number in range(8)]


async def test_two_people_join_at_the_same_moment(crowd: Crowd) -> None:
    ann, ben, cem = [await crowd.arrive(name) for name in ("Ann", "Ben", "Cem")]
    chat = await ann.create_group("Rush")
    for person in (ben, cem):
        await person.open_link(await ann.invite(chat.group_id))
    assert set(await asyncio.gather(ben.join(), cem.join())) == {chat.group_id}
    for person in (ann, ben, cem):
        await person.member_count(chat.group_id, 3)
    await ben.send(chat.group_id, "from Ben")
    await cem.send(chat.group_id, "from Cem")
    for person in (ann, ben, cem):
        assert await texts(person, chat.group_id, 2) == ["from Ben", "from Cem"]


async def test_messages_cross_a_change_of_members(crowd: Crowd) -> None:
    group_id, (ann, ben) = await crowd.group("Crossing", "Ann", "Ben")
    cem = await crowd.arrive("Cem")
    await cem.open_link(await ann.invite(group_id))
    joining = asyncio.create_task(cem.join())
    for number in range(20):
        ben.post(TextEntered(group_id=group_id, text=f"while Cem joins {number}"))
    await joining
    wanted = [f"while Cem joins {number}" for number in range(20)]
    assert await texts(ann, group_id, 20) == wanted
    assert await texts(ben, group_id, 20) == wanted


async def test_who_was_away_catches_up_over_a_new_member(crowd: Crowd) -> None:
    group_id, (ann, _ben) = await crowd.group("Away", "Ann", "Ben")
    await crowd.leave("Ben")
    await ann.send(group_id, "before Cem")
    cem = await crowd.arrive("Cem")
    await cem.open_link(await ann.invite(group_id))
    await cem.join()
    await cem.send(group_id, "from Cem")
    ben = await crowd.arrive("Ben")
    assert await texts(ben, group_id, 2) == ["before Cem", "from Cem"]
    await ben.send(group_id, "back again")
    assert await texts(cem, group_id, 2) == ["from Cem", "back again"]


async def test_any_member_lets_a_newcomer_in(crowd: Crowd) -> None:
    group_id, (ann, ben) = await crowd.group("Doors", "Ann", "Ben")
    link = await ann.invite(group_id)
    await ann.send(group_id, "the link is shared before this")
    await ben.receive(group_id, "the link is shared before this")
    await crowd.leave("Ann")
    cem = await crowd.arrive("Cem")
    await cem.open_link(link)
    assert await cem.join() == group_id
    await cem.send(group_id, "in without Ann")
    await ben.receive(group_id, "in without Ann")
