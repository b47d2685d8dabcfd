"""Port `Screen`: JSON text to the page."""

import js


class PageScreen:
    def show(self, view: bytes, tab: str | None = None) -> None:
        js.postMessage(view.decode())
