"""The official vectors for passive clients: who is let in by a Welcome follows others' commits."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mls_rs_python import (
    Client,
    Crypto,
    Group,
    InvalidCommit,
    InvalidProposal,
    KeyPackage,
    MlsError,
    Storage,
    UnsupportedCipherSuite,
    welcome_references,
)

Case = dict[str, Any]

NOW = 1_790_000_000
ED25519_SUITES = (1, 3)
LACKING = [f"the provider lacks suite {suite}" for suite in (4, 5, 6)]


def passive_client(case: Case, accept_public_handshakes: bool = True) -> tuple[Client, Storage, KeyPackage]:
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
    return client, storage, client.import_key_package(package.data, init_secret_key=init, leaf_secret_key=leaf)


def follow(client: Client, storage: Storage, group: Group, epochs: list[Case]) -> None:
    """Applies each epoch's proposals and commit to a group that was just loaded from what is stored."""
    for number, epoch in enumerate(epochs, start=group.epoch + 1):
        for proposal in epoch["proposals"]:
            assert group.process(bytes.fromhex(proposal), now=NOW).kind == "proposal"
        assert group.process(bytes.fromhex(epoch["commit"]), now=NOW).kind == "commit"
        assert (group.epoch, group.epoch_authenticator.hex()) == (number, epoch["epoch_authenticator"])
        group.save()
        assert storage.group_ids() == [group.group_id]
        group = client.load_group(group.group_id)
    assert group.encrypt(b"text")


@pytest.mark.parametrize(
    ("name", "run", "epochs", "of_each_other_suite"),
    [
        ("passive-client-welcome", 32, 0, 8),
        ("passive-client-handling-commit", 52, 104, 13),
        ("passive-client-random", 1, 200, 0),
    ],
)
def test_passive_clients(name: str, run: int, epochs: int, of_each_other_suite: int, vectors) -> None:
    cases = vectors.of_known_suites(name)
    for case in cases:
        client, storage, package = passive_client(case)
        welcome, tree = bytes.fromhex(case["welcome"]), case["ratchet_tree"]
        assert package.reference in welcome_references(welcome)
        group = client.join_group(welcome, now=NOW, ratchet_tree=None if tree is None else bytes.fromhex(tree))
        assert group.epoch_authenticator.hex() == case["initial_epoch_authenticator"]
        follow(client, storage, group, case["epochs"])
    left_out = vectors.of_other_suites(name)
    vectors.tell(f"{name} ({epochs} epochs followed)", len(cases), left_out)
    assert (len(cases), sum(len(case["epochs"]) for case in cases)) == (run, epochs)
    assert left_out == (dict.fromkeys(LACKING, of_each_other_suite) if of_each_other_suite else {})


def test_other_suites_are_refused_by_name(vectors) -> None:
    refused = set()
    for case in vectors.cases("passive-client-welcome"):
        if case["cipher_suite"] not in Crypto.supported_cipher_suites():
            with pytest.raises(UnsupportedCipherSuite):
                KeyPackage.parse(bytes.fromhex(case["key_package"]))
            refused.add(case["cipher_suite"])
    assert refused == {4, 5, 6}


@pytest.fixture(scope="module")
def proposing(vectors) -> Case:
    """A case of suite 1 whose first epoch is a bare commit, and the second one begins with a proposal."""
    return next(
        case for case in vectors.of_known_suites("passive-client-handling-commit") if case["epochs"][1]["proposals"]
    )


def joined(case: Case, *, accept_public_handshakes: bool) -> Group:
    client, *_ = passive_client(case, accept_public_handshakes)
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
