"""Devices and small groups to test with. Needs pytest and hypothesis alone, so that it runs in Pyodide as well."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings

from mls_rs_python import Client, Crypto, Group, Storage

NAME_EXTENSION = 0xF001

settings.register_profile("binding", derandomize=True, database=None, deadline=None, max_examples=150)
settings.load_profile("binding")


def accept_all(credential: bytes, _signature_key: bytes) -> bytes:
    """Everybody is who the credential says."""
    return credential


@dataclass
class Device:
    """A device with its keys and storage."""

    name: bytes
    validator: Callable[[bytes, bytes], bytes] = accept_all
    keys: tuple[bytes, bytes] = field(default_factory=lambda: Crypto().generate_signature_key_pair())
    storage: Storage = field(default_factory=Storage)

    def __post_init__(self) -> None:
        self.client = self.over(self.storage)

    def over(self, storage: Storage) -> Client:
        """The same device over another storage."""
        return Client(
            credential=self.name,
            signature_secret_key=self.keys[0],
            signature_public_key=self.keys[1],
            storage=storage,
            identity_validator=self.validator,
            extension_types=[NAME_EXTENSION],
        )

    def copy(self) -> Client:
        """The device as another process would find it: over what its storage holds now."""
        storage = Storage()
        storage.load(self.storage.entries())
        return self.over(storage)


@dataclass
class Chat:
    """Devices in one group; the first one created it."""

    now: int
    devices: list[Device]
    groups: list[Group]

    def save(self) -> None:
        for group in self.groups:
            group.save()

    def deliver(self, message: bytes, *, sender: int) -> None:
        """All but the sender process a message."""
        for index, group in enumerate(self.groups):
            if index != sender:
                group.process(message, now=self.now)

    def advance(self, committer: int = 0) -> None:
        """One empty commit, applied by all."""
        commit = self.groups[committer].commit(now=self.now).commit
        self.groups[committer].apply_pending_commit()
        self.deliver(commit, sender=committer)


@pytest.fixture
def now() -> int:
    return 1_790_000_000


@pytest.fixture
def device() -> Callable[..., Device]:
    return Device


@pytest.fixture
def chat(now: int) -> Callable[..., Chat]:
    """Makes a saved group of devices with these names."""

    def make(*names: bytes) -> Chat:
        devices = [Device(name) for name in names or (b"alice", b"bob")]
        creator = devices[0].client.create_group(now=now, context_extensions={NAME_EXTENSION: b"tea"})
        groups = [creator]
        packages = [device.client.generate_key_package(now=now) for device in devices[1:]]
        if packages:
            welcome = creator.commit(now=now, add=[package.data for package in packages]).welcome
            creator.apply_pending_commit()
            assert welcome is not None
            groups += [device.client.join_group(welcome, now=now) for device in devices[1:]]
        made = Chat(now, devices, groups)
        made.save()
        return made

    return make


PARENTS: Final = Path(__file__).resolve().parents
VECTORS: Final = PARENTS[min(3, len(PARENTS) - 1)].parent / "shared" / "vectors"
VECTOR_LINES: Final = pytest.StashKey[list[str]]()


@dataclass
class Vectors:
    """The official test vectors of the MLS working group, and a line for the end of the run about each file of them.

    They lie beside the project in `shared/vectors` and are not part of it.
    """

    lines: list[str]

    def names(self) -> list[str]:
        return sorted(path.stem for path in VECTORS.glob("*.json"))

    def cases(self, name: str) -> list[dict[str, Any]]:
        loaded: list[dict[str, Any]] = json.loads((VECTORS / f"{name}.json").read_text())
        return loaded

    def of_known_suites(self, name: str) -> list[dict[str, Any]]:
        return [case for case in self.cases(name) if case["cipher_suite"] in Crypto.supported_cipher_suites()]

    def of_other_suites(self, name: str) -> dict[str, int]:
        """The others, counted by the reason why they are not run."""
        suites = Counter(case["cipher_suite"] for case in self.cases(name))
        known = Crypto.supported_cipher_suites()
        return {f"the provider lacks suite {suite}": suites[suite] for suite in sorted(suites) if suite not in known}

    def tell(self, what: str, run: int, left_out: dict[str, int]) -> None:
        reasons = [f"{count} left out: {reason}" for reason, count in left_out.items()]
        self.lines.append("; ".join([f"{what}: {run} run", *reasons]))


@pytest.fixture(scope="session")
def vectors(pytestconfig: pytest.Config) -> Vectors:
    if not VECTORS.is_dir():
        pytest.skip(f"no official test vectors at {VECTORS}")
    return Vectors(pytestconfig.stash.setdefault(VECTOR_LINES, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = config.stash.get(VECTOR_LINES, [])
    if lines:
        terminalreporter.section("official test vectors")
    for line in sorted(lines):
        terminalreporter.write_line(line)
