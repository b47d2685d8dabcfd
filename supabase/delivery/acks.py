"""How far each device has processed its groups: gathered here, written together every few seconds."""

from collections.abc import Awaitable, Callable, Mapping

from delivery.effects import Device

Write = Callable[[Mapping[tuple[Device, str], int]], Awaitable[None]]


class Acks:
    """Losing some is harmless (a device acknowledges again), so they need no transaction of their own."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._newest: dict[tuple[Device, str], int] = {}

    def note(self, device: Device, group_id: str, server_seq: int) -> None:
        self._newest[device, group_id] = max(server_seq, self._newest.get((device, group_id), 0))

    async def flush(self) -> None:
        """Writes what was noted; after a failure it stays noted. Raises what the database raises."""
        taken, self._newest = self._newest, {}
        if not taken:
            return
        try:
            await self._write(taken)
        except BaseException:
            for (device, group_id), server_seq in taken.items():
                self.note(device, group_id, server_seq)
            raise
