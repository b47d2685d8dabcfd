"""Port `Clock` over the event loop."""

import asyncio
import time
from collections.abc import Callable


class LoopClock:
    def now(self) -> int:
        return time.time_ns() // 1_000_000

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_ms / 1000, callback)
