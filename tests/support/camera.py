"""What Chromium's pretended camera films: a QR code that a page draws, as a film that the browser plays."""

import re
from pathlib import Path
from typing import Final

from playwright.async_api import Locator

WIDTH: Final = 640
HEIGHT: Final = 480
FRAMES: Final = 4
DARK: Final = 16
LIGHT: Final = 235
GREY: Final = 110
"""What lies around the code."""


class Camera:
    def __init__(self, film: Path) -> None:
        self._film = film

    @property
    def flags(self) -> list[str]:
        """For the browser, which opens the film each time that the camera is opened."""
        allowed = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
        return [*allowed, f"--use-file-for-fake-video-capture={self._film}"]

    async def look_at(self, code: Locator) -> None:
        """`code`: the drawing. What is filmed from here on."""
        size = int(str(await code.get_attribute("viewBox")).split()[-1])
        path = await code.locator("path").get_attribute("d")
        dark = set[tuple[int, int]]()
        for x, y, count in re.findall(r"M(\d+) (\d+)h(\d+)", path or ""):
            dark |= {(int(x) + step, int(y)) for step in range(int(count))}
        assert dark
        self._play(size, dark)

    def _play(self, size: int, dark: set[tuple[int, int]]) -> None:
        scale = HEIGHT // size
        left, top = (WIDTH - size * scale) // 2, (HEIGHT - size * scale) // 2
        rows = []
        for row in range(HEIGHT):
            y = (row - top) // scale
            line = bytearray([GREY]) * WIDTH
            if 0 <= y < size:
                for x in range(size):
                    start = left + x * scale
                    line[start : start + scale] = bytes([DARK if (x, y) in dark else LIGHT]) * scale
            rows.append(bytes(line))
        colour = bytes([128]) * (WIDTH * HEIGHT // 2)
        frame = b"FRAME\n" + b"".join(rows) + colour
        self._film.write_bytes(b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT) + frame * FRAMES)
