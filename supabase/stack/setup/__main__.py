"""`python3 -m stack.setup GOAL`: makes everything ready that a goal of the Makefile needs."""

import fcntl
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from stack.setup.stamps import BUILD, SetupError, Step
from stack.setup.steps import GOALS


def _setup(goal: str) -> None:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("setup: waiting for another setup of this checkout", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor() as pool:
            for together in GOALS[goal]:
                list(pool.map(Step.ensure, together))


def main() -> int:
    """Exit code 0, or 1 with one clear line."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this runs on whatever Python the system has
        print(f"setup: Python 3.11 or newer is needed, this is {sys.version.split()[0]}", file=sys.stderr)
        return 1
    if len(sys.argv) != 2 or sys.argv[1] not in GOALS:
        print(f"usage: python3 -m stack.setup {'|'.join(GOALS)}", file=sys.stderr)
        return 2
    with suppress(KeyboardInterrupt):
        try:
            _setup(sys.argv[1])
        except (SetupError, OSError) as error:
            print(f"setup: {error}", file=sys.stderr)
            return 1
        return 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
