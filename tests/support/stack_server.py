"""One real local stack for all tests that need it: on a free port, with data in a temporary folder."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.ports import free_ports
from stack.supervisor import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="mls-chat-stack-") as folder:
        Path(folder).chmod(0o755)  # Postgres may run as another user
        with Stack(Path(folder), free_ports(1)[0], durable=False) as running:
            yield running
