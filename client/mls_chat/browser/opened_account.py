"""The account as its owner has it open: a runner over the storage, closed together."""

from collections.abc import Callable
from typing import Protocol

from mls_chat.events import Event
from mls_chat.ports import Storage, StorageClosed, StorageFailed, StorageLost
from mls_chat.runner import Runner


class FencedStorage(Storage, Protocol):
    """`generation` rises with each opening; writes of an earlier one are refused."""

    closed: Callable[[StorageClosed], None]
    """Told when the storage is taken away."""

    @property
    def generation(self) -> int: ...

    def close(self) -> None: ...


class OpenedAccount:
    def __init__(self, storage: FencedStorage, runner: Runner) -> None:
        self._storage, self._runner = storage, runner
        storage.closed = runner.end

    @property
    def generation(self) -> int:
        return self._storage.generation

    async def start(self) -> None:
        """Raises StorageFailed; everything is closed then."""
        try:
            await self._runner.start()
        except BaseException:
            await self.close()
            raise

    def post(self, event: Event) -> None:
        self._runner.post(event)

    async def ended(self) -> StorageFailed:
        """Why it stopped by itself."""
        await self._runner.lost.wait()
        return self._runner.failure or StorageLost("another tab has the account open")

    async def settled(self) -> None:
        """Until everything that was posted is done."""
        await self._runner.settled()

    async def close(self) -> None:
        await self._runner.stop()
        self._storage.close()
