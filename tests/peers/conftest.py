"""The program with members by ts-mls, and small groups with one of them."""

from collections.abc import Iterator

import pytest

from mls_rs_python import Crypto, Group
from ts_mls import NOW, Peer, Program, client


@pytest.fixture(params=Crypto.supported_cipher_suites(), ids=lambda suite: f"suite{suite}")
def suite(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    program = Program()
    yield program
    program.close()


@pytest.fixture
def peer(program: Program, suite: int) -> Peer:
    return program.start(suite)


@pytest.fixture
def hosted(suite: int, peer: Peer) -> Group:
    """The binding founded the group and added ts-mls."""
    group = client(suite).create_group(now=NOW)
    welcome = group.commit(now=NOW, add=[peer.key_package()]).welcome
    group.apply_pending_commit()
    assert welcome is not None
    peer.join(welcome)
    return group


@pytest.fixture
def visiting(suite: int, peer: Peer) -> Group:
    """ts-mls founded the group and added the binding."""
    device = client(suite)
    peer.create(b"founded by ts-mls")
    _, welcome = peer.add(device.generate_key_package(now=NOW).data)
    return device.join_group(welcome, now=NOW)
