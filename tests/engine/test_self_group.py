"""What the devices of an account tell each other in a group of their own."""

from lost_state import silence, speak
from mls_chat import effects, events, view
from mls_chat.envelope import Sync
from mls_chat.records import GroupRecord, SettingRecord
from world import Device, World, meet


def user(device: Device) -> str:
    return str(device.account["user_id"])


def two_devices(world: World) -> tuple[Device, Device, Device, str]:
    ada, bob, group_id = meet(world)
    laptop = world.signed_in(ada)
    world.advance(90_000)
    return ada, laptop, bob, group_id


def self_groups(device: Device) -> list[str]:
    return [group.group_id for group in device.records(GroupRecord) if group.kind == "self"]


def unread(device: Device, group_id: str) -> int:
    return next(chat.unread for chat in device.last(view.ChatsView).chats if chat.group_id == group_id)


def test_there_is_one_and_nobody_sees_it() -> None:
    world = World()
    ada, laptop, bob, group_id = two_devices(world)
    assert len(self_groups(ada)) == 1
    assert self_groups(ada) == self_groups(laptop)
    assert self_groups(bob) == []
    for device in (ada, laptop):
        assert [chat.group_id for chat in device.last(view.ChatsView).chats] == [group_id]


def test_an_account_with_one_device_has_none() -> None:
    world = World()
    ada, _, _ = meet(world)
    world.advance(90_000)
    assert self_groups(ada) == []


def test_what_was_read_on_one_device_is_read_on_the_other() -> None:
    world = World()
    ada, laptop, bob, group_id = two_devices(world)
    for device in (ada, laptop):
        device.do(events.ChatOpened(group_id=None))
    bob.say(group_id, "one")
    bob.say(group_id, "two")
    assert (unread(ada, group_id), unread(laptop, group_id)) == (2, 2)
    ada.do(events.ChatOpened(group_id=group_id))
    world.advance(10_000)
    assert (unread(ada, group_id), unread(laptop, group_id)) == (0, 0)
    ada.do(events.ChatOpened(group_id=None))
    bob.say(group_id, "three")
    assert (unread(ada, group_id), unread(laptop, group_id)) == (1, 1)


def test_names_drafts_and_marks_reach_the_other_device_and_one_that_comes_later() -> None:
    world = World()
    ada, laptop, bob, group_id = two_devices(world)
    ada.do(
        events.OwnNameChanged(name="Ada L."),
        events.DraftChanged(group_id=group_id, text="half a tho"),
        events.VerificationChanged(user_id=user(bob), verified=True),
    )
    world.advance(10_000)
    laptop.do(events.SafetyOpened(user_id=user(bob)))
    assert laptop.last(view.SafetyView).verified_at
    assert laptop.last(view.SessionView).name == "Ada L."
    assert laptop.last(view.DraftView) == view.DraftView(group_id=group_id, text="half a tho")
    assert next(m.name for m in members(bob, group_id) if m.user_id == user(ada)) == "Ada L."
    ada.do(events.DraftChanged(group_id=group_id, text=""))
    phone = world.signed_in(ada)
    world.advance(90_000)
    assert phone.last(view.SessionView).name == "Ada L."
    phone.do(events.SafetyOpened(user_id=user(bob)))
    assert phone.last(view.SafetyView).verified_at
    assert phone.last(view.SafetyView).name == "Bob"


def members(device: Device, group_id: str) -> list[view.MemberView]:
    device.do(events.MembersOpened(group_id=group_id))
    return device.last(view.MembersView).members


def test_of_two_values_the_later_one_counts() -> None:
    world = World()
    ada, laptop, _, _ = two_devices(world)
    silence(laptop)
    laptop.do(events.OwnNameChanged(name="Earlier"))
    world.advance(5_000)
    ada.do(events.OwnNameChanged(name="Later"))
    speak(world, laptop)
    world.advance(10_000)
    for device in (ada, laptop):
        (name,) = [setting.value for setting in device.records(SettingRecord) if setting.name == "name"]
        assert (name, device.account["name"]) == ("Later", "Later")


def test_that_the_code_is_safe_is_known_on_all_devices() -> None:
    world = World()
    ada, _, _ = meet(world)
    code = ada.recovery_code()
    linked = world.linked(ada)
    world.advance(90_000)
    assert linked.last(view.SessionView).code_unsaved
    ada.do(events.AccountOpened(), events.RecoveryCodeConfirmed(code=code))
    world.advance(10_000)
    assert not linked.last(view.SessionView).code_unsaved


def test_nobody_else_has_a_say() -> None:
    """Bob says in the chat what only Ada's devices may say in their own group."""
    world = World()
    ada, _, bob, group_id = two_devices(world)
    group = next(group for group in bob.records(GroupRecord) if group.group_id == group_id)
    record = bob.engine._context.journal.find(GroupRecord, group.group_id)
    assert record is not None
    bob.engine._parts.outbox.enqueue(record, Sync(settings={"name": ("Mallory", world.now + 1)}))
    bob.do(events.Woken())
    world.advance(10_000)
    assert ada.account["name"] == "Ada"


def test_a_draft_is_shown_on_the_other_tabs() -> None:
    world = World()
    ada, _, group_id = meet(world)
    for tab in ("one", "two"):
        ada.do(events.FromTab(tab, events.ChatOpened(group_id=group_id)))
    ada.do(events.FromTab("one", events.DraftChanged(group_id=group_id, text="half")))
    drafts = [(s.view, s.tab) for step in ada.steps for s in step.effects if isinstance(s, effects.Show)]
    assert [tab for shown, tab in drafts if isinstance(shown, view.DraftView)] == ["", "two"]  # she has it open there


def test_a_group_on_its_way_is_not_listed_before_it_is_known() -> None:
    world = World()
    ada, laptop, _, group_id = two_devices(world)
    listed = {chat.group_id for shown in laptop.shown if isinstance(shown, view.ChatsView) for chat in shown.chats}
    assert listed == {group_id}
    assert self_groups(ada)
