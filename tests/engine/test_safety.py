"""Who is who: safety codes, the verified mark, and servers that lie about somebody's devices."""

import msgspec
import pytest

from lost_state import alert
from mls_chat import events, view
from mls_chat.account_log import device_log_statement, entry_digest
from mls_chat.records import ContactRecord, SecretsRecord
from mls_chat.safety_code import safety_code, safety_text
from mls_chat.wire.records import DeviceLogEntry
from mls_rs_python import Crypto
from world import Device, World, meet

CRYPTO = Crypto()


def user(device: Device) -> str:
    return str(device.account["user_id"])


def safety(device: Device, other: Device) -> view.SafetyView:
    device.do(events.SafetyOpened(user_id=user(other)))
    return device.last(view.SafetyView)


def test_both_see_the_same_code_and_nobody_else_does() -> None:
    world = World()
    ada, bob, _ = meet(world)
    cleo = world.device("Cleo")
    seen = safety(ada, bob)
    assert (seen.name, seen.verified_at, seen.devices) == ("Bob", 0, 1)
    assert (len(seen.digits), {len(group) for group in seen.digits}) == (12, {5})
    assert (safety(bob, ada).digits, safety(bob, ada).text) == (seen.digits, seen.text)
    assert safety_code(user(ada), user(cleo)) != seen.digits
    assert "".join(seen.digits).isdecimal()


def test_a_code_never_changes() -> None:
    """Written down once: a later version must show the same digits."""
    written = "63127 82660 27472 38726 22553 53577 53755 49645 85183 39944 65209 87934"
    assert safety_code("A" * 43, "B" * 43) == safety_code("B" * 43, "A" * 43) == written.split()


def test_a_scan_marks_and_another_code_does_not() -> None:
    world = World()
    ada, bob, _ = meet(world)
    cleo = world.device("Cleo")
    safety(ada, bob)
    ada.do(events.SafetyScanned(user_id=user(bob), text=safety_text(user(ada), user(cleo))))
    assert ada.last(view.SafetyView).outcome == "other"
    ada.do(events.SafetyScanned(user_id=user(bob), text="https://example.org"))
    assert ada.last(view.SafetyView).outcome == "unreadable"
    assert ada.records(ContactRecord) == []
    ada.do(events.SafetyScanned(user_id=user(bob), text=safety_text(user(bob), user(ada))))
    assert ada.last(view.SafetyView).outcome == "match"
    assert ada.last(view.SafetyView).verified_at == world.now
    ada.do(events.VerificationChanged(user_id=user(bob), verified=False))
    assert ada.last(view.SafetyView).verified_at == 0


def test_the_mark_is_shown_among_the_members() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.do(events.MembersOpened(group_id=group_id), events.VerificationChanged(user_id=user(bob), verified=True))
    assert {m.name: m.verified for m in ada.last(view.MembersView).members} == {"Ada": False, "Bob": True}
    bob.do(events.MembersOpened(group_id=group_id))
    assert ada.last(view.MembersView).code == bob.last(view.MembersView).code != ""


def test_a_verified_contact_with_a_new_device_is_told_until_it_was_looked_at() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    safety(ada, bob)
    ada.do(events.VerificationChanged(user_id=user(bob), verified=True))
    world.signed_in(bob)
    world.advance(20_000)
    told = alert(ada, group_id)
    assert told is not None
    assert (told.action, told.user_id) == ("verify", user(bob))
    assert "Bob, whom you have verified, uses a new device" in told.text
    ada.start()
    assert alert(ada, group_id) == told
    ada.do(events.VerificationChanged(user_id=user(bob), verified=True))
    assert alert(ada, group_id) is None


def test_a_contact_that_nobody_has_verified_may_have_new_devices() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.signed_in(bob)
    world.advance(20_000)
    assert alert(ada, group_id) is None


def forged(device: Device, entry: DeviceLogEntry) -> DeviceLogEntry:
    """Signed by the account itself, as if its key had been stolen."""
    (secrets,) = device.records(SecretsRecord)
    signed = device_log_statement(user(device), entry)
    return msgspec.structs.replace(entry, signature=CRYPTO.sign(secrets.account_secret_key, signed))


def test_a_server_that_shows_an_old_list_is_named() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(bob)
    world.advance(20_000)
    bob.do(events.AccountOpened(), events.DeviceRevocationRequested(device_id=laptop.device_id))
    del world.server.accounts[user(bob)].log[-1:]
    cleo = world.device("Cleo")
    cleo.join(ada.invite(group_id))  # she has never seen more of it
    bob.say(group_id, "hello")
    world.advance(20_000)
    for device in (ada, cleo):
        told = alert(device, group_id)
        assert told is not None
        assert told.level == "danger"
        assert "different lists of Bob's devices" in told.text


def test_a_server_with_another_list_for_somebody_is_named() -> None:
    """The account's key was stolen, and the server shows Ada a list with the thief's device."""
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "hello")
    world.advance(20_000)
    assert alert(ada, group_id) is None
    log = world.server.accounts[user(bob)].log
    _, thief = CRYPTO.generate_signature_key_pair()
    fields = {"number": len(log) + 1, "previous": entry_digest(user(bob), log[-1]), "change": "add", "made_at": 1}
    entry = DeviceLogEntry(device_id=ada.device_id, device_public_key=thief, signature=b"", **fields)  # type: ignore[arg-type]
    honest = list(log)
    log.append(forged(bob, entry))
    ada.engine._parts.device_logs.refresh(user(bob))
    ada.do(events.Woken())
    log[:] = honest
    world.signed_in(bob)
    world.advance(20_000)
    bob.say(group_id, "and on")
    world.advance(20_000)
    told = alert(ada, group_id)
    assert told is not None
    assert (told.level, told.user_id) == ("danger", user(bob))


@pytest.mark.parametrize("change", ["signature", "number", "previous", "device_public_key"])
def test_a_list_that_the_account_has_not_signed_is_named(change: str) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.signed_in(bob)
    log = world.server.accounts[user(bob)].log
    value: object = 7 if change == "number" else bytes(64 if change == "signature" else 32)
    log[-1] = msgspec.structs.replace(log[-1], **{change: value})
    cleo = world.device("Cleo")
    cleo.join(ada.invite(group_id))
    bob.say(group_id, "hello")
    world.advance(20_000)
    told = alert(cleo, group_id)
    assert told is not None
    assert told.level == "danger"
