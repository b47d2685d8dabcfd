"""The binding and ts-mls, two implementations of RFC 9420, in one group: each as founder, guest and third."""

import base64
import json
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from deno import find_deno_bin  # type: ignore[import-untyped]

from mls_rs_python import ApplicationMessage, Client, CommitReceived, Crypto, Group, ProposalReceived, Storage
from stack.page_cache import ROOT

NOW: Final = 1_790_000_000
SUITES: Final = Crypto.supported_cipher_suites()
PROGRAM: Final = Path(__file__).with_name("ts_mls_peer.ts")
FLAGS: Final = ("--quiet", "--frozen", "--cached-only", "--no-prompt", "--no-check")

Json = dict[str, str | int | None]


class PeerError(Exception):
    """What ts-mls refused, in its words."""


class Peer:
    """One member with one key package and at most one group; every request waits for its reply."""

    def __init__(self) -> None:
        command = [find_deno_bin(), "run", *FLAGS, str(PROGRAM)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self, cipher_suite: int) -> None:
        """A new member in the same program, which forgets the one before."""
        self._ask("start", suite=cipher_suite)

    def close(self) -> None:
        """Ends the input, and with it the program; it must have gone well."""
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def _ask(self, operation: str, data: bytes = b"", **numbers: int) -> Json:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"operation": operation, "data": base64.b64encode(data).decode(), **numbers}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply: Json = json.loads(self._process.stdout.readline() or '{"error": "the program ended"}')
        if "error" in reply:
            raise PeerError(f"{operation}: {reply['error']}")
        return reply

    def _bytes(self, field: str, reply: Json) -> bytes:
        value = reply[field]
        assert isinstance(value, str), f"no {field} in {reply}"
        return base64.b64decode(value)

    def key_package(self) -> bytes:
        return self._bytes("data", self._ask("key_package"))

    def create(self, group_id: bytes) -> None:
        self._ask("create", group_id)

    def join(self, welcome: bytes) -> None:
        self._ask("join", welcome)

    def external_join(self, group_info: bytes) -> bytes:
        """The commit to send."""
        return self._bytes("commit", self._ask("external_join", group_info))

    def group_info(self) -> bytes:
        return self._bytes("data", self._ask("group_info"))

    def add(self, key_package: bytes) -> tuple[bytes, bytes]:
        """Commit and Welcome."""
        reply = self._ask("add", key_package)
        return self._bytes("commit", reply), self._bytes("welcome", reply)

    def remove(self, leaf: int) -> bytes:
        return self._bytes("commit", self._ask("remove", leaf=leaf))

    def update(self) -> bytes:
        """A commit of nothing but new keys."""
        return self._bytes("commit", self._ask("update"))

    def propose_remove(self, leaf: int) -> bytes:
        return self._bytes("message", self._ask("propose_remove", leaf=leaf))

    def encrypt(self, text: bytes) -> bytes:
        return self._bytes("message", self._ask("encrypt", text))

    def process(self, message: bytes) -> bytes | None:
        """The text of an application message; None for a handshake, which is applied."""
        reply = self._ask("process", message)
        return None if reply["text"] is None else self._bytes("text", reply)

    def status(self) -> tuple[int, bytes, str]:
        """Epoch, epoch authenticator, and `active` or `removedFromGroup`."""
        reply = self._ask("status")
        return int(reply["epoch"] or 0), self._bytes("authenticator", reply), str(reply["state"])


@pytest.fixture(params=SUITES, ids=lambda suite: f"suite{suite}")
def suite(request: pytest.FixtureRequest) -> int:
    number: int = request.param
    return number


@pytest.fixture(scope="module")
def program() -> Iterator[Peer]:
    process = Peer()
    yield process
    process.close()


@pytest.fixture
def peer(program: Peer, suite: int) -> Peer:
    program.start(suite)
    return program


names = count()


def client(suite: int) -> Client:
    """A device of the binding, with a name of its own."""
    secret, public = Crypto(suite).generate_signature_key_pair()
    return Client(
        credential=f"device {next(names)}".encode(),
        signature_secret_key=secret,
        signature_public_key=public,
        storage=Storage(),
        identity_validator=lambda credential, _: credential,
        cipher_suite=suite,
    )


def agree(peer: Peer, *groups: Group) -> None:
    """All are in the same epoch with the same secrets, and read each other."""
    epoch, authenticator, state = peer.status()
    assert state == "active"
    for group in groups:
        assert (group.epoch, group.epoch_authenticator) == (epoch, authenticator)
        assert peer.process(group.encrypt(b"from the binding", authenticated_data=b"open")) == b"from the binding"
    message = peer.encrypt(b"from ts-mls")
    for group in groups:
        received = group.process(message, now=NOW)
        assert isinstance(received, ApplicationMessage)
        assert received.data == b"from ts-mls"


def commit(group: Group, peer: Peer, **changes: list[bytes] | list[int]) -> bytes | None:
    """A commit of the binding, taken in by ts-mls; the Welcome."""
    output = group.commit(now=NOW, **changes)  # type: ignore[arg-type]
    group.apply_pending_commit()
    assert peer.process(output.commit) is None
    return output.welcome


def take(group: Group, message: bytes) -> CommitReceived:
    received = group.process(message, now=NOW)
    assert isinstance(received, CommitReceived)
    return received


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


def test_binding_invites_ts_mls(peer: Peer, hosted: Group) -> None:
    agree(peer, hosted)


def test_ts_mls_invites_binding(peer: Peer, visiting: Group) -> None:
    assert visiting.group_id == b"founded by ts-mls"
    agree(peer, visiting)


@pytest.mark.parametrize("founder", ["hosted", "visiting"])
def test_both_renew_their_keys(peer: Peer, founder: str, request: pytest.FixtureRequest) -> None:
    group: Group = request.getfixturevalue(founder)
    for _ in range(2):
        commit(group, peer)
        agree(peer, group)
        take(group, peer.update())
        agree(peer, group)


def test_binding_adds_and_removes_a_third(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    welcome = commit(hosted, peer, add=[device.generate_key_package(now=NOW).data])
    assert welcome is not None
    third = device.join_group(welcome, now=NOW)
    agree(peer, hosted, third)
    commit(hosted, peer, remove=[third.own_leaf_index])
    agree(peer, hosted)


def test_ts_mls_adds_and_removes_a_third(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    message, welcome = peer.add(device.generate_key_package(now=NOW).data)
    assert [member.credential for member in take(hosted, message).added] == [device.credential]
    third = device.join_group(welcome, now=NOW)
    agree(peer, hosted, third)
    message = peer.remove(third.own_leaf_index)
    assert take(third, message).self_removed
    assert [member.credential for member in take(hosted, message).removed] == [device.credential]
    agree(peer, hosted)


def test_ts_mls_commits_an_update_proposed_by_the_binding(peer: Peer, visiting: Group) -> None:
    assert peer.process(visiting.propose_update()) is None
    updated = take(visiting, peer.update()).updated
    assert [member.leaf_index for member in updated] == [visiting.own_leaf_index]
    agree(peer, visiting)


def test_binding_commits_a_remove_proposed_by_ts_mls(suite: int, peer: Peer, hosted: Group) -> None:
    device = client(suite)
    welcome = commit(hosted, peer, add=[device.generate_key_package(now=NOW).data])
    assert welcome is not None
    third = device.join_group(welcome, now=NOW)
    proposal = hosted.process(peer.propose_remove(third.own_leaf_index), now=NOW)
    assert isinstance(proposal, ProposalReceived)
    assert (proposal.proposal_type, proposal.removed_leaf) == ("remove", third.own_leaf_index)
    commit(hosted, peer)
    assert len(hosted.members()) == 2
    agree(peer, hosted)


def test_binding_removes_ts_mls(peer: Peer, hosted: Group) -> None:
    commit(hosted, peer, remove=[1])
    assert peer.status()[2] == "removedFromGroup"
    with pytest.raises(PeerError):
        peer.encrypt(b"too late")


def test_ts_mls_removes_binding(peer: Peer, visiting: Group) -> None:
    assert take(visiting, peer.remove(visiting.own_leaf_index)).self_removed


def test_binding_joins_by_external_commit(suite: int, peer: Peer, visiting: Group) -> None:
    joined, message = client(suite).external_join(peer.group_info(), now=NOW)
    assert peer.process(message) is None
    assert take(visiting, message).external
    agree(peer, visiting, joined)


def test_ts_mls_joins_by_external_commit(suite: int, peer: Peer) -> None:
    group = client(suite).create_group(now=NOW)
    assert take(group, peer.external_join(group.group_info())).external
    agree(peer, group)


def test_messages_out_of_order(peer: Peer, hosted: Group) -> None:
    ours = [hosted.encrypt(bytes([number])) for number in range(4)]
    assert [peer.process(message) for message in reversed(ours)] == [b"\3", b"\2", b"\1", b"\0"]
    theirs = [peer.encrypt(bytes([number])) for number in range(4)]
    received = [hosted.process(message, now=NOW) for message in reversed(theirs)]
    assert [each.data for each in received if isinstance(each, ApplicationMessage)] == [b"\3", b"\2", b"\1", b"\0"]


def test_it_refuses_a_spoiled_commit_of_ours(peer: Peer, hosted: Group) -> None:
    ours = hosted.commit(now=NOW).commit
    hosted.clear_pending_commit()
    with pytest.raises(PeerError):
        peer.process(ours[:-1] + bytes([ours[-1] ^ 1]))
    agree(peer, hosted)
