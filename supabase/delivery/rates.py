"""How often something may happen."""


class Bucket:
    """`burst` at once, then `per_second`. Time is an argument."""

    def __init__(self, per_second: float, burst: float) -> None:
        self._per_second, self._burst = per_second, burst
        self._level, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        """False when it is empty."""
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._per_second)
        self._at = now
        if self._level < 1:
            return False
        self._level -= 1
        return True
