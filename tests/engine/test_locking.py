"""Locking the account on this device, unlocking it, and signing it out for good."""

import pytest

from lockable import Lockable
from mls_chat import effects, events, view
from mls_chat.locked_engine import BROKEN, OTHER_ACCOUNT, UNREACHABLE
from mls_chat.locking import MINUTE_MS, NO_VAULT, NO_WAY
from mls_chat.ports import Locked
from mls_chat.row_key import short_id_of
from world import Device, World


def newcomer(world: World, name: str = "Ada") -> Lockable:
    device = Lockable(world)
    device.do(events.NameEntered(name=name))
    return device


def with_saved_code(world: World) -> tuple[Lockable, str]:
    ada = newcomer(world)
    code = ada.recovery_code()
    ada.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code), events.AccountClosed())
    world.advance(200_000)
    return ada, code


def with_bob(world: World) -> tuple[Lockable, str, Device, str]:
    ada, code = with_saved_code(world)
    bob = world.device("Bob")
    group_id = ada.create_group("Tea")
    bob.join(ada.invite(group_id))
    return ada, code, bob, group_id


def stage(device: Device) -> str:
    return device.last(view.SessionView).stage


def unlock(device: Device, code: str) -> None:
    device.do(events.UnlockRequested(way="code", code=code))


def wait(world: World, minutes: float) -> None:
    world.advance(int(minutes * MINUTE_MS))


def test_a_locked_device_shows_nothing_and_hears_nothing() -> None:
    world = World()
    ada, _, bob, group_id = with_bob(world)
    ada.say(group_id, "before")
    user_id = ada.account["user_id"]
    ada.do(events.LockRequested())
    assert ada.row_key == b""
    assert ada.last(view.SessionView) == view.SessionView(stage="locked", user_id=user_id[:8])
    bob.say(group_id, "while locked")
    wait(world, 30)
    ada.do(events.ChatOpened(group_id=group_id), events.TextEntered(group_id=group_id, text="not now"))
    shown = str(ada.shown)
    assert not any(word in shown for word in ("Ada", "Tea", "before", "while locked", user_id, group_id))
    assert not ada.connected
    assert not any(isinstance(effect, effects.CallFunction) for step in ada.steps[-2:] for effect in step.effects)


def test_the_recovery_code_unlocks_and_what_came_meanwhile_arrives_once() -> None:
    world = World()
    ada, code, bob, group_id = with_bob(world)
    key = ada.row_key
    ada.do(events.LockRequested())
    bob.say(group_id, "while locked")
    ada.reopen()
    assert stage(ada) == "locked"
    unlock(ada, code.lower().replace("-", " "))
    assert (ada.row_key, stage(ada), ada.last(view.SessionView).name) == (key, "ready", "Ada")
    world.run()
    assert ada.texts(group_id) == ["while locked"]
    ada.say(group_id, "after")
    assert bob.texts(group_id) == ["while locked", "after"]


def test_a_wrong_code_is_told_and_the_right_one_still_unlocks() -> None:
    world = World()
    ada, code, *_ = with_bob(world)
    ada.do(events.LockRequested())
    unlock(ada, code[:-1])
    assert "29" in ada.last(view.SignInView).error
    assert stage(ada) == "locked"
    unlock(ada, code)
    assert stage(ada) == "ready"


def test_another_account_does_not_unlock_it() -> None:
    world = World()
    ada, _ = with_saved_code(world)
    _, code = with_saved_code(world)
    ada.do(events.LockRequested())
    unlock(ada, code)
    assert ada.last(view.SignInView).error == OTHER_ACCOUNT
    assert stage(ada) == "locked"


def test_a_row_key_that_was_not_sealed_by_the_account_is_refused() -> None:
    world = World()
    ada, code = with_saved_code(world)
    ada.do(events.LockRequested())
    assert ada.locked is not None
    ada.locked = Locked(ada.locked.short_id, ada.locked.sealed_row_key[:-1] + b"\0")
    ada.reopen()
    unlock(ada, code)
    assert ada.last(view.SignInView).error == BROKEN
    assert ada.locked is not None


def test_unlocking_waits_for_the_server_and_says_so() -> None:
    world = World()
    ada, code = with_saved_code(world)
    ada.do(events.LockRequested())
    ada.online = False
    unlock(ada, code)
    assert ada.last(view.SignInView).step == UNREACHABLE
    ada.online = True
    world.advance(60_000)
    assert stage(ada) == "ready"


def test_it_is_not_locked_where_nothing_could_open_it_again() -> None:
    world = World()
    ada = Lockable(world)
    ada.online = ada.on_wire = False
    ada.do(events.NameEntered(name="Ada"), events.AccountOpened(), events.LockRequested())
    assert ada.last(view.AccountView).error == NO_VAULT
    ada.online = ada.on_wire = True
    world.advance(60_000)
    ada.do(events.LockRequested())
    assert ada.last(view.AccountView).error == NO_WAY
    assert ada.last(view.AccountView).leaving.refused == NO_WAY
    ada.do(events.LockAfterChanged(after="5"))
    assert ada.last(view.AccountView).leaving.lock_after == "never"
    assert (ada.locked, stage(ada)) == (None, "ready")


def test_a_saved_code_is_enough() -> None:
    world = World()
    ada, _ = with_saved_code(world)
    ada.do(events.AccountOpened())
    leaving = ada.last(view.AccountView).leaving
    assert (leaving.refused, leaving.reopens) == ("", True)


def set_to(device: Device, after: str) -> None:
    device.do(events.AccountOpened(), events.LockAfterChanged(after=after), events.AccountClosed())  # type: ignore[arg-type]


def test_it_locks_by_itself_when_nobody_did_anything() -> None:
    world = World()
    ada, _, bob, group_id = with_bob(world)
    set_to(ada, "5")
    for _ in range(3):
        wait(world, 4.9)
        ada.do(events.PersonActive())
    bob.say(group_id, "heard, but by nobody")
    ada.do(events.Woken(), events.NetworkChanged(online=True), events.VisibilityChanged(visible=True))
    wait(world, 4.9)
    assert stage(ada) == "ready"
    wait(world, 0.2)
    assert stage(ada) == "locked"


def test_never_is_never() -> None:
    world = World()
    ada, *_ = with_bob(world)
    set_to(ada, "5")
    set_to(ada, "never")
    wait(world, 300)
    assert stage(ada) == "ready"


def test_a_machine_that_slept_locks_before_anything_else_is_shown_and_loses_no_text() -> None:
    world = World()
    ada, code, bob, group_id = with_bob(world)
    set_to(ada, "5")
    ada.timers.clear()  # it sleeps
    wait(world, 60)
    ada.shown.clear()
    ada.do(events.TextEntered(group_id=group_id, text="typed as it woke"))
    assert not any(isinstance(shown, view.LinesView | view.ChatsView) for shown in ada.shown)
    assert stage(ada) == "locked"
    unlock(ada, code)
    world.run()
    assert bob.texts(group_id) == ["typed as it woke"]


def test_a_page_that_is_opened_much_later_is_locked_before_it_shows_anything() -> None:
    world = World()
    ada, *_ = with_bob(world)
    set_to(ada, "30")
    world.now += 29 * MINUTE_MS
    ada.timers.clear()
    ada.reopen()
    assert stage(ada) == "ready"
    ada.timers.clear()
    world.now += 10 * MINUTE_MS
    ada.reopen()
    assert [type(shown) for shown in ada.shown] == [view.SessionView]
    assert stage(ada) == "locked"


def test_the_setting_is_the_same_on_all_devices_of_the_account() -> None:
    world = World()
    ada, code = with_saved_code(world)
    other = Lockable(world)
    other.do(events.SignInRequested(way="code", code=code, device="Second"))
    world.advance(200_000)
    set_to(ada, "60")
    world.advance(60_000)
    other.do(events.AccountOpened())
    assert other.last(view.AccountView).leaving.lock_after == "60"
    wait(world, 61)
    assert [stage(each) for each in (ada, other)] == ["locked", "locked"]


def test_the_storage_is_labelled_with_the_beginning_of_the_account() -> None:
    world = World()
    ada = newcomer(world)
    assert ada.label == short_id_of(ada.account["user_id"])
    ada.label = ""
    ada.reopen()
    assert ada.label == short_id_of(ada.account["user_id"])


# Signing out


def leaves(device: Device, group_id: str) -> int:
    with device.mls(group_id) as group:
        return len(group.members())


def test_erasing_takes_the_device_from_the_account_first() -> None:
    world = World()
    ada = newcomer(world)
    code = ada.recovery_code()
    second = world.signed_in(ada)
    bob = world.device("Bob")
    group_id = ada.create_group("Tea")
    bob.join(ada.invite(group_id))
    world.advance(60_000)
    assert leaves(bob, group_id) == 3
    user_id, device_id = ada.account["user_id"], ada.device_id
    ada.do(events.AccountOpened())
    assert ada.last(view.AccountView).leaving.revokes
    ada.do(events.EraseRequested())
    assert (ada.rows, stage(ada)) == ({}, "new")
    world.advance(60_000)
    assert leaves(bob, group_id) == 2
    second.do(events.AccountOpened())
    [gone] = [each for each in second.last(view.AccountView).devices if each.revoked]
    assert (gone.device_id, second.account["user_id"]) == (device_id, user_id)
    ada.do(events.SignInRequested(way="code", code=code, device="Anew"))
    world.advance(60_000)
    assert stage(ada) == "ready"


def test_where_the_account_is_not_open_the_device_stays_listed() -> None:
    world = World()
    ada, *_ = with_bob(world)
    ada.do(events.AccountOpened())
    assert not ada.last(view.AccountView).leaving.revokes
    device_id = ada.device_id
    calls = len(world.server.accounts[ada.account["user_id"]].log)
    user_id = ada.account["user_id"]
    ada.do(events.EraseRequested())
    assert ada.rows == {}
    assert len(world.server.accounts[user_id].log) == calls
    assert device_id in world.server.devices


def test_a_server_that_can_not_be_reached_keeps_nothing_here() -> None:
    world = World()
    ada = newcomer(world)
    world.advance(5_000)
    ada.drop()
    ada.online = ada.on_wire = False
    ada.do(events.EraseRequested())
    assert (stage(ada), ada.marked) == ("erasing", True)
    world.advance(10_000)
    assert (ada.rows, stage(ada)) == ({}, "new")


def test_a_crash_while_the_server_is_waited_for_goes_on_erasing() -> None:
    world = World()
    ada = newcomer(world)
    world.advance(5_000)
    ada.slow = True
    ada.do(events.EraseRequested())
    assert stage(ada) == "erasing"
    ada.reopen()
    assert (ada.rows, stage(ada)) == ({}, "new")


def test_a_locked_account_can_be_erased_without_opening_it() -> None:
    world = World()
    ada, *_ = with_bob(world)
    ada.do(events.LockRequested())
    ada.do(events.EraseRequested())
    assert (ada.rows, ada.locked, stage(ada)) == ({}, None, "new")


def test_a_revoked_device_is_erased() -> None:
    world = World()
    ada = newcomer(world)
    second = world.signed_in(ada)
    second_id = second.device_id
    lost = Lockable(world)
    lost.do(events.SignInRequested(way="code", code=ada.recovery_code(), device="Lost"))
    world.advance(5_000)
    ada.do(events.AccountOpened(), events.DeviceRevocationRequested(device_id=lost.device_id))
    world.advance(5_000)
    assert stage(lost) == "revoked"
    lost.do(events.LockRequested())
    assert lost.locked is None
    lost.do(events.EraseRequested())
    assert (lost.rows, stage(lost)) == ({}, "new")
    assert second.device_id == second_id


def test_what_was_not_sent_is_counted() -> None:
    world = World()
    ada, _, _, group_id = with_bob(world)
    ada.drop()
    ada.online = ada.on_wire = False
    ada.say(group_id, "one")
    ada.say(group_id, "two")
    ada.do(events.AccountOpened())
    assert ada.last(view.AccountView).leaving.unsent == 2


@pytest.mark.parametrize("saved", [True, False])
def test_whether_the_account_is_gone_with_the_device_is_said(saved: bool) -> None:
    world = World()
    ada = with_saved_code(world)[0] if saved else newcomer(world)
    world.advance(5_000)
    ada.do(events.AccountOpened())
    assert ada.last(view.AccountView).leaving.reopens == saved
