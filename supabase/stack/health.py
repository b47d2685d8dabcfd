"""Asks the front door for each service behind it."""

import base64
import http.client
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from stack.errors import StackError

PATIENCE: Final = 15.0


def wait_answering(url: str, logs: Path) -> None:
    """Returns when page, functions and delivery all answer at `url`. Raises StackError naming the one that does not."""
    deadline = time.monotonic() + PATIENCE
    for name, probe in PROBES.items():
        while not _answers(probe, url):
            if time.monotonic() > deadline:
                raise StackError(f"{name} does not answer at {url}: see {logs / name}.log")
            time.sleep(0.05)


def _answers(probe: Callable[[http.client.HTTPConnection], bool], url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=PATIENCE)
    try:
        return probe(connection)
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        connection.close()


def _page(connection: http.client.HTTPConnection) -> bool:
    connection.request("GET", "/")
    return connection.getresponse().status == http.client.OK


def _functions(connection: http.client.HTTPConnection) -> bool:
    """A refused shape is an answer of the function itself; a gateway in front has no such code."""
    connection.request("POST", "/functions/v1/invite_info", b"{}", {"content-type": "application/json"})
    refusal = json.loads(connection.getresponse().read())
    return isinstance(refusal, dict) and refusal.get("code") == "bad_request"


def _delivery(connection: http.client.HTTPConnection) -> bool:
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13", "sec-websocket-key": key}
    connection.request("GET", "/delivery/v1", headers=upgrade)
    return connection.getresponse().status == http.client.SWITCHING_PROTOCOLS


PROBES: Final = {"page": _page, "functions": _functions, "delivery": _delivery}
