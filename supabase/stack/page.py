"""The page's server as a service of the stack."""

import http.client
import os
import sys
from pathlib import Path
from typing import Final

from stack.process import Child

HERE: Final = Path(__file__).resolve().parents[1]
PROBE_TIMEOUT_S: Final = 1.0


class Page:
    """Serves the page built in `root` on 127.0.0.1:`port`, and the way to both services.

    `log` may be set before `start`.
    """

    def __init__(self, root: Path, port: int, functions_url: str, delivery_url: str) -> None:
        self._root, self._port = root, port
        self._addresses = [functions_url, delivery_url]
        self.log = root.parent / "page.log"
        self.child: Child | None = None

    @property
    def pid(self) -> int | None:
        return None if self.child is None else self.child.pid

    def start(self) -> None:
        """Returns when the page is served. Raises ServiceFailedError."""
        argv = [sys.executable, "-m", "stack.page_server", str(self._root), str(self._port), *self._addresses]
        path = os.pathsep.join([str(HERE), str(HERE.parent / "client")])
        self.child = Child("page", argv, self.log, env={**os.environ, "PYTHONPATH": path})
        self.child.start()
        self.child.wait_ready(self._answers)

    def stop(self) -> None:
        if self.child is not None:
            self.child.stop()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PROBE_TIMEOUT_S)
        try:
            connection.request("GET", "/settings.json")
            return connection.getresponse().status == http.client.OK
        except OSError:
            return False
        finally:
            connection.close()
