"""Port `Screen`: JSON text to the page."""

import js


class PageScreen:
    def show(self, view: bytes) -> None:
        js.postMessage(view.decode())
