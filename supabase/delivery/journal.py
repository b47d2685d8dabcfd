"""What the service says about itself: one JSON object a line, without content and without tokens."""

import json
import sys
import time
from typing import TextIO


class Journal:
    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream

    def event(self, event: str, **facts: object) -> None:
        line = {"time": round(time.time(), 3), "service": "delivery", "event": event, **facts}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def error(self, event: str, error: BaseException, **facts: object) -> None:
        """The error's class and its cause's; texts of errors may carry what was sent."""
        cause = type(error.__cause__).__name__ if error.__cause__ is not None else None
        state = getattr(error, "sqlstate", None)
        self.event(event, error=type(error).__name__, cause=cause, sqlstate=state, **facts)
