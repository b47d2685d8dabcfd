"""Ports: free ones are found, taken ones are named."""

import socket

import pytest

from stack.errors import PortInUseError, StackError
from stack.ports import free_ports, parse_port, require_free


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        require_free(port)


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUseError, match=f"port {port} on 127.0.0.1 is taken"):
            require_free(port)


@pytest.mark.parametrize("text", ["1", "8000", "65535"])
def test_a_number_is_a_port(text: str) -> None:
    assert parse_port(text) == int(text)


@pytest.mark.parametrize("text", ["", "0", "65536", "80a", "-1", "8000 ", "٣", "8e3"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(StackError, match="is no port"):
        parse_port(text)
