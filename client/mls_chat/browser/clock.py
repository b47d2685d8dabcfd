"""Port `Clock` over Date and setTimeout."""

from collections.abc import Callable
from typing import Any, Final

import js
from pyodide.ffi import create_once_callable

LONGEST_MS: Final = 2**31 - 1
"""setTimeout takes no more; a longer one would fire at once."""


class _Timeout:
    def __init__(self, delay_ms: int, callback: Callable[[], None]) -> None:
        self._callback = callback
        self._proxy: Any = None
        self._arm(max(0, delay_ms))

    def cancel(self) -> None:
        proxy, self._proxy = self._proxy, None
        if proxy is not None:
            js.clearTimeout(self._id)
            proxy.destroy()

    def _arm(self, delay_ms: int) -> None:
        now = min(delay_ms, LONGEST_MS)
        self._proxy = create_once_callable(lambda: self._fire(delay_ms - now))
        self._id = js.setTimeout(self._proxy, now)

    def _fire(self, rest_ms: int) -> None:
        self._proxy = None
        if rest_ms > 0:
            self._arm(rest_ms)
        else:
            self._callback()


class BrowserClock:
    def now(self) -> int:
        return int(js.Date.now())

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> _Timeout:
        return _Timeout(delay_ms, callback)
