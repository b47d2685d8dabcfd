"""Invite links that do not work say so, in words."""

import asyncpg
import pytest

from browser import Newcomer
from stack.postgres import Postgres
from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(240)


async def test_a_used_link_says_so(newcomer: Newcomer) -> None:
    alice, bob, eve = await newcomer("Alice"), await newcomer("Bob"), await newcomer("Eve")
    await alice.create_group("Once")
    link = await alice.make_link()
    await bob.join(link, "Once")
    await eve.open_link(link)
    await eve.is_told("This link was already used.")


async def test_an_expired_link_says_so(newcomer: Newcomer, stack: Stack) -> None:
    alice, bob = await newcomer("Alice"), await newcomer("Bob")
    await alice.create_group("Late")
    link = await alice.make_link()
    await expire(stack, link)
    await bob.open_link(link)
    await bob.is_told("This link has expired.")


async def test_a_mangled_link_says_so(newcomer: Newcomer) -> None:
    bob = await newcomer("Bob")
    await bob.open_link(f"{bob.url}/#join=12345.not-a-secret")
    await bob.is_told("This is not a working invite link.")


async def expire(stack: Stack, link: str) -> None:
    """Lets the link's time pass: its end is put before now."""
    invite_id = link.partition("#join=")[2].partition(".")[0]
    database = stack.service("postgres")
    assert isinstance(database, Postgres)
    connection = await asyncpg.connect(database.dsn("supabase_admin"))
    done = await connection.execute(
        "update public.invites set expires_at = clock_timestamp() - interval '1 second' where invite_id = $1", invite_id
    )
    await connection.close()
    assert done == "UPDATE 1"
