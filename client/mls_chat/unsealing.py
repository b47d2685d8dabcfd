"""Stored rows opened one by one, so that a damaged one does not take the others with it."""

import asyncio
from collections.abc import Sequence

from mls_chat.effects import DamagedRow, Row
from mls_chat.ports import Loaded, RowDamaged, StorageTooNew, Vault


async def unseal_rows(vault: Vault, sealed: Sequence[tuple[str, str, bytes]], *, whole: bool = False) -> Loaded:
    """`sealed`: table, key and sealed value of each row; the order is kept.

    `whole`: these are all rows. Raises StorageTooNew where none of them opens and one names a newer format.
    """
    opened = await asyncio.gather(*(vault.unseal(*row) for row in sealed), return_exceptions=True)
    loaded = Loaded([], [])
    for (table, key, _), value in zip(sealed, opened, strict=True):
        if isinstance(value, RowDamaged | StorageTooNew):
            loaded.damaged.append(DamagedRow(table, key, str(value)))
        elif isinstance(value, BaseException):
            raise value
        else:
            loaded.rows.append(Row(table, key, value))
    newer = [value for value in opened if isinstance(value, StorageTooNew)]
    if whole and newer and not loaded.rows:
        raise newer[0]
    return loaded
