"""The border between Python and JavaScript: option objects, and listeners whose proxies are always destroyed."""

from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import create_proxy, to_js


def js_object(**fields: Any) -> Any:
    """A plain JavaScript object, e.g. for an options argument."""
    return to_js(fields, dict_converter=js.Object.fromEntries)


class Listeners:
    """Event listeners on one JavaScript object, until `close`."""

    def __init__(self, target: Any, **handlers: Callable[[Any], None]) -> None:
        self._target = target
        self._proxies = {kind: create_proxy(handler) for kind, handler in handlers.items()}
        for kind, proxy in self._proxies.items():
            target.addEventListener(kind, proxy)

    def close(self) -> None:
        """Removes the listeners and destroys their proxies; harmless when repeated."""
        proxies, self._proxies = self._proxies, {}
        for kind, proxy in proxies.items():
            self._target.removeEventListener(kind, proxy)
            proxy.destroy()
