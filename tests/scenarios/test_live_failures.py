"""Services and clients that vanish in the middle: nothing is lost, nothing comes twice."""

import asyncio

import pytest

from mls_chat.events import TextEntered
from mls_chat.native.errors import CommandFailed
from people import Crowd, texts
from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize("service", ["delivery", "functions", "postgres"])
async def test_a_service_is_gone_for_a_moment(crowd: Crowd, stack: Stack, service: str) -> None:
    group_id, (ann, ben) = await crowd.group("Outage", "Ann", "Ben")
    await ann.send(group_id, "before")
    await asyncio.to_thread(stack.service(service).stop)
    for number in range(5):
        ann.post(TextEntered(group_id=group_id, text=f"ann {number}"))
        ben.post(TextEntered(group_id=group_id, text=f"ben {number}"))
    for person in (ann, ben):
        await person.wait("the lines to be shown", lambda board: sum(x.own for x in board.lines.values()) >= 5 or None)
        if service == "delivery":
            await person.wait("the outage to be seen", lambda board: board.connection.status != "connected" or None)
    stack.service(service).start()  # on this thread: services end with the thread that started them
    read = [await texts(person, group_id, 11) for person in (ann, ben)]
    assert read[0] == read[1]
    assert sorted(read[0]) == sorted(["before", *(f"{who} {n}" for who in ("ann", "ben") for n in range(5))])


async def test_a_client_that_stops_at_once_sends_later_and_once(crowd: Crowd) -> None:
    group_id, (ann, ben) = await crowd.group("Cut", "Ann", "Ben")
    for number in range(5):
        ann.post(TextEntered(group_id=group_id, text=f"{number}"))
    await ann.wait("the first to be stored", lambda board: any(x.own for x in board.lines.values()) or None)
    await crowd.leave("Ann")
    ann = await crowd.arrive("Ann")
    assert await texts(ann, group_id, 5) == ["0", "1", "2", "3", "4"]
    assert await texts(ben, group_id, 5) == ["0", "1", "2", "3", "4"]
    await ben.send(group_id, "all here")
    assert (await texts(ann, group_id, 6))[-1] == "all here"


async def test_a_link_survives_a_restart_of_both_sides(crowd: Crowd) -> None:
    ann = await crowd.arrive("Ann")
    chat = await ann.create_group("Patience")
    link = await ann.invite(chat.group_id)
    await ann.send(chat.group_id, "anybody?")
    await crowd.leave("Ann")
    ben = await crowd.arrive("Ben")
    await ben.open_link(link)
    with pytest.raises(CommandFailed, match="waiting for a member"):
        await ben.join(seconds=1.0)
    await crowd.leave("Ben")
    ben = await crowd.arrive("Ben")
    ann = await crowd.arrive("Ann")
    await ben.wait("being let in", lambda board: any(c.state == "active" for c in board.chats) or None)
    await ben.send(chat.group_id, "finally")
    await ann.receive(chat.group_id, "finally")
