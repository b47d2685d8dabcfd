"""Who may execute which function, asked of the catalogue."""

import re
from pathlib import Path

from mls_chat.wire import ENDPOINTS
from sql_world import World

POLICY_FUNCTIONS = {"private.caller_device", "private.caller_user", "private.is_member", "private.may_read"}
AUTH_FUNCTIONS = {
    f"private.{name}"
    for name in ("auth_challenge", "auth_challenge_take", "auth_register", "auth_device_key", "auth_login")
}
SIGNED = {"device_add", "device_revoke", "vault_put", "passkey_create", "passkey_add", "passkey_remove"}
"""For a device, once the edge function has checked a signature."""
UNLOCKS = {"code_unlock", "passkey_get", "passkey_unlock"}
"""For somebody without a token."""
STEPS = {"account_key", "code_try", "passkey_find", "passkey_stored"}
"""On the way to these."""
OPEN = {"invite_info", "link_offer", "link_poll", "code_open"}
MIGRATIONS = Path(__file__).parents[2] / "supabase/migrations"


async def executable(world: World, role: str) -> set[str]:
    rows = await world.db.fetch(
        """select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where n.nspname in ('public', 'private') and has_function_privilege($1, p.oid, 'execute')""",
        role,
    )
    return {row[0] for row in rows}


async def test_the_anonymous_may_call_what_is_open(world: World) -> None:
    assert await executable(world, "anon") == {f"public.{name}" for name in OPEN}
    assert {name for name, endpoint in ENDPOINTS.items() if endpoint.public and not name.startswith("auth_")} == (
        OPEN | UNLOCKS
    )


async def test_devices_may_call_the_endpoints(world: World) -> None:
    endpoints = {f"public.{name}" for name in ENDPOINTS if not name.startswith("auth_")} - {
        f"public.{name}" for name in SIGNED | UNLOCKS
    }
    assert await executable(world, "authenticated") == endpoints | POLICY_FUNCTIONS


async def test_schema_private_is_closed_to_them(world: World) -> None:
    for role in ("anon", "authenticated", "service_role"):
        assert not await world.db.fetchval("select has_schema_privilege($1, 'private', 'usage')", role)


async def test_the_functions_login_may_do_what_needs_a_signature(world: World) -> None:
    signed = {f"private.{name}" for name in SIGNED | UNLOCKS | STEPS}
    assert await executable(world, "mls_chat_functions") == AUTH_FUNCTIONS | signed


async def test_the_delivery_login_may_do_what_its_migrations_grant(world: World) -> None:
    text = "".join(path.read_text() for path in sorted(MIGRATIONS.glob("*.sql")))
    granted = re.findall(r"private\.\w+(?=\()", "".join(re.findall(r"grant execute[^;]+to mls_chat_delivery", text)))
    assert await executable(world, "mls_chat_delivery") == set(granted)
    assert len(granted) >= 3


async def test_logins_are_no_more_than_that(world: World) -> None:
    rows = await world.db.fetch(
        """select rolname from pg_roles where rolname like 'mls_chat_%'
           and (rolsuper or rolinherit or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)"""
    )
    assert rows == []
    members = await world.db.fetch(
        """select m.member::regrole::text, m.roleid::regrole::text, m.inherit_option from pg_auth_members m
           where m.member::regrole::text like 'mls_chat_%' order by 1, 2"""
    )
    assert [tuple(row) for row in members] == [
        ("mls_chat_functions", "anon", False),
        ("mls_chat_functions", "authenticated", False),
    ]


async def test_every_function_pins_its_search_path(world: World) -> None:
    rows = await world.db.fetch(
        """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           where n.nspname in ('public', 'private') and 'search_path=""' <> all (coalesce(p.proconfig, '{}'))
             and p.proname <> 'bell'"""  # the world's own bell
    )
    assert rows == []


async def test_public_functions_are_definer_and_owned_by_no_superuser(world: World) -> None:
    rows = await world.db.fetch(
        """select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
           join pg_roles r on r.oid = p.proowner
           where (n.nspname = 'public' and not p.prosecdef) or (p.prosecdef and n.nspname = 'private' and r.rolsuper)"""
    )
    assert rows == []
