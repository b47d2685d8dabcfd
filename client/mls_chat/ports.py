"""What the runner needs from its surroundings; `browser/` and `native/` each have one adapter a port."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from mls_chat.effects import DamagedRow, Row, Write


class FunctionRefused(Exception):
    """The server answered with an error: HTTP status, code of ERRORS.md, a sentence and facts."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, int | str] | None = None) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.message}"


class FunctionUnreachable(Exception):
    """No answer: the network, a time-out, or something that is not our server."""


class ChannelUnreachable(Exception):
    """The delivery channel did not open, or is not open."""


class StorageFailed(Exception):
    """Nothing of the batch was written; the runner rebuilds the engine from what is stored."""


class StorageLost(StorageFailed):
    """Another tab owns the account now; this one must stop."""


class StorageClosed(StorageFailed):
    """The storage was taken away while it was in use (removed by the browser, needed by a newer version): stop."""


class StorageFull(StorageFailed):
    """There is no room for the batch. Reading goes on; writing may work again later."""


class StorageTooNew(StorageFailed):
    """A newer version of mls-chat wrote it; nothing was changed."""


class AccountGone(StorageFailed):
    """The account can't be read from this storage any more. Only the person may decide to start anew."""


class ErasureUnfinished(StorageFailed):
    """The person has signed out and wants nothing kept here: what is left is to be removed before anything else."""


class RowDamaged(StorageFailed):
    """One row was cut off, changed, or belongs elsewhere; the text names it."""


class Locked(NamedTuple):
    """What a locked storage still says: whose account it is, in part, and its row key, sealed (row_key.py)."""

    short_id: str
    sealed_row_key: bytes


class Loaded(NamedTuple):
    """Rows as they were stored, and those that are there but can't be read. `locked`: none can be. `active_at`: when
    somebody did something here, as far as that was noted."""

    rows: list[Row]
    damaged: list[DamagedRow]
    locked: Locked | None = None
    active_at: int = 0


class Storage(Protocol):
    """Rows of (table, key, value); values are sealed at rest by the adapter (Vault)."""

    async def load(self) -> Loaded:
        """Every row of every table except the tables of LAZY_TABLES (records.py).

        Raises StorageTooNew, AccountGone, StorageFailed.
        """

    async def commit(self, writes: Sequence[Write]) -> None:
        """All writes or none, durable when it returns; the last write to a key wins.

        Raises StorageFull, StorageLost, StorageClosed, StorageFailed.
        """

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> Loaded:
        """At most `limit` rows whose key starts with `prefix` and is below `before`, highest key first."""

    async def find_room(self) -> None:
        """Writes and removes a little. Raises StorageFull while there is no room."""


class Keeper(Protocol):
    """The storage as a whole, where it can be locked and erased. After `lock`, `unlock` and `erase` it has to be opened
    again: whoever had it open writes nothing any more. Raise StorageFull, StorageLost, StorageClosed, StorageFailed.
    """

    async def lock(self, user_id: str, backup_public_key: bytes, storage_key: bytes) -> None:
        """The row key is gone from here, but for a copy that is sealed to the account (row_key.py)."""

    async def unlock(self, row_key: bytes) -> None: ...

    async def mark_for_erasure(self) -> None:
        """From here on the next opening erases it."""

    async def erase(self) -> None:
        """Marks it, and ends what is open, so that it is erased at once."""

    async def label(self, short_id: str) -> None:
        """Whose account it is, for somebody who has several here; also readable while it is locked."""

    async def note_activity(self, at: int) -> None:
        """Somebody did something, Unix milliseconds."""


class Vault(Protocol):
    """Seals rows at rest (AES-GCM); table and key are additional data, so rows can't be swapped."""

    async def seal(self, table: str, key: str, value: bytes) -> bytes: ...

    async def unseal(self, table: str, key: str, sealed: bytes) -> bytes:
        """Raises RowDamaged, StorageTooNew."""


class Functions(Protocol):
    async def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        """POSTs a JSON body to an edge function. Raises FunctionRefused, FunctionUnreachable."""


class ChannelListener(Protocol):
    def channel_frame(self, data: bytes) -> None: ...

    def channel_closed(self, code: int, reason: str) -> None:
        """Called once for each opened connection, unless `close` was called."""


class Channel(Protocol):
    async def open(self, listener: ChannelListener) -> None:
        """Connects (after closing a former connection). Raises ChannelUnreachable."""

    def send(self, data: bytes) -> None:
        """Queues one binary frame. Raises ChannelUnreachable when not open."""

    async def close(self) -> None: ...


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> int:
        """Unix milliseconds."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Timer: ...


class Screen(Protocol):
    def show(self, view: bytes, tab: str | None = None) -> None:
        """One View (view/) as JSON text, on all tabs or on `tab`; "" is the only one where there are no others."""
