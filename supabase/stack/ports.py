"""Which loopback ports are free."""

import socket
from contextlib import ExitStack
from typing import Final

from stack.errors import PortInUseError, StackError

PORT_MAX: Final = 65535


def free_ports(count: int) -> list[int]:
    """Different ports that nobody listens on at this moment."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def require_free(port: int) -> None:
    """Raises PortInUseError when a program listens on 127.0.0.1:`port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a just closed listener is no obstacle
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as cause:
            raise StackError(f"port {port} needs more rights than this user has: choose one above 1023") from cause
        except OSError as cause:
            raise PortInUseError(port) from cause


def parse_port(text: str) -> int:
    """Raises StackError when `text` is no port number."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= PORT_MAX):
        raise StackError(f"PORT={text!r} is no port: give a number from 1 to {PORT_MAX}")
    return int(text)
