"""Who sees which rows, tried on every table that the catalogue knows, so that a new table fails until it is listed."""

from typing import Any

import asyncpg
import pytest_asyncio

from sql_world import Device, World, code, sealed_key

VISIBLE: dict[str, dict[str, int | None]] = {
    # table: rows that owner, other member, removed member, joiner and stranger see (None: no right to look)
    "public.accounts": {"owner": 1, "member": 1, "removed": 1, "joiner": 1, "stranger": 1},
    "public.devices": {"owner": 1, "member": 1, "removed": 1, "joiner": 1, "stranger": 1},
    "public.groups": {"owner": 1, "member": 1, "removed": 0, "joiner": 0, "stranger": 0},
    "public.group_members": {"owner": 3, "member": 3, "removed": 0, "joiner": 0, "stranger": 0},
    "public.messages": {"owner": 4, "member": 3, "removed": 2, "joiner": 0, "stranger": 0},
}
OWN = {"public.accounts", "public.devices"}


@pytest_asyncio.fixture
async def people(world: World) -> dict[str, Device]:
    """A group with rows in every table: log is commit (adds two), chat, commit (removes one), chat."""
    people = {name: await world.device() for name in ("owner", "member", "removed", "joiner", "stranger")}
    owner = people["owner"]
    id_ = await world.group(owner, people["member"], people["removed"])
    await world.say(owner, id_)
    await world.commit(owner, id_, removed=[people["removed"]], group_info=b"sealed info", keys=[sealed_key(owner)])
    await world.call(owner, "group_key_put", group_id=id_, sealed_key=b"sealed key")
    await world.say(owner, id_)
    await world.join(people["joiner"], await world.invite(owner, id_))
    await world.call(owner, "key_packages_publish", key_packages=[b"x"])
    await world.db.execute("select private.auth_challenge('login', $1, $2)", owner.user_id, owner.device_id)
    await world.functions(owner, "device_add", credential=b"c", sealed_name=b"n", entry=await world.entry(owner))
    await world.functions(owner, "vault_put", generation=1, sealed_vault=b"v", signature=bytes(64), code=code())
    await world.passkey(owner)
    await world.call(None, "link_offer", code="0" * 20, offer=b"offer")
    await world.call(owner, "backup_put", generation=1, number=0, segment=b"segment")
    return people


async def tables(world: World) -> list[str]:
    rows = await world.db.fetch(
        """select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname in ('public', 'private')
             and c.relname <> 'test_bells'"""
    )
    return [row[0] for row in rows]


async def visible(world: World, role: str, claims: dict[str, Any] | None, table: str) -> int | None:
    try:
        async with world.become(role, claims):
            return int(await world.db.fetchval(f"select count(*) from {table}"))
    except asyncpg.InsufficientPrivilegeError:
        return None


async def test_the_matrix(world: World, people: dict[str, Device]) -> None:
    for table in await tables(world):
        assert await world.db.fetchval(f"select count(*) from {table}") > 0, f"{table}: nothing to see in this test"
        seen = {name: await visible(world, "authenticated", each.claims, table) for name, each in people.items()}
        assert seen == VISIBLE.get(table, dict.fromkeys(people)), table


async def test_a_stranger_sees_only_itself(world: World, people: dict[str, Device]) -> None:
    for table in OWN:
        async with world.become("authenticated", people["stranger"].claims):
            users = await world.db.fetch(f"select user_id from {table}")
        assert [row[0] for row in users] == [people["stranger"].user_id]


async def test_nobody_and_the_anonymous_see_nothing(world: World, people: dict[str, Device]) -> None:
    owner = people["owner"]
    for table in await tables(world):
        assert await visible(world, "anon", None, table) is None, table
        assert await visible(world, "anon", owner.claims, table) is None, table
        assert await visible(world, "service_role", None, table) is None, table
        assert await visible(world, "mls_chat_functions", owner.claims, table) is None, table
        assert await visible(world, "mls_chat_delivery", owner.claims, table) is None, table
        assert await visible(world, "authenticated", None, table) in (0, None), table


async def test_a_revoked_device_and_a_wrong_pair_see_nothing(world: World, people: dict[str, Device]) -> None:
    owner, stranger = people["owner"], people["stranger"]
    mixed = {"sub": stranger.user_id, "device_id": owner.device_id}
    await world.revoke(people["member"])
    for table in await tables(world):
        assert await visible(world, "authenticated", people["member"].claims, table) in (0, None), table
        assert await visible(world, "authenticated", mixed, table) in (0, None), table


async def test_nobody_writes_past_the_functions(world: World) -> None:
    for table in await tables(world):
        for role in ("anon", "authenticated", "service_role", "mls_chat_functions", "mls_chat_delivery"):
            for right in ("insert", "update", "delete", "truncate", "references", "trigger"):
                may = await world.db.fetchval("select has_table_privilege($1, $2, $3)", role, table, right)
                assert not may, (table, role, right)


async def test_every_table_is_under_row_level_security(world: World) -> None:
    rows = await world.db.fetch(
        """select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where c.relkind = 'r' and n.nspname in ('public', 'private') and not c.relrowsecurity
             and c.relname <> 'test_bells'"""
    )
    assert rows == []
