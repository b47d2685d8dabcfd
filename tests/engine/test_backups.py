"""The encrypted backup: what is saved, by whom, what a restore makes of it, and what it refuses by name."""

from collections.abc import Callable

import msgspec
import pytest

from lost_state import silence
from mls_chat import events, view
from mls_chat.backup_segments import SEGMENT_VERSION, Segment, SegmentRefused, open_segment, seal_segment
from mls_chat.backups import MOST_SEGMENTS
from mls_chat.records import RestoreRecord
from mls_chat.wire.bodies import BackupPut, Empty
from mls_rs_python import Crypto
from world import Device, World, meet

CRYPTO = Crypto()
USER = "u" * 43


def backup_of(device: Device) -> list[bytes]:
    """The segments that the server has of the device's account."""
    return list(device.world.server.accounts[str(device.account["user_id"])].backup.segments)


def told(device: Device) -> view.AccountView:
    device.do(events.AccountOpened(), events.BackupTestRequested())
    return device.last(view.AccountView)


def anew(world: World, first: Device) -> Device:
    """All devices are lost, and the account comes to a new one."""
    code = first.recovery_code()
    silence(first)
    device = Device(world)
    device.do(events.SignInRequested(way="code", code=code))
    world.advance(30_000)
    return device


def test_what_is_said_is_saved_together_and_once() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for number in range(5):
        bob.say(group_id, f"{number}")
    world.advance(60_000)
    saved = backup_of(ada)
    assert len(saved) == 1
    world.advance(600_000)
    assert backup_of(ada) == saved
    bob.say(group_id, "more")
    world.advance(60_000)
    assert backup_of(ada)[:1] == saved
    assert len(backup_of(ada)) == 2
    assert not [segment for segment in backup_of(ada) if b"more" in segment]


def test_two_devices_save_nothing_twice() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(ada)
    world.advance(60_000)
    before = len(backup_of(ada))
    for number in range(5):
        bob.say(group_id, f"{number}")
        world.advance(30_000)
    world.advance(60_000)
    assert len(backup_of(ada)) - before <= 5
    phone = anew(world, ada)
    assert phone.texts(group_id) == [f"{number}" for number in range(5)]
    assert laptop.notices() == []


def test_a_long_history_comes_in_several_segments() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for number in range(30):
        bob.say(group_id, f"{number} " + "x" * 30_000)
    world.advance(60_000)
    assert len(backup_of(ada)) > 2
    phone = anew(world, ada)
    assert [text.split()[0] for text in phone.texts(group_id)] == [f"{number}" for number in range(30)]
    assert phone.last(view.HistoryView).stage == "done"


def test_after_many_segments_it_is_written_anew() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "first")
    world.advance(60_000)
    account = world.server.accounts[str(ada.account["user_id"])]
    account.backup.segments += account.backup.segments * MOST_SEGMENTS
    bob.say(group_id, "last")
    world.advance(60_000)
    assert (account.backup.generation, len(account.backup.segments)) == (2, 1)
    assert anew(world, ada).texts(group_id) == ["first", "last"]


def test_a_rehearsal_says_what_a_restore_would_bring_and_changes_nothing() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    assert "no backup yet" in told(ada).error
    bob.say(group_id, "hello")
    world.advance(60_000)
    before = dict(ada.rows)
    assert "can be restored" in told(ada).backup
    assert "1 groups" in told(ada).backup
    assert ada.rows == before


Spoil = Callable[[Device], None]


def cut(device: Device) -> None:
    segments = device.world.server.accounts[str(device.account["user_id"])].backup.segments
    segments[0] = segments[0][:-40]


def of_another_account(device: Device) -> None:
    other = device.world.devices[1]
    mine = device.world.server.accounts[str(device.account["user_id"])].backup.segments
    mine[0] = device.world.server.accounts[str(other.account["user_id"])].backup.segments[0]


def newer(device: Device) -> None:
    segments = device.world.server.accounts[str(device.account["user_id"])].backup.segments
    segments[0] = bytes([SEGMENT_VERSION + 1]) + segments[0][1:]


def swapped(device: Device) -> None:
    segments = device.world.server.accounts[str(device.account["user_id"])].backup.segments
    segments[0], segments[1] = segments[1], segments[0]


@pytest.mark.parametrize("spoil", [cut, of_another_account, newer, swapped])
def test_what_is_not_as_it_was_saved_is_told_and_harms_nothing(spoil: Spoil) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "one")
    world.advance(60_000)
    bob.say(group_id, "two")
    world.advance(60_000)
    spoil(ada)
    assert "backup" in told(ada).error
    phone = anew(world, ada)
    history = phone.last(view.HistoryView)
    assert history.stage == "failed"
    assert "part of your backup" in history.text
    assert set(phone.texts(group_id)) <= {"one", "two"}
    assert phone.records(RestoreRecord) == []
    phone.say(group_id, "on we go")
    assert bob.texts(group_id)[-1] == "on we go"


def test_a_late_writer_is_refused_and_overwrites_nothing() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "one")
    world.advance(60_000)
    saved = backup_of(ada)
    state = ada.ask("backup_state", Empty())
    late = BackupPut(generation=state.generation, number=0, segment=b"late")
    with pytest.raises(Exception, match="backup_stale"):
        ada.ask("backup_put", late)
    assert backup_of(ada) == saved


def test_a_restore_that_was_interrupted_goes_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for number in range(30):
        bob.say(group_id, f"{number} " + "x" * 30_000)
    world.advance(60_000)
    code = ada.recovery_code()
    silence(ada)
    phone = Device(world)
    phone.queue.append(events.SignInRequested(way="code", code=code))
    while not any(record.next == 1 for record in phone.records(RestoreRecord)):
        assert phone.work()
    phone.start()
    world.advance(30_000)
    assert [text.split()[0] for text in phone.texts(group_id)] == [f"{number}" for number in range(30)]


def test_what_another_device_saves_while_the_new_one_waits_comes_too() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "old")
    code = ada.recovery_code()
    world.advance(60_000)
    bob.say(group_id, "a moment ago")
    phone = Device(world)
    phone.do(events.SignInRequested(way="code", code=code))
    world.advance(30_000)
    assert phone.texts(group_id) == ["old", "a moment ago"]
    assert phone.problems(group_id) == []


def test_what_nobody_has_saved_is_told() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "old")
    code = ada.recovery_code()
    world.advance(60_000)
    silence(ada)
    bob.say(group_id, "not saved")
    phone = Device(world)
    phone.do(events.SignInRequested(way="code", code=code))
    world.advance(300_000)
    assert phone.texts(group_id) == ["old"]
    assert phone.problems(group_id) == ["Messages from before this device joined are missing here."]


def test_only_the_vault_opens_a_segment_and_only_the_account_makes_one() -> None:
    secret, public = CRYPTO.generate_signature_key_pair()
    storage = CRYPTO.random_bytes(32)
    sealed = seal_segment(CRYPTO, public, storage, USER, Segment(SEGMENT_VERSION, 2, 5, {}, []))

    def opens(
        data: bytes,
        secret: bytes = secret,
        storage: bytes = storage,
        user: str = USER,
        generation: int = 2,
        number: int = 5,
    ) -> str:
        try:
            open_segment(CRYPTO, secret, storage, user, generation, number, data)
        except SegmentRefused as refused:
            return refused.what
        return "opened"

    assert opens(sealed) == "opened"
    assert opens(sealed, secret=CRYPTO.generate_signature_key_pair()[0]) == "foreign"
    assert opens(sealed, storage=bytes(32)) == "foreign"
    assert opens(sealed, user="v" * 43) == "foreign"
    assert opens(sealed, generation=3) == "foreign"
    assert opens(sealed, number=4) == "foreign"
    assert opens(b"") == opens(b"\x00" + sealed[1:]) == "damaged"
    assert opens(bytes([SEGMENT_VERSION + 1]) + sealed[1:]) == "newer"
    misplaced = seal_segment(CRYPTO, public, storage, USER, Segment(SEGMENT_VERSION + 1, 2, 5, {}, []))
    assert opens(misplaced) == "newer"
    for at in range(1, len(sealed)):
        assert opens(sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]) == "foreign"


def test_segments_keep_their_form() -> None:
    assert msgspec.msgpack.encode(Segment(1, 2, 3, {"u": "n"}, [])) == bytes.fromhex(
        "85a17601aa67656e65726174696f6e02a66e756d62657203a56e616d657381a175a16ea667726f75707390"
    )
