"""Spoiled inputs of every kind: a typed error or a valid result, no panic, and the group goes on.

`make fuzz` runs as many as wanted of the same.
"""

from typing import Final

import pytest

from fuzzing.target import Report, Target, fuzz

RUNS: Final = 2_000
SEED: Final = 1
KINDS: Final = {
    "application message": "DecryptionFailed",
    "commit": "DecryptionFailed",
    "external commit": "InvalidCommit",
    "proposal": "DecryptionFailed",
    "external commit, signed": "InvalidCommit",
    "Welcome": "InvalidCommit",
    "key package": "InvalidKeyPackage",
    "key package, not verified": "InvalidMessage",
    "key package, signed": "InvalidKeyPackage",
    "GroupInfo": "InvalidSignature",
    "GroupInfo, signed": "InvalidCommit",
    "ratchet tree": "InvalidCommit",
    "header": "InvalidMessage",
    "stored entry": "GroupDamaged",
    "exported state": "GroupDamaged",
    "envelope": "EnvelopeUnreadable",
    "group data": "EnvelopeUnreadable",
    "frame of the client": "ValidationError",
    "frame of the server": "ValidationError",
    "vault": "VaultBroken",
    "backup segment": "SegmentRefused",
    "link offer": "LinkCodeRefused",
    "link answer": "LinkCodeRefused",
    "device log": "DeviceLogBroken",
    "recovery code": "RecoveryCodeRefused",
    "link code": "LinkCodeRefused",
}
"""Each with an error that only comes of what was decoded far enough, where there is one."""


def test_all_kinds_are_known(targets: dict[str, Target]) -> None:
    assert list(targets) == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_spoiled_inputs(kind: str, targets: dict[str, Target], reports: list[Report]) -> None:
    report = fuzz(targets[kind], SEED, range(RUNS))
    reports.append(report)
    assert report.accepted + report.refused.total() == report.runs == RUNS
    assert report.refused[KINDS[kind]] > 10
