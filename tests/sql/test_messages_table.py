"""The log's table holds its rules whatever the functions do."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from sql_world import World

VOID: tuple[Any, ...] = ("void", 1, None, b"", 2, False)
WRONG: list[tuple[Any, ...]] = [
    ("void", 1, None, b"x", 2, False),
    ("void", 1, None, b"", None, False),
    ("void", 1, None, b"", 9, False),
    ("void", 1, 7, b"", 2, False),
    ("void", 1, None, b"", 2, True),
    ("chat", 1, 7, b"", None, False),
    ("chat", 1, 7, b"x", 2, False),
    ("chat", 1, 7, b"x", None, True),
    ("commit", 1, None, b"x", 2, False),
    ("commit", 1, None, b"x", None, False),
]


async def test_voids_and_what_they_withdraw(world: World) -> None:
    """The log has a commit at 2 that counts, and 3 is free."""
    id_, (owner, _) = await world.group_of(2)
    await world.commit(owner, id_)

    async def insert(values: Sequence[Any], seq: int = 3) -> None:
        async with world.db.transaction():
            await world.db.execute(
                """insert into public.messages (group_id, server_seq, user_id, device_id, message_id,
                   msg_kind, epoch, client_seq, mls_bytes, voids, voided)
                   values ($1, $2, $3, $4, gen_random_uuid(), $5, $6, $7, $8, $9, $10)""",
                id_, seq, owner.user_id, owner.device_id, *values,
            )  # fmt: skip

    for values in WRONG:
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.UniqueViolationError)):
            await insert(values)
    await insert(VOID)
    with pytest.raises(asyncpg.UniqueViolationError):
        await insert(VOID, 4)
