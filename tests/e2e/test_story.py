"""The product as people use it: real Chromium, real stack, nothing pretended."""

import pytest

from browser import Newcomer
from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(240)


async def test_two_people_meet_by_a_link_and_chat(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Hiking")
    await bob.join(await alice.make_link(), "Hiking")
    await alice.say("Saturday at nine?")
    await bob.sees("Saturday at nine?")
    await bob.say("Nine it is")
    await alice.sees("Nine it is", "Saturday at nine?")
    await bob.sees("Nine it is")


async def test_a_third_joins_and_everything_survives_a_reload(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Choir")
    await bob.join(await alice.make_link(), "Choir")
    await alice.say("Before Carol")
    await bob.sees("Before Carol")
    carol = await newcomer("Carol")
    await carol.join(await bob.make_link(), "Choir")
    await carol.say("Here I am")
    for person in (alice, bob, carol):
        await person.sees("Here I am")
        await person.page.reload()
        await person.is_connected()
        await person.open_chat("Choir")
    for person in (alice, bob):
        await person.sees("Before Carol", "Here I am")
    await carol.sees("Here I am")
    await carol.messages.get_by_text("Before Carol").wait_for(state="detached")
    await alice.say("And on we go")
    for person in (alice, bob, carol):
        await person.sees("And on we go")


async def test_nothing_is_lost_or_doubled_when_delivery_restarts(newcomer: Newcomer, stack: Stack) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    for person in (alice, bob):
        person.watcher.forgiven = ("/delivery/v1",)  # the browser itself reports a socket that does not open
    await alice.create_group("Storm")
    await bob.join(await alice.make_link(), "Storm")
    await alice.say("Before")
    await bob.sees("Before")
    stack.service("delivery").stop()
    await alice.say("While it is gone, 1")
    await bob.say("While it is gone, 2")
    stack.service("delivery").start()
    for person in (alice, bob):
        await person.is_connected()
    await bob.say("After")
    for person in (alice, bob):
        await person.sees("Before", "While it is gone, 1", "While it is gone, 2", "After")


async def test_a_text_is_shown_as_text(newcomer: Newcomer) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("<b>Bob</b>")
    await alice.create_group("<i>Markup</i>")
    await bob.join(await alice.make_link(), "<i>Markup</i>")
    hostile = '<img src=x onerror="document.title=1"> & <script>alert(1)</script>'
    await bob.say(hostile)
    await alice.sees(hostile)
    assert await alice.page.title() != "1"
