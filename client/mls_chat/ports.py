"""What the runner needs from its surroundings; `browser/` and `native/` each have one adapter a port."""

from collections.abc import Callable, Sequence
from typing import Protocol

from mls_chat.effects import Row, Write


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


class Storage(Protocol):
    """Rows of (table, key, value); values are sealed at rest by the adapter (Vault)."""

    async def load(self) -> list[Row]:
        """Every row of every table except the tables of LAZY_TABLES (records.py)."""

    async def commit(self, writes: Sequence[Write]) -> None:
        """All writes or none, durable when it returns; the last write to a key wins. Raises StorageFailed."""

    async def read(self, table: str, prefix: str, before: str | None, limit: int) -> list[Row]:
        """At most `limit` rows whose key starts with `prefix` and is below `before`, highest key first."""


class Vault(Protocol):
    """Seals rows at rest (AES-GCM); table and key are additional data, so rows can't be swapped."""

    async def seal(self, table: str, key: str, value: bytes) -> bytes: ...

    async def unseal(self, table: str, key: str, sealed: bytes) -> bytes:
        """Raises StorageFailed, naming the row, when it was changed or belongs elsewhere."""


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
        """One View (view.py) as JSON text, on one tab or on all."""
