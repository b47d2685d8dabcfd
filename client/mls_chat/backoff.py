"""Growing pauses between attempts; after a long time of peace they begin small again."""


def pause_ms(attempts: int, base_ms: int, cap_ms: int) -> int:
    """After so many attempts: twice as long each time, up to the cap."""
    return min(cap_ms, base_ms << min(attempts, 16))


class BackOff:
    def __init__(self, base_ms: int, cap_ms: int) -> None:
        self._base, self._cap = base_ms, cap_ms
        self._next, self._last = base_ms, 0

    def delay(self, now: int) -> int:
        """Milliseconds to wait before the attempt that is due at `now`."""
        if now - self._last > 2 * self._cap:
            self._next = self._base
        self._last = now
        delay, self._next = self._next, min(self._cap, 2 * self._next)
        return delay
