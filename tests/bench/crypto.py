"""Encrypt and decrypt with the binding: a group of two, messages of 100 bytes."""

import time
from typing import Final

from tests.bench.report import report_many

from mls_rs_python import ApplicationMessage, Client, Crypto, Group, Storage

MESSAGES: Final = 500
WARM_UP: Final = 50


def _client(name: bytes) -> Client:
    secret, public = Crypto().generate_signature_key_pair()
    return Client(
        credential=name,
        signature_secret_key=secret,
        signature_public_key=public,
        storage=Storage(),
        identity_validator=lambda credential, _key: credential,
    )


def _pair() -> tuple[Group, Group]:
    now = int(time.time())
    alice, bob = _client(b"alice"), _client(b"bob")
    group = alice.create_group(now=now)
    output = group.commit(now=now, add=[bob.generate_key_package(now=now).data])
    group.apply_pending_commit()
    assert output.welcome is not None
    return group, bob.join_group(output.welcome, now=now)


def measure(runtime: str) -> None:
    """`runtime` names where this runs: `native` or `pyodide`."""
    alice, bob = _pair()
    encrypt, decrypt, now = [], [], int(time.time())
    for number in range(MESSAGES):
        text = number.to_bytes(4, "big") * 25
        begun = time.perf_counter()
        sealed = alice.encrypt(text)
        sealed_at = time.perf_counter()
        received = bob.process(sealed, now=now)
        encrypt.append((sealed_at - begun) * 1000)
        decrypt.append((time.perf_counter() - sealed_at) * 1000)
        assert isinstance(received, ApplicationMessage)
        assert received.data == text
    report_many(f"encrypt_{runtime}", encrypt[WARM_UP:], "ms")
    report_many(f"decrypt_{runtime}", decrypt[WARM_UP:], "ms")
