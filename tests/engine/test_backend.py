"""Groups are taken and always stored back, byte for byte as they were when something went wrong."""

from collections.abc import Callable

import pytest

from backends import CRYPTO, DAY, NOW, circle, device_keys, talk
from mls_chat.backend import Backend
from mls_chat.group_errors import GroupTaken
from mls_chat.stored_entries import import_state
from mls_rs_python import ApplicationMessage, Group, GroupNotFound, InvalidMessage, MlsError


def pair() -> tuple[Backend, Backend, bytes]:
    (ada, bob), group_id = circle(device_keys(1), device_keys(2))
    return ada, bob, group_id


class OwnError(Exception):
    pass


def raise_own(group: Group) -> None:
    group.encrypt(b"the generation of this one must not be lost or used twice")
    raise OwnError


def process_garbage(group: Group) -> None:
    group.encrypt(b"x")
    group.process(b"garbage", now=NOW)


def interrupt(group: Group) -> None:
    group.commit(now=NOW)
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("work", "error"),
    [(raise_own, OwnError), (process_garbage, InvalidMessage), (interrupt, KeyboardInterrupt)],
)
def test_after_an_error_the_group_is_as_before(work: Callable[[Group], None], error: type[BaseException]) -> None:
    ada, bob, group_id = pair()
    ada.pending_writes()
    before = ada.export_state()
    with pytest.raises(error), ada.take(group_id) as group:
        work(group)
    assert ada.export_state() == before
    assert ada.pending_writes() == []
    talk(ada, [bob], group_id, b"goes on")
    talk(bob, [ada], group_id, b"both ways")


def test_a_failed_decryption_uses_nothing_up() -> None:
    ada, bob, group_id = pair()
    with ada.take(group_id) as group:
        sent = group.encrypt(b"hello")
    before = bob.export_state()
    changed = sent[:-1] + bytes([sent[-1] ^ 1])
    with pytest.raises(MlsError), bob.take(group_id) as group:
        group.process(changed, now=NOW)
    assert bob.export_state() == before
    with bob.take(group_id) as group:
        received = group.process(sent, now=NOW)
    assert isinstance(received, ApplicationMessage)


def test_taking_a_group_twice_is_refused_and_harmless() -> None:
    ada, bob, group_id = pair()
    with ada.take(group_id) as group:
        with pytest.raises(GroupTaken), ada.take(group_id):
            pass
        with pytest.raises(GroupTaken):
            ada.forget_group(group_id)
        sent = group.encrypt(b"still mine")
    with bob.take(group_id) as group:
        assert group.process(sent, now=NOW).kind == "application"
    with ada.take(group_id):
        pass


def test_an_unknown_group() -> None:
    backend = Backend(CRYPTO, device_keys(1))
    for _ in range(2):
        with pytest.raises(GroupNotFound), backend.take(b"nobody"):
            pass


def test_only_what_changed_is_handed_over() -> None:
    ada, _, group_id = pair()
    other = ada.create_group(now=NOW, group_data=b"other")
    ada.pending_writes()
    assert ada.pending_writes() == []
    with ada.take(group_id) as group:
        group.encrypt(b"one message")
    changed = {(table, key) for table, key, _ in ada.pending_writes()}
    assert ("group", group_id) in changed
    assert not any(other in key for _, key in changed)
    assert ada.pending_writes() == []


def test_the_writes_alone_rebuild_the_backend() -> None:
    keys, table = device_keys(1), dict[tuple[str, bytes], bytes | None]()
    ada = Backend(CRYPTO, keys)
    group_id = ada.create_group(now=NOW, group_data=b"data")
    for _ in range(7):
        with ada.take(group_id) as group:
            group.commit(now=NOW)
            group.apply_pending_commit()
        table |= {(name, key): value for name, key, value in ada.pending_writes()}
    entries = [(name, key, value) for (name, key), value in table.items() if value is not None]
    assert Backend(CRYPTO, keys, entries).export_state() == ada.export_state()
    with Backend(CRYPTO, keys, entries).take(group_id) as group:
        assert group.epoch == 7
    assert sum(name == "epoch" for name, _, _ in entries) == 5


def test_export_and_import() -> None:
    keys = device_keys(1)
    ada = Backend(CRYPTO, keys)
    group_id = ada.create_group(now=NOW, group_data=b"data")
    blob = ada.export_state()
    again = Backend(CRYPTO, keys, import_state(blob))
    assert again.export_state() == blob
    assert again.has_group(group_id)
    assert again.pending_writes() == []


def test_forgetting_leaves_nothing() -> None:
    ada, _bob, group_id = pair()
    ada.forget_group(group_id)
    assert not ada.has_group(group_id)
    assert import_state(ada.export_state()) == []
    with pytest.raises(GroupNotFound), ada.take(group_id):
        pass


def test_a_welcome_is_looked_at_without_storing_anything() -> None:
    ada, bob = Backend(CRYPTO, device_keys(1)), Backend(CRYPTO, device_keys(2))
    group_id = ada.create_group(now=NOW, group_data=b"data")
    package = bob.generate_key_package(now=NOW, lifetime=DAY)
    with ada.take(group_id) as group:
        welcome = group.commit(now=NOW, add=[package.data]).welcome
    assert welcome is not None
    before = bob.export_state()
    group = bob.open_welcome(welcome, now=NOW)
    assert bob.export_state() == before
    bob.adopt(group)
    assert [table for table, _, _ in import_state(bob.export_state())] == ["group"]


def test_a_key_package_can_be_forgotten() -> None:
    bob = Backend(CRYPTO, device_keys(2))
    package = bob.generate_key_package(now=NOW, lifetime=DAY)
    assert bob.validate_key_package(package.data, now=NOW).reference == package.reference
    bob.forget_key_package(package.reference)
    assert import_state(bob.export_state()) == []
