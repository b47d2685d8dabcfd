"""The channel between the tabs of this browser."""

from collections.abc import Callable

import js

from mls_chat.browser.interop import Listeners


class Peers:
    """Port `Peers` (live_tab.py) over BroadcastChannel: what one tab says all others hear, in order."""

    def __init__(self, name: str) -> None:
        self._channel = js.BroadcastChannel.new(name)
        self._listeners: Listeners | None = None

    def listen(self, heard: Callable[[str], None]) -> None:
        self._listeners = Listeners(self._channel, message=lambda event: heard(str(event.data)))

    def post(self, text: str) -> None:
        self._channel.postMessage(text)
