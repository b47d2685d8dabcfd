"""Which tabs there are: each page holds a Web Lock of its own from its start until it is gone, however it went."""

import asyncio
from collections.abc import Callable
from typing import Any

import js
from pyodide.ffi import JsException, create_proxy

from mls_chat.browser.interop import js_object


class Presence:
    """`prefix` and the tab's id name its lock; the page (main.ts) takes it before its worker starts."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._watched: dict[str, Any] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def tabs(self) -> frozenset[str]:
        """All that there are now."""
        held = (await js.navigator.locks.query()).held
        names = [str(each.name) for each in held]
        return frozenset(name.removeprefix(self._prefix) for name in names if name.startswith(self._prefix))

    def watch(self, tab: str, gone: Callable[[str], None]) -> None:
        """Tells once when the tab is gone."""
        if tab not in self._watched:
            self._watched[tab] = js.AbortController.new()
            task = asyncio.ensure_future(self._wait(tab, self._watched[tab].signal, gone))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forget(self) -> None:
        """Nobody is watched any more."""
        watched, self._watched = self._watched, {}
        for controller in watched.values():
            controller.abort()

    async def _wait(self, tab: str, signal: Any, gone: Callable[[str], None]) -> None:
        callback = create_proxy(lambda _: None)
        try:
            await js.navigator.locks.request(self._prefix + tab, js_object(signal=signal), callback)
        except JsException as error:
            if error.name != "AbortError":
                raise
            return  # watched no more
        finally:
            callback.destroy()
        self._watched.pop(tab, None)
        gone(tab)
