"""The official test vectors of the MLS working group, through the binding.

They lie beside the project in `shared/vectors` and are not part of it; without them these tests skip.
"""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mls_rs_python import (
    Client,
    Crypto,
    Group,
    InvalidCommit,
    InvalidMessage,
    InvalidProposal,
    KeyPackage,
    MlsError,
    Storage,
    UnsupportedCipherSuite,
    inspect_message,
    welcome_references,
)

Case = dict[str, Any]

PROJECT = Path(__file__).resolve().parents[min(3, len(Path(__file__).resolve().parents) - 1)]
VECTORS = PROJECT.parent / "shared" / "vectors"
NOW = 1_790_000_000
ED25519_SUITES = (1, 3)
LACKING = [f"the provider lacks suite {suite}" for suite in (4, 5, 6)]
LEFT_OUT = {
    "passive-client-welcome": dict.fromkeys(LACKING, 8),
    "passive-client-handling-commit": dict.fromkeys(LACKING, 13),
    "passive-client-random": {},
}

pytestmark = pytest.mark.skipif(not VECTORS.is_dir(), reason=f"no official test vectors at {VECTORS}")


def cases(name: str) -> list[Case]:
    loaded: list[Case] = json.loads((VECTORS / f"{name}.json").read_text())
    return loaded


def of_known_suites(name: str) -> Iterator[Case]:
    return (case for case in cases(name) if case["cipher_suite"] in Crypto.supported_cipher_suites())


def left_out(name: str) -> dict[str, int]:
    """Why cases are not run, and how many."""
    unknown = (case["cipher_suite"] for case in cases(name))
    return Counter(
        f"the provider lacks suite {suite}" for suite in unknown if suite not in Crypto.supported_cipher_suites()
    )


def say(capsys: pytest.CaptureFixture[str], name: str, run: int, without: dict[str, int]) -> None:
    reasons = "".join(f"; {count} left out: {reason}" for reason, count in sorted(without.items()))
    with capsys.disabled():
        print(f"\n  {name}: {run} run{reasons}")


def passive_client(case: Case, accept_public_handshakes: bool = True) -> tuple[Client, KeyPackage]:
    """The client of a case; its identity validator accepts any basic credential."""
    package = KeyPackage.parse(bytes.fromhex(case["key_package"]))
    secret = bytes.fromhex(case["signature_priv"])
    storage = Storage()
    for psk in case["external_psks"]:
        storage.put_psk(bytes.fromhex(psk["psk_id"]), bytes.fromhex(psk["psk"]))
    client = Client(
        credential=package.credential,
        # the vectors give the seed alone
        signature_secret_key=secret + package.signature_key if case["cipher_suite"] in ED25519_SUITES else secret,
        signature_public_key=package.signature_key,
        storage=storage,
        identity_validator=lambda credential, _: credential,
        cipher_suite=case["cipher_suite"],
        accept_public_handshakes=accept_public_handshakes,
    )
    init, leaf = bytes.fromhex(case["init_priv"]), bytes.fromhex(case["encryption_priv"])
    return client, client.import_key_package(package.data, init_secret_key=init, leaf_secret_key=leaf)


def follow(group: Group, epochs: list[Case]) -> None:
    for number, epoch in enumerate(epochs, start=group.epoch + 1):
        for proposal in epoch["proposals"]:
            assert group.process(bytes.fromhex(proposal), now=NOW).kind == "proposal"
        assert group.process(bytes.fromhex(epoch["commit"]), now=NOW).kind == "commit"
        assert (group.epoch, group.epoch_authenticator.hex()) == (number, epoch["epoch_authenticator"])


@pytest.mark.parametrize(
    ("name", "expected", "epochs"),
    [
        ("passive-client-welcome", 32, 0),
        ("passive-client-handling-commit", 52, 104),
        ("passive-client-random", 1, 200),
    ],
)
def test_passive_clients(name: str, expected: int, epochs: int, capsys: pytest.CaptureFixture[str]) -> None:
    run = followed = 0
    for case in of_known_suites(name):
        client, package = passive_client(case)
        welcome, tree = bytes.fromhex(case["welcome"]), case["ratchet_tree"]
        assert package.reference in welcome_references(welcome)
        group = client.join_group(welcome, now=NOW, ratchet_tree=None if tree is None else bytes.fromhex(tree))
        assert group.epoch_authenticator.hex() == case["initial_epoch_authenticator"]
        follow(group, case["epochs"])
        run, followed = run + 1, followed + len(case["epochs"])
    without = left_out(name)
    say(capsys, name, run, without)
    assert (run, followed) == (expected, epochs)
    assert without == LEFT_OUT[name]


def test_welcomes_name_their_key_package(capsys: pytest.CaptureFixture[str]) -> None:
    run = 0
    for case in of_known_suites("welcome"):
        package = KeyPackage.parse(bytes.fromhex(case["key_package"]))
        welcome = bytes.fromhex(case["welcome"])
        assert package.reference in welcome_references(welcome)
        assert inspect_message(welcome).cipher_suite == package.cipher_suite == case["cipher_suite"]
        run += 1
    say(capsys, "welcome", run, left_out("welcome"))
    assert run == 4


WIRE_FORMATS = {
    "mls_welcome": ("welcome", None),
    "mls_group_info": ("group_info", None),
    "mls_key_package": ("key_package", None),
    "public_message_application": ("public_message", "application"),
    "public_message_proposal": ("public_message", "proposal"),
    "public_message_commit": ("public_message", "commit"),
    "private_message": ("private_message", None),
}


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    run = 0
    contents: Counter[str | None] = Counter()
    for case in cases("messages"):
        for field, (wire_format, content_type) in WIRE_FORMATS.items():
            header = inspect_message(bytes.fromhex(case[field]))
            assert header.wire_format == wire_format
            if wire_format == "private_message":
                contents[header.content_type] += 1
            else:
                assert header.content_type == content_type
        data = bytes.fromhex(case["mls_key_package"])
        assert KeyPackage.parse(data).data == data
        assert welcome_references(bytes.fromhex(case["mls_welcome"]))
        run += 1
    without = sorted(set(cases("messages")[0]) - set(WIRE_FORMATS))
    say(capsys, f"messages ({len(WIRE_FORMATS)} structures each)", run, {f"no MLSMessage: {', '.join(without)}": 10})
    assert (run, len(without)) == (300, 10)
    assert contents == {"application": 102, "proposal": 99, "commit": 99}


def private_message(group_id_header: bytes, length: int) -> bytes:
    """A PrivateMessage of epoch 7 that is empty but for its group id."""
    header = b"\0\1\0\2" + group_id_header
    return header + bytes(length) + (7).to_bytes(8, "big") + b"\1\0\0\0"


def test_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    """`deserialization`: each header in front of a group id of its length."""
    lengths = {case["vlbytes_header"]: case["length"] for case in cases("deserialization")}
    huge = lengths.pop("bfffffff")
    for header, length in lengths.items():
        message = inspect_message(private_message(bytes.fromhex(header), length))
        assert (len(message.group_id or b""), message.epoch) == (length, 7)
    with pytest.raises(InvalidMessage):
        inspect_message(private_message(bytes.fromhex("bfffffff"), 1000))
    say(capsys, "deserialization", len(lengths), {f"no message may have {huge} bytes": 1})
    assert len(lengths) == 13


def test_other_suites_are_refused_by_name() -> None:
    refused = set()
    for case in cases("passive-client-welcome"):
        if case["cipher_suite"] not in Crypto.supported_cipher_suites():
            with pytest.raises(UnsupportedCipherSuite):
                KeyPackage.parse(bytes.fromhex(case["key_package"]))
            refused.add(case["cipher_suite"])
    assert refused == {4, 5, 6}


@pytest.fixture(scope="module")
def proposing() -> Case:
    """A case of suite 1 whose first epoch is a bare commit, and the second one begins with a proposal."""
    return next(case for case in of_known_suites("passive-client-handling-commit") if case["epochs"][1]["proposals"])


def joined(case: Case, *, accept_public_handshakes: bool) -> Group:
    client, _ = passive_client(case, accept_public_handshakes)
    return client.join_group(bytes.fromhex(case["welcome"]), now=NOW)


def test_public_handshakes_are_refused_by_default(proposing: Case) -> None:
    group = joined(proposing, accept_public_handshakes=False)
    with pytest.raises(InvalidCommit, match="must be encrypted"):
        group.process(bytes.fromhex(proposing["epochs"][0]["commit"]), now=NOW)
    # of the next epoch, but framing is looked at first
    with pytest.raises(InvalidProposal, match="must be encrypted"):
        group.process(bytes.fromhex(proposing["epochs"][1]["proposals"][0]), now=NOW)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), payload=st.binary(min_size=1, max_size=8), cut=st.integers(0, 9))
def test_damaged_public_handshakes_are_refused(proposing: Case, place: float, payload: bytes, cut: int) -> None:
    group = joined(proposing, accept_public_handshakes=True)
    first, second = proposing["epochs"][:2]
    for original in (bytes.fromhex(first["commit"]), bytes.fromhex(second["proposals"][0])):
        at = int(place * len(original))
        damaged = original[:at] + payload + original[at + cut :]
        if damaged != original:
            with pytest.raises(MlsError):
                group.process(damaged, now=NOW)
        group.process(original, now=NOW)
    assert group.process(bytes.fromhex(second["commit"]), now=NOW).kind == "commit"
    assert group.epoch_authenticator.hex() == second["epoch_authenticator"]
