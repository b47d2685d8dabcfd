"""Signing in by the recovery code: the browser becomes a device of its own and comes into every group by itself."""

from forging import goes_on, verdicts
from lost_state import group_of, is_well, silence
from mls_chat import events, view
from mls_chat.records import AccountRecord, DeviceLogRecord, GroupRecord, SecretsRecord
from world import Device, World, meet


def leaves(device: Device, group_id: str) -> list[str]:
    with device.mls(group_id) as mls:
        return sorted(member.identity.decode() for member in mls.members())


def test_a_second_device_comes_into_every_group_with_the_history() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "before")
    world.advance(60_000)
    laptop = world.signed_in(ada)
    world.advance(30_000)
    (account,) = laptop.records(AccountRecord)
    assert (account.name, account.user_id) == ("Ada", ada.account["user_id"])
    assert account.device_id != ada.device_id
    assert laptop.texts(group_id) == ["before"]
    is_well(laptop, group_id)
    laptop.say(group_id, "from the laptop")
    assert ada.texts(group_id)[-1] == bob.texts(group_id)[-1] == "from the laptop"
    goes_on(ada, laptop, group_id)
    goes_on(bob, laptop, group_id)
    assert leaves(ada, group_id) == leaves(bob, group_id) == leaves(laptop, group_id)
    assert len(leaves(ada, group_id)) == 3
    for device in (ada, bob, laptop):
        assert verdicts(device, group_id) == []


def test_it_comes_in_while_nobody_else_is_there() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    code = ada.recovery_code()
    silence(ada, bob)
    laptop = Device(world)
    laptop.do(events.SignInRequested(way="code", code=code))
    world.advance(5_000)
    laptop.say(group_id, "all alone")
    assert laptop.states(group_id) == ["sent"]


def test_names_come_from_another_member() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(ada)
    bob.say(group_id, "hello")
    world.advance(10_000)
    assert laptop.lines(group_id)[-1].sender == "Bob"


def test_the_accounts_secrets_leave_the_new_device_soon() -> None:
    world = World()
    ada, _, _ = meet(world)
    laptop = world.signed_in(ada)
    assert laptop.records(SecretsRecord) == []  # it is in, and needs them no more
    assert ada.records(SecretsRecord) != []  # nobody has said that the code is in a safe place


def test_the_code_is_asked_for_again_before_it_leaves_the_device() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    assert ada.last(view.SessionView).code_unsaved
    ada.do(events.AccountOpened(), events.RecoveryCodeRequested(), events.RecoveryCodeConfirmed(code="0" * 30))
    assert ada.last(view.AccountView).error
    assert ada.records(SecretsRecord)
    ada.do(events.RecoveryCodeConfirmed(code=code.lower().replace("-", " ")))
    assert ada.last(view.AccountView).error == ""
    assert not ada.last(view.SessionView).code_unsaved
    assert ada.last(view.AccountView).code == ""
    world.advance(300_000)
    assert ada.records(SecretsRecord) == []


def test_a_wrong_code_is_told_and_bounded() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    other = world.device("Eve").recovery_code()
    stranger = Device(world)

    def enter(entered: str) -> str:
        stranger.do(events.SignInRequested(way="code", code=entered))
        return stranger.last(view.SignInView).error

    assert "30 characters" in enter(code[:-1])
    assert "is wrong" in enter(code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert "no “U”" in enter("U" + code[1:])
    mixed = mix(code, other)
    assert "Tries left: 9" in enter(mixed)
    for _ in range(9):
        enter(mixed)
    assert "too often" in enter(code)
    world.advance(3_700_000)
    assert enter(code) == ""
    assert stranger.records(AccountRecord)


def mix(code: str, other: str) -> str:
    """The first part of one code and the secret of another, with a checksum that holds."""
    from mls_chat.recovery_code import CHARS, LOCATOR_CHARS, _check, grouped

    plain = code.replace("-", "")[:LOCATOR_CHARS] + other.replace("-", "")[LOCATOR_CHARS : CHARS - 2]
    return grouped(plain + _check(plain))


def test_a_revoked_device_is_out_and_gets_its_texts_back() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(ada)
    laptop.say(group_id, "before")
    silence(laptop)
    laptop.say(group_id, "never sent")
    ada.do(events.AccountOpened(), events.DeviceRevocationRequested(device_id=laptop.device_id))
    world.advance(10_000)
    assert not any(laptop.device_id in leaf for leaf in leaves(bob, group_id))
    bob.say(group_id, "after")
    laptop.online = True
    laptop.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    session = laptop.last(view.SessionView)
    assert session.stage == "revoked"
    assert [(each.group_name, each.text) for each in session.unsent] == [("Tea", "never sent")]
    assert "after" not in laptop.texts(group_id)
    assert "never sent" not in bob.texts(group_id)
    goes_on(ada, bob, group_id)
    laptop.start()
    assert laptop.last(view.SessionView).stage == "revoked"
    (log,) = [log for log in ada.records(DeviceLogRecord) if log.user_id == ada.account["user_id"]]
    assert log.revoked == [laptop.device_id]


def test_all_devices_are_lost_and_the_account_lives_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "one")
    ada.say(group_id, "two")
    world.advance(60_000)
    code = ada.recovery_code()
    silence(ada)
    ada.rows.clear()
    phone = Device(world)
    phone.do(events.SignInRequested(way="code", code=code, device="Phone"))
    world.advance(30_000)
    assert phone.texts(group_id) == ["one", "two"]
    assert [line.own for line in phone.lines(group_id) if line.line == "text"] == [False, True]
    goes_on(bob, phone, group_id)
    assert [(g.kind, g.state) for g in phone.records(GroupRecord)] == [("chat", "active"), ("self", "active")]
    assert group_of(phone, group_id).name == "Tea"


def test_a_group_that_one_device_makes_or_enters_is_entered_by_the_others() -> None:
    world = World()
    ada, bob, _ = meet(world)
    laptop = world.signed_in(ada)
    made = ada.create_group("Made on the phone")
    other = bob.create_group("Entered on the laptop")
    world.advance(5_000)
    laptop.join(bob.invite(other))
    world.advance(10_000)
    for group_id in (made, other):
        goes_on(ada, laptop, group_id)
    goes_on(ada, bob, other)


def test_a_server_that_only_says_so_revokes_nobody() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    registration = world.server.accounts[str(ada.account["user_id"])].devices[ada.device_id]
    registration.revoked_at = world.now
    ada.drop()
    world.advance(60_000)
    assert any("shows no proof" in notice for notice in ada.notices())
    assert ada.last(view.SessionView).stage == "ready"
    registration.revoked_at = 0
    world.advance(60_000)
    goes_on(ada, bob, group_id)


def test_other_members_remove_a_revoked_device_when_its_own_account_does_not() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(ada)
    ada.say(group_id, "so that he knows her devices")
    world.advance(10_000)
    ada.do(events.AccountOpened())
    ada.slow = True
    ada.do(events.DeviceRevocationRequested(device_id=laptop.device_id))
    silence(ada)
    world.advance(30_000)
    assert len(leaves(bob, group_id)) == 2


def test_after_some_weeks_the_code_is_asked_for_again() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    ada.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code))
    assert not ada.last(view.SessionView).code_due
    world.now += 61 * 24 * 3_600_000
    ada.start()
    assert ada.last(view.SessionView).code_due
    ada.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code[:-1] + ("0" if code[-1] != "0" else "1")))
    assert "is wrong" in ada.last(view.AccountView).error
    assert ada.last(view.SessionView).code_due
    ada.do(events.RecoveryCodeConfirmed(code=code))
    assert "That is your recovery code" in ada.last(view.AccountView).note
    assert not ada.last(view.SessionView).code_due
    assert ada.records(SecretsRecord) == []


def test_two_devices_sign_in_at_the_same_moment() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    code = ada.recovery_code()
    devices = [Device(world) for _ in range(3)]
    for device in devices:
        device.slow = True
        device.do(events.SignInRequested(way="code", code=code))
    while not all(device.rows.get(("account", "account")) for device in devices):
        for device in devices:
            device.release()
            device.slow = True
    for device in devices:
        device.release()
    world.advance(60_000)
    for device in devices:
        device.say(group_id, f"from {device.device_id}")
    assert len(leaves(bob, group_id)) == 5
    assert len(bob.texts(group_id)) == 3
