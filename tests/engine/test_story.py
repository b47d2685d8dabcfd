"""The first chat, with real engines and real MLS."""

from mls_chat import events, view
from world import Device, World, meet


def test_two_people_meet_by_a_link_and_chat() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    group_id = ada.create_group("Tea")
    assert ada.last(view.ConnectionView).status == "connected"
    fragment = ada.invite(group_id)
    bob.do(events.LinkOpened(fragment=fragment))
    assert bob.last(view.JoinView) == view.JoinView(stage="ready", group_name="Tea")
    bob.do(events.JoinRequested())
    assert bob.last(view.JoinView) == view.JoinView(stage="joined", group_name="Tea", group_id=group_id)
    ada.say(group_id, "hello Bob")
    bob.say(group_id, "hello Ada")
    for device in (ada, bob):
        assert device.texts(group_id) == ["hello Bob", "hello Ada"]
        assert device.notices() == []
        assert device.problems(group_id) == []
    senders = [line.sender for line in bob.lines(group_id) if line.line == "text"]
    assert senders == ["Ada", "Bob"]
    assert "Bob joined, let in by Ada" in [line.text for line in ada.lines(group_id)]


def test_everything_is_there_after_a_reload_and_they_go_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "before")
    for device in (ada, bob):
        device.start()
        assert device.last(view.ChatsView).chats[0].name == "Tea"
        assert device.texts(group_id) == ["before"]
    bob.say(group_id, "after")
    assert ada.texts(group_id) == bob.texts(group_id) == ["before", "after"]


def test_a_third_joins_and_any_member_admits() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    fragment = ada.invite(group_id)
    ada.online = False
    ada.drop()
    cleo = world.device("Cleo")
    assert cleo.join(fragment).stage == "joined"
    ada.online = True
    ada.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    for number, device in enumerate((ada, bob, cleo)):
        device.say(group_id, f"number {number}")
    for device in (ada, bob, cleo):
        assert device.texts(group_id) == ["number 0", "number 1", "number 2"]
        assert device.notices() == []
    names = [member.name for member in open_members(cleo, group_id)]
    assert sorted(names) == ["Ada", "Bob", "Cleo"]


def open_members(device: Device, group_id: str) -> list[view.MemberView]:
    device.do(events.MembersOpened(group_id=group_id))
    return device.last(view.MembersView).members


def test_presence_comes_from_the_server() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.online = False
    bob.drop()
    online = {member.name: member.online for member in open_members(ada, group_id)}
    assert online == {"Ada": True, "Bob": False}


def test_a_link_serves_one_person() -> None:
    world = World()
    ada, bob, cleo = world.device("Ada"), world.device("Bob"), world.device("Cleo")
    fragment = ada.invite(ada.create_group("Tea"))
    bob.join(fragment)
    assert cleo.join(fragment).error == "This link was already used. Ask for a new one."


def test_an_expired_link_says_so() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    world.now += 8 * 24 * 3_600_000
    bob.do(events.LinkOpened(fragment=fragment))
    assert bob.last(view.JoinView).error == "This link has expired. Ask for a new one."


def test_a_link_with_a_changed_secret_is_refused_before_joining() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    fragment = ada.invite(ada.create_group("Tea"))
    changed = fragment[:-1] + ("A" if fragment[-1] != "A" else "B")
    other = fragment.split(".")[0] + "." + "A" * 43
    for bad in (other, changed[:-4], "join=nonsense", "join=", ""):
        bob.do(events.LinkOpened(fragment=bad))
        assert bob.last(view.JoinView).stage == "failed"
        assert "not a working invite link" in bob.last(view.JoinView).error


def test_opening_an_own_used_link_again_opens_the_group() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    group_id = ada.create_group("Tea")
    fragment = ada.invite(group_id)
    bob.join(fragment)
    bob.start()
    bob.do(events.LinkOpened(fragment=fragment))
    assert bob.last(view.JoinView).group_id == group_id


def test_nobody_online_the_joiner_waits_and_gets_in_later() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    group_id = ada.create_group("Tea")
    fragment = ada.invite(group_id)
    ada.online = False
    ada.drop()
    assert bob.join(fragment).stage == "waiting"
    bob.start()
    bob.do(events.LinkOpened(fragment=fragment))
    assert bob.last(view.JoinView).stage == "waiting"
    ada.online = True
    ada.start()
    assert bob.last(view.JoinView).stage == "joined"
    bob.say(group_id, "finally")
    assert ada.texts(group_id) == ["finally"]


def test_a_device_that_was_away_reads_everything_once() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.drop()
    bob.online = False
    for number in range(30):
        ada.say(group_id, f"{number}")
    bob.online = True
    bob.do(events.NetworkChanged(online=True))
    world.advance(60_000)
    assert bob.texts(group_id) == [f"{number}" for number in range(30)]


def test_messages_written_while_the_channel_is_down_are_sent_once() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.server.up = False
    ada.drop()
    bob.drop()
    ada.say(group_id, "into the dark")
    assert ada.states(group_id) == ["sending"]
    world.advance(5 * 60_000)
    world.server.up = True
    world.advance(5 * 60_000)
    assert ada.texts(group_id) == bob.texts(group_id) == ["into the dark"]
    assert ada.states(group_id) == ["sent"]


def test_with_the_channel_blocked_chat_goes_on_over_http() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.on_wire = False
    bob.drop()
    bob.say(group_id, "slow but here")
    world.advance(60_000)
    assert ada.texts(group_id) == ["slow but here"]
    ada.say(group_id, "good")
    world.advance(60_000)
    assert bob.texts(group_id) == ["slow but here", "good"]
    assert bob.last(view.ConnectionView).status == "offline"


def test_unread_counts_until_the_chat_is_opened() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.do(events.ChatOpened(group_id=None))
    ada.say(group_id, "one")
    ada.say(group_id, "two")
    assert bob.last(view.ChatsView).chats[0].unread == 2
    assert bob.last(view.ChatsView).chats[0].last_line == "Ada: two"
    bob.do(events.ChatOpened(group_id=group_id))
    assert bob.last(view.ChatsView).chats[0].unread == 0


def test_tokens_are_renewed_while_connected() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    world.advance(3_600_000)
    ada.say(group_id, "an hour later")
    assert bob.texts(group_id) == ["an hour later"]
    assert world.server.calls.count("auth_login") >= 4
