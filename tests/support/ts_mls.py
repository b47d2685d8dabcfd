"""Members of a group by ts-mls, in a program of their own, and devices of the binding to talk to them."""

import base64
import json
import subprocess
from itertools import count
from pathlib import Path
from typing import Final

from deno import find_deno_bin  # type: ignore[import-untyped]

from mls_rs_python import ApplicationMessage, Client, CommitReceived, Crypto, Group, Storage
from stack.page_cache import ROOT

NOW: Final = 1_800_000_000
"""Also what the program takes the time to be."""
EXTENSION: Final = 0xF001
"""The group context extension that all of them understand."""
PROGRAM: Final = Path(ROOT, "tests/peers/ts_mls_peer.ts")
FLAGS: Final = ("--quiet", "--frozen", "--cached-only", "--no-prompt", "--no-check")

Json = dict[str, str | int | None]


class PeerError(Exception):
    """What ts-mls refused, in its words."""


class Program:
    """Many members; every request waits for its reply."""

    def __init__(self) -> None:
        command = [find_deno_bin(), "run", *FLAGS, str(PROGRAM), str(NOW)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._members = count()

    def start(self, cipher_suite: int) -> "Peer":
        """A new member."""
        member = next(self._members)
        self.ask("start", member=member, suite=cipher_suite)
        return Peer(self, member)

    def start_as(self, credential: bytes, secret_key: bytes, public_key: bytes) -> "Peer":
        """A new member of suite 1 that the others know; Ed25519 keys."""
        member, seed = next(self._members), secret_key[:32]
        texts = {"data": base64.b64encode(credential).decode(), "more": base64.b64encode(seed + public_key).decode()}
        self.ask("start", member=member, suite=1, **texts)
        return Peer(self, member)

    def close(self) -> None:
        """Ends the input, and with it the program; it must have gone well."""
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def ask(self, operation: str, **arguments: str | int) -> Json:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"operation": operation, **arguments}) + "\n")
        self._process.stdin.flush()
        reply: Json = json.loads(self._process.stdout.readline() or '{"error": "the program ended"}')
        if "error" in reply:
            raise PeerError(f"{operation}: {reply['error']}")
        return reply


class Peer:
    """One member with one key package and at most one group."""

    def __init__(self, program: Program, member: int) -> None:
        self._program, self._member = program, member

    def _ask(self, operation: str, data: bytes = b"", more: bytes = b"", leaf: int = -1) -> Json:
        texts = {"data": base64.b64encode(data).decode(), "more": base64.b64encode(more).decode()}
        return self._program.ask(operation, member=self._member, leaf=leaf, **texts)

    def _bytes(self, field: str, reply: Json) -> bytes:
        value = reply[field]
        assert isinstance(value, str), f"no {field} in {reply}"
        return base64.b64decode(value)

    @property
    def credential(self) -> bytes:
        return f"ts-mls {self._member}".encode()

    def key_package(self) -> bytes:
        return self._bytes("data", self._ask("key_package"))

    def know(self, psk_id: bytes, psk: bytes) -> None:
        self._ask("know", psk_id, psk)

    def create(self, group_id: bytes) -> None:
        self._ask("create", group_id)

    def join(self, welcome: bytes) -> None:
        self._ask("join", welcome)

    def external_join(self, group_info: bytes) -> bytes:
        """The commit to send."""
        return self._bytes("commit", self._ask("external_join", group_info))

    def rejoin(self, group_info: bytes) -> bytes:
        """The commit to send, which takes the place of the own leaf."""
        return self._bytes("commit", self._ask("rejoin", group_info))

    def usurp(self, group_info: bytes, signature_key: bytes) -> bytes:
        """The commit to send, which takes the place of another's leaf."""
        return self._bytes("commit", self._ask("usurp", group_info, signature_key))

    def cheat(self, how: str, number: int = -1) -> None:
        """One thing in what is made from now on is wrong: `number` tells which, where there are several."""
        self._ask("cheat", how.encode(), leaf=number)

    def group_info(self) -> bytes:
        return self._bytes("data", self._ask("group_info"))

    def add(self, key_package: bytes) -> tuple[bytes, bytes]:
        """Commit and Welcome."""
        reply = self._ask("add", key_package)
        return self._bytes("commit", reply), self._bytes("welcome", reply)

    def remove(self, leaf: int) -> bytes:
        return self._bytes("commit", self._ask("remove", leaf=leaf))

    def update(self) -> bytes:
        """A commit of new keys and of all open proposals."""
        return self._bytes("commit", self._ask("update"))

    def update_openly(self) -> bytes:
        """As a PublicMessage."""
        return self._bytes("commit", self._ask("update_openly"))

    def restart(self) -> bytes:
        """A commit of a ReInit."""
        return self._bytes("commit", self._ask("restart"))

    def welcoming_update(self) -> tuple[bytes, bytes]:
        """The same where an open proposal adds somebody; the Welcome too."""
        reply = self._ask("update")
        return self._bytes("commit", reply), self._bytes("welcome", reply)

    def prove(self, psk_id: bytes) -> bytes:
        """A commit that proves knowledge of a pre-shared key."""
        return self._bytes("commit", self._ask("prove", psk_id))

    def extend(self, value: bytes) -> bytes:
        """A commit of another group context extension."""
        return self._bytes("commit", self._ask("extend", value))

    def propose_add(self, key_package: bytes) -> bytes:
        return self._bytes("message", self._ask("propose_add", key_package))

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

    def leaf(self) -> int:
        return int(self._ask("status")["leaf"] or 0)

    def extension(self) -> bytes:
        return self._bytes("extension", self._ask("status"))


_names = count()


def client(suite: int, storage: Storage | None = None) -> Client:
    """A device of the binding, with a name of its own."""
    secret, public = Crypto(suite).generate_signature_key_pair()
    return Client(
        credential=f"device {next(_names)}".encode(),
        signature_secret_key=secret,
        signature_public_key=public,
        storage=storage or Storage(),
        identity_validator=lambda credential, _: credential,
        cipher_suite=suite,
        extension_types=[EXTENSION],
    )


def agree(members: list[Peer | Group]) -> None:
    """All are in the same epoch with the same secrets, and read each other."""
    assert len({position(member) for member in members}) == 1
    for sender in members:
        text = f"from {sender}".encode()
        sent = sender.encrypt(text, authenticated_data=b"open") if isinstance(sender, Group) else sender.encrypt(text)
        for receiver in members:
            if receiver is not sender:
                assert read(receiver, sent) == text


def position(member: Peer | Group) -> tuple[int, bytes]:
    """Epoch and epoch authenticator."""
    if isinstance(member, Group):
        return member.epoch, member.epoch_authenticator
    epoch, authenticator, state = member.status()
    assert state == "active"
    return epoch, authenticator


def read(member: Peer | Group, message: bytes) -> bytes | None:
    if isinstance(member, Peer):
        return member.process(message)
    received = member.process(message, now=NOW)
    assert isinstance(received, ApplicationMessage)
    return received.data


def commit(group: Group, peer: Peer, **changes: list[bytes] | list[int] | dict[int, bytes]) -> bytes | None:
    """A commit of the binding, taken in by ts-mls; the Welcome."""
    output = group.commit(now=NOW, **changes)  # type: ignore[arg-type]
    group.apply_pending_commit()
    assert peer.process(output.commit) is None
    return output.welcome


def take(group: Group, message: bytes) -> CommitReceived:
    received = group.process(message, now=NOW)
    assert isinstance(received, CommitReceived)
    return received
