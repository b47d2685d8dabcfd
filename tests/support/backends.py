"""Backends of several devices in one group."""

from collections.abc import Sequence
from typing import Final

from mls_chat.backend import Backend, DeviceKeys
from mls_chat.identity import device_statement, encode_credential, user_id_of
from mls_chat.stored_entries import Change, Entry
from mls_rs_python import ApplicationMessage, Crypto

NOW: Final = 1_800_000_000
CRYPTO: Final = Crypto()
DAY: Final = 86_400

Table = dict[tuple[str, bytes], bytes]
"""What a device's disk holds."""


def device_keys(number: int) -> DeviceKeys:
    account_secret, account_public = CRYPTO.generate_signature_key_pair()
    secret, public = CRYPTO.generate_signature_key_pair()
    user_id, device_id = user_id_of(account_public), f"00000000-0000-4000-8000-{number:012d}"
    signature = CRYPTO.sign(account_secret, device_statement(user_id, device_id, public))
    return DeviceKeys(encode_credential(user_id, device_id, account_public, signature), secret, public)


def circle(*keys: DeviceKeys) -> tuple[list[Backend], bytes]:
    """One backend per device, all in one group that the first one created; the group's id."""
    backends = [Backend(CRYPTO, each) for each in keys]
    founder, guests = backends[0], backends[1:]
    group_id = founder.create_group(now=NOW, group_data=b"data")
    packages = [guest.generate_key_package(now=NOW, lifetime=DAY).data for guest in guests]
    with founder.take(group_id) as group:
        welcome = group.commit(now=NOW, add=packages).welcome
        group.apply_pending_commit()
    for guest in guests:
        assert welcome is not None
        guest.adopt(guest.open_welcome(welcome, now=NOW))
    return backends, group_id


def talk(sender: Backend, receivers: Sequence[Backend], group_id: bytes, text: bytes = b"text") -> None:
    """A message from one to the others, each of whom reads it."""
    with sender.take(group_id) as group:
        sent = group.encrypt(text)
    for receiver in receivers:
        with receiver.take(group_id) as group:
            received = group.process(sent, now=NOW)
        assert isinstance(received, ApplicationMessage)
        assert received.data == text


def advance(committer: Backend, others: Sequence[Backend], group_id: bytes) -> bytes:
    """A commit of new keys that all apply; the commit."""
    with committer.take(group_id) as group:
        commit = group.commit(now=NOW).commit
        group.apply_pending_commit()
    for other in others:
        with other.take(group_id) as group:
            group.process(commit, now=NOW)
    return commit


def all_talk(backends: Sequence[Backend], group_id: bytes) -> None:
    """Each is read by all others."""
    for sender in backends:
        talk(sender, [other for other in backends if other is not sender], group_id)


def store(table: Table, backend: Backend) -> list[Change]:
    """Carries out the pending writes, and gives them."""
    changes = backend.pending_writes()
    for name, key, value in changes:
        if value is None:
            # what came and went since the last time was never on the disk
            table.pop((name, key), None)
        else:
            table[name, key] = value
    return changes


def entries_of(table: Table) -> list[Entry]:
    return [(name, key, value) for (name, key), value in sorted(table.items())]
