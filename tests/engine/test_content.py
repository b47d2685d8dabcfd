"""What messages mean: names, links, texts; and what a member can't do with them."""

import msgspec

from mls_chat import view
from mls_chat.envelope import Content, Profile, Roster, SharedInvite, seal_envelope
from mls_chat.records import InviteRecord, NameRecord
from world import Device, World, meet, meet_three

MESSAGE_ID = "00000000-0000-4000-9000-0000000000{:02d}"


def says(world: World, device: Device, group_id: str, *contents: Content) -> None:
    for number, content in enumerate(contents):
        message_id = MESSAGE_ID.format(number)
        with device.mls(group_id) as group:
            data = group.encrypt(seal_envelope(message_id, 1, content))
        world.server.forge(group_id, device.device_id, data, message_id=message_id)
        world.run()


def test_a_roster_does_not_overrule_a_persons_own_word() -> None:
    world = World()
    _ada, bob, cleo, group_id = meet_three(world)
    ids = {name: device.account["user_id"] for name, device in (("bob", bob), ("cleo", cleo))}
    says(world, cleo, group_id, Roster({ids["bob"]: "Eve", "stranger": "Zoe", "": "Nobody"}, []))
    names = {record.user_id: record.name for record in bob.records(NameRecord)}
    assert names[ids["bob"]] == "Bob"
    assert names["stranger"] == "Zoe"
    ada_names = {record.user_id: record.name for record in _ada.records(NameRecord)}
    assert ada_names[ids["bob"]] == "Bob"


def test_a_profile_renames_its_sender_alone() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.say(group_id, "hello")
    says(world, bob, group_id, Profile("Robert\u202e"))
    assert [line.sender for line in ada.lines(group_id) if line.line == "text"] == ["Robert"]
    assert ada.last(view.ChatsView).chats[0].state == "active"


def test_links_that_are_no_links_are_not_kept() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    before = len(bob.records(InviteRecord))
    later = world.now + 1_000_000
    known = bob.records(InviteRecord)[0] if before else None
    bad = [SharedInvite("short", b"secret", later), SharedInvite("expired", b"s" * 32, world.now - 1)]
    if known is not None:
        bad.append(SharedInvite(known.invite_id, b"t" * 32, later))
    says(world, ada, group_id, *bad, Roster({}, bad))
    assert len(bob.records(InviteRecord)) == before
    if known is not None:
        assert known.secret in [invite.secret for invite in bob.records(InviteRecord)]
    says(world, ada, group_id, SharedInvite("good", b"s" * 32, later))
    assert len(bob.records(InviteRecord)) == before + 1


def test_a_deeply_nested_message_harms_nobody() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    body = msgspec.Raw(b"\x82\xa4type\xa4text\xa1x" + b"\x91" * 100_000 + b"\x90")
    fields = {"v": 1, "id": MESSAGE_ID.format(1), "sent_at": 1, "kind": "text", "body": body}
    with ada.mls(group_id) as group:
        data = group.encrypt(msgspec.msgpack.encode(fields))
    world.server.forge(group_id, ada.device_id, data, message_id=MESSAGE_ID.format(1))
    world.run()
    assert len(bob.problems(group_id)) == 1
    ada.say(group_id, "harmless")
    assert bob.texts(group_id) == ["harmless"]
