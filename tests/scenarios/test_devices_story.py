"""Two people and their devices: one is lost, one is put out, one begins anew from the code, and the chat goes on."""

from forging import goes_on, verdicts
from lost_state import silence, speak
from mls_chat import events, view
from mls_chat.records import DeviceLogRecord, GroupRecord, OutboxRecord, SecretsRecord
from world import Device, World, meet

MINUTE = 60_000


def leaves(device: Device, group_id: str) -> set[str]:
    with device.mls(group_id) as mls:
        return {member.identity.decode().partition("/")[2] for member in mls.members()}


def ids(*devices: Device) -> set[str]:
    return {device.device_id for device in devices}


def self_group(device: Device) -> str:
    (group,) = [group for group in device.records(GroupRecord) if group.kind == "self"]
    return group.group_id


def revoke(device: Device, other: Device, code: str) -> None:
    device.do(events.AccountOpened(), events.DeviceRevocationRequested(device_id=other.device_id))
    if device.last(view.AccountView).wants:
        device.do(events.SecretsRequested(way="code", code=code))
    device.world.advance(10_000)


def put_out(device: Device, account_of: Device) -> list[str]:
    logs = [log for log in device.records(DeviceLogRecord) if log.user_id == account_of.account["user_id"]]
    return logs[0].revoked


def test_three_devices_of_two_people() -> None:
    world = World()
    ada, bob, tea = meet(world)
    bob.say(tea, "begin")
    world.advance(MINUTE)
    code = ada.recovery_code()

    # Ada's laptop comes by the code, and both of hers are reloaded.
    laptop = world.signed_in(ada)
    world.advance(MINUTE)
    ada.start()
    laptop.start()
    world.advance(MINUTE)
    assert laptop.texts(tea) == ["begin"]
    goes_on(bob, laptop, tea)
    goes_on(ada, bob, tea)
    assert leaves(bob, tea) == ids(ada, bob, laptop)
    assert self_group(ada) == self_group(laptop)
    assert [chat.group_id for chat in laptop.last(view.ChatsView).chats] == [tea]
    assert laptop.records(SecretsRecord) == []

    # What one of them sets the other has as well.
    laptop.do(events.OwnNameChanged(name="Ada L."), events.DraftChanged(group_id=tea, text="to be"))
    world.advance(MINUTE)
    assert ada.account["name"] == "Ada L."
    assert ada.last(view.DraftView).text == "to be"

    # The phone that it all began with is lost for good; the laptop puts it out.
    before = ada.texts(tea)
    silence(ada)
    bob.say(tea, "where is your phone?")
    revoke(laptop, ada, code)
    assert leaves(bob, tea) == leaves(laptop, tea) == ids(bob, laptop)
    goes_on(bob, laptop, tea)
    assert put_out(bob, laptop) == put_out(laptop, laptop) == [ada.device_id]
    assert ada.texts(tea) == before

    # Bob's tablet is linked, writes while it is away, and is put out before it is back.
    tablet = world.linked(bob)
    world.advance(MINUTE)
    assert tablet.texts(tea) == bob.texts(tea)
    goes_on(tablet, laptop, tea)
    silence(tablet)
    for number in range(3):
        tablet.say(tea, f"never sent {number}")
    revoke(bob, tablet, bob.recovery_code())
    bob.say(tea, "not for the tablet")
    tablet.start()
    speak(world, tablet)
    session = tablet.last(view.SessionView)
    assert session.stage == "revoked"
    assert [each.text for each in session.unsent] == [f"never sent {number}" for number in range(3)]
    assert "not for the tablet" not in tablet.texts(tea)
    assert not any("never sent" in text for text in bob.texts(tea) + laptop.texts(tea))
    assert leaves(bob, tea) == leaves(laptop, tea) == ids(bob, laptop)

    # Ada loses the laptop too, and with it all that she had. The code brings everything back.
    world.advance(MINUTE)
    written = laptop.texts(tea)
    silence(laptop)
    phone = Device(world)
    phone.do(events.SignInRequested(way="code", code=code, device="New phone"))
    world.advance(5 * MINUTE)
    phone.start()
    world.advance(MINUTE)
    assert phone.account["name"] == "Ada L."
    assert phone.texts(tea) == written
    assert phone.problems(tea) == []
    goes_on(bob, phone, tea)
    revoke(phone, laptop, code)
    assert leaves(bob, tea) == leaves(phone, tea) == ids(bob, phone)
    assert put_out(bob, phone) == [ada.device_id, laptop.device_id]
    goes_on(phone, bob, tea)
    assert phone.texts(tea) == bob.texts(tea)
    for device in (bob, phone):
        assert verdicts(device, tea) == []
        assert [row for row in device.records(OutboxRecord) if row.text] == []
    world.advance(5 * MINUTE)
    assert phone.records(SecretsRecord) == []
    assert phone.notices() == bob.notices() == []
