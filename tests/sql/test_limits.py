"""The bounds that SQL and the edge functions repeat are those of the wire."""

import math
import re
from pathlib import Path

from mls_chat.wire import MAX_BODY_BYTES, MAX_CIPHERTEXT_BYTES, PAGE_DEFAULT, PAGE_MAX
from mls_chat.wire.limits import (
    CODE_LOCKED_SECONDS,
    DEVICE_LOG_PAGE,
    LINK_SECONDS,
    MAX_BACKUP_SEGMENTS,
    MAX_CODE_TRIES,
    MAX_COMMIT_KEYS,
    MAX_DEVICES,
    MAX_GROUP_INFO_BYTES,
    MAX_LINK_BYTES,
    MAX_PASSKEYS,
    MAX_SEALED_KEY_BYTES,
    MAX_SEALED_NAME_BYTES,
    MAX_SEALED_ROOT_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_VAULT_BYTES,
    MAX_WRAPS,
)
from sql_world import World

FUNCTIONS = Path(__file__).parents[2] / "functions"


async def source(world: World, name: str) -> str:
    return str(await world.db.fetchval("select pg_get_functiondef($1::regproc)", name))


async def bounds(world: World, table: str) -> str:
    rows = await world.db.fetch(
        "select pg_get_constraintdef(oid) from pg_constraint where conrelid = $1::text::regclass", table
    )
    return " ".join(row[0] for row in rows)


async def test_ciphertext(world: World) -> None:
    assert f"<= {MAX_CIPHERTEXT_BYTES})" in await bounds(world, "public.messages")
    for name in ("private.commit_begin", "private.messages_append"):
        assert f"> {MAX_CIPHERTEXT_BYTES}" in await source(world, name)


async def test_group_infos(world: World) -> None:
    assert f"<= {MAX_GROUP_INFO_BYTES})" in await bounds(world, "public.group_infos")
    assert f"<= {MAX_GROUP_INFO_BYTES}," in await source(world, "private.commit_begin")
    assert f"between 1 and {MAX_GROUP_INFO_BYTES}," in await source(world, "public.group_info_put")
    product = re.search(r"MAX_GROUP_INFO_BYTES = (\d+) \* (\d+);", (FUNCTIONS / "_shared/commit.ts").read_text())
    assert product is not None
    assert int(product[1]) * int(product[2]) == MAX_GROUP_INFO_BYTES


async def test_rejoin_keys(world: World) -> None:
    assert f"<= {MAX_SEALED_KEY_BYTES})" in await bounds(world, "public.group_keys")
    assert f"between 1 and {MAX_SEALED_KEY_BYTES}," in await source(world, "public.group_key_put")
    assert f"MAX_SEALED_KEY_BYTES = {MAX_SEALED_KEY_BYTES};" in (FUNCTIONS / "_shared/commit.ts").read_text()


async def test_rejoin_keys_of_a_commit(world: World) -> None:
    assert f"<= {MAX_SEALED_KEY_BYTES})" in await bounds(world, "public.group_key_wraps")
    checked = await source(world, "private.group_key_wraps_check")
    assert f"between 1 and {MAX_SEALED_KEY_BYTES})" in checked
    assert f"<= {MAX_COMMIT_KEYS}," in checked
    assert f"const KEYS = {MAX_COMMIT_KEYS};" in (FUNCTIONS / "_shared/commit.ts").read_text()
    assert f"old.place > {MAX_WRAPS};" in await source(world, "private.group_key_wraps_store")


def in_functions(name: str) -> int:
    """A constant of account.ts, a number or a product."""
    found = re.search(rf"const {name} = ([\d *]+);", (FUNCTIONS / "_shared/account.ts").read_text())
    assert found is not None
    return math.prod(int(each) for each in found[1].split("*"))


async def test_devices(world: World) -> None:
    assert f"<= {MAX_SEALED_NAME_BYTES})" in await bounds(world, "public.devices")
    for name in ("private.device_bind", "public.device_rename"):
        assert f"<= {MAX_SEALED_NAME_BYTES}," in await source(world, name)
    assert in_functions("MAX_SEALED_NAME_BYTES") == MAX_SEALED_NAME_BYTES
    assert f">= {MAX_DEVICES} then" in await source(world, "private.device_bind")
    assert f"p_since, {DEVICE_LOG_PAGE})" in await source(world, "public.device_log_get")


async def test_vaults(world: World) -> None:
    assert f"<= {MAX_VAULT_BYTES})" in await bounds(world, "public.vaults")
    assert in_functions("MAX_VAULT_BYTES") == MAX_VAULT_BYTES
    for table in ("public.recovery_codes", "public.passkeys"):
        assert f"<= {MAX_SEALED_ROOT_BYTES})" in await bounds(world, table)
    assert in_functions("MAX_SEALED_ROOT_BYTES") == MAX_SEALED_ROOT_BYTES
    tried = await source(world, "private.code_try")
    assert f"interval '{CODE_LOCKED_SECONDS} seconds'" in tried
    assert f">= {MAX_CODE_TRIES} and" in tried
    assert f"least(tries + 1, {MAX_CODE_TRIES})" in tried
    assert f"{MAX_CODE_TRIES} - v_code.tries" in await source(world, "private.code_unlock")
    assert f">= {MAX_PASSKEYS} then" in await source(world, "private.passkey_add")


async def test_links(world: World) -> None:
    for name in ("public.link_offer", "public.link_answer"):
        assert f"between 1 and {MAX_LINK_BYTES}," in await source(world, name)
    assert in_functions("MAX_LINK_BYTES") == MAX_LINK_BYTES
    assert f"interval '{LINK_SECONDS} seconds'" in await source(world, "public.link_offer")


async def test_backups(world: World) -> None:
    assert f"between 1 and {MAX_SEGMENT_BYTES}," in await source(world, "public.backup_put")
    assert in_functions("MAX_SEGMENT_BYTES") == MAX_SEGMENT_BYTES
    assert f"<= {MAX_BACKUP_SEGMENTS - 1})" in await bounds(world, "public.backup_segments")
    assert f">= {MAX_BACKUP_SEGMENTS} then" in await source(world, "public.backup_put")


async def test_pages(world: World) -> None:
    definition = await source(world, "public.get_messages")
    assert f"p_limit integer DEFAULT {PAGE_DEFAULT}" in definition
    assert f"1), {PAGE_MAX})" in definition
    assert f"200), {PAGE_DEFAULT})" not in definition
    assert f"), {PAGE_DEFAULT})" in (FUNCTIONS / "get_messages/index.ts").read_text()


def test_bodies() -> None:
    text = (FUNCTIONS / "_shared/body.ts").read_text()
    product = re.search(r"MAX_BODY_BYTES = (\d+) \* (\d+);", text)
    assert product is not None
    assert int(product[1]) * int(product[2]) == MAX_BODY_BYTES
