"""`python -m stack`: runs the local stack until it is told to stop (Ctrl-C, SIGTERM).

PORT (8000) is the page's port, MLS_CHAT_DATA (.data) the folder that keeps everything.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from stack.errors import StackError
from stack.ports import parse_port

if TYPE_CHECKING:
    from stack.supervisor import Stack

ROOT: Final = Path(__file__).resolve().parents[2]
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _StopRequested(BaseException):
    """A stop signal came before everything was started."""


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise _StopRequested


def _say(line: str) -> None:
    print(f"stack: {line}", file=sys.stderr, flush=True)


def _run(stack: "Stack") -> None:
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    try:
        stack.start()
        quit_fd = _signals_to_fd()
        print(f"ready {stack.url}", flush=True)
        stack.watch(quit_fd)
        _say("stopping")
    except _StopRequested:
        _say("stopped before it was ready")
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        stack.stop()


def _signals_to_fd() -> int:
    """From now on a stop signal only makes the returned descriptor readable."""
    quit_fd, wakeup = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    for number in STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: None)
    signal.set_wakeup_fd(wakeup)
    return quit_fd


def main() -> int:
    """Exit code 0 after a stop that was asked for, 1 with one clear line otherwise."""
    data = Path(os.environ.get("MLS_CHAT_DATA") or ROOT / ".data")
    try:
        from stack.supervisor import Stack  # here, to name a package that is not installed

        _run(Stack(data, parse_port(os.environ.get("PORT") or "8000"), say=_say))
    except ModuleNotFoundError as error:
        _say(f"the Python package {error.name} is missing: `make run` installs it")
        return 1
    except StackError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
