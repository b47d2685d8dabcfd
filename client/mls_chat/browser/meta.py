"""What an account's database says of itself, beside the sealed rows: read and changed in one transaction."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import js
import msgspec
from pyodide.ffi import to_js

from mls_chat.browser.database import Transaction
from mls_chat.ports import AccountGone, ErasureUnfinished, Locked, StorageLost

GENERATION: Final = "generation"
ROW_KEY: Final = "row_key"
"""Wrapped (row_key.py)."""
LOCKED: Final = "locked"
"""In place of the row key: JSON of ports.Locked."""
ERASING: Final = "erasing"
LABEL: Final = "label"
"""The beginning of the account's id, which the page shows where there are several accounts."""
ACTIVE_AT: Final = "active_at"
FORMER_KEY: Final = "rows"
"""In `keys`: what format 1 sealed rows under."""


class Found(NamedTuple):
    """By whoever opens the database."""

    generation: int
    wrapped_row_key: bytes
    former_key: Any
    locked: Locked | None
    has_rows: bool


async def begin_generation(database: Any) -> Found:
    """From here on a late write of a former owner is refused. Raises ErasureUnfinished, AccountGone."""
    transaction = Transaction(database, ["rows", "keys", "meta"], write=True)
    meta = transaction.store("meta")
    names = (GENERATION, ROW_KEY, LOCKED, ERASING)
    requests = {name: meta.get(name) for name in names}
    former, count = transaction.store("keys").get(FORMER_KEY), transaction.store("rows").count()
    raised: list[int] = []

    def put() -> None:
        if requests[ERASING].result:
            raise ErasureUnfinished("what is stored here is to be erased")
        found = requests[GENERATION].result
        # the time, so that a storage made anew comes after the one that other tabs have heard of
        raised.append((found if isinstance(found, int) else int(js.Date.now())) + 1)
        meta.put(raised[0], GENERATION)

    transaction.then(count, put)
    await transaction.finish()
    return Found(
        generation=raised[0],
        wrapped_row_key=stored_bytes(requests[ROW_KEY].result),
        former_key=former.result or None,
        locked=_locked(requests[LOCKED].result),
        has_rows=bool(count.result),
    )


def _locked(value: Any) -> Locked | None:
    """Raises AccountGone."""
    if not value:
        return None
    try:
        return msgspec.json.decode(stored_bytes(value), type=Locked)
    except msgspec.DecodeError as error:
        raise AccountGone("the sealed key of the locked account is damaged") from error


def locked_value(locked: Locked) -> Any:
    return to_js(msgspec.json.encode(locked))


def stored_bytes(value: Any) -> bytes:
    """Nothing where the stored value is not even bytes: whoever opens them then calls them cut off."""
    return bytes(value.to_bytes()) if hasattr(value, "to_bytes") else b""


def fence(transaction: Transaction, generation: int, action: Callable[[], None]) -> None:
    """Runs `action` where the owner of this generation is the newest; the transaction ends with StorageLost if not."""
    request = transaction.store("meta").get(GENERATION)

    def act() -> None:
        if request.result != generation:
            raise StorageLost("another tab owns the account now")
        action()

    transaction.then(request, act)
