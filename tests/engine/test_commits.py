"""Commits in the log: followed in their place, compared with what the server says of them, refused by name."""

from typing import Any

import msgspec
import pytest

from forging import MESSAGE_ID, ciphertext, forge, goes_on, rotate, verdicts
from mls_chat import events, view
from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.identity import leaf_validator
from mls_chat.records import AccountRecord
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit
from mls_chat.wire.records import AddedDevice
from mls_rs_python import Client, Crypto, Storage
from world import World, meet, meet_three


def test_a_message_some_epochs_late_is_read_and_after_that_named() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    early = [ciphertext(ada, group_id, f"late {n}", f"00000000-0000-4000-9000-00000000000{n}") for n in range(2)]
    for number in range(5):
        ada.ask("send_commit", rotate(ada, group_id, 100 + number))
        world.run()
    forge(ada, group_id, early[0], epoch=1, message_id="00000000-0000-4000-9000-000000000000")
    assert bob.texts(group_id) == ["late 0"]
    ada.ask("send_commit", rotate(ada, group_id, 105))
    world.run()
    forge(ada, group_id, early[1], epoch=1, message_id="00000000-0000-4000-9000-000000000001")
    assert (bob.texts(group_id), verdicts(bob, group_id)) == (["late 0"], ["old_epoch"])
    goes_on(ada, bob, group_id)


@pytest.mark.parametrize("behind", [0, 3])
def test_a_commit_out_of_its_epoch_leaves_the_state_untouched(behind: int) -> None:
    """Stale, or of an epoch that nobody has reached."""
    world = World()
    ada, bob, group_id = meet(world)
    first = rotate(ada, group_id, 1)
    ada.ask("send_commit", first)
    world.run()
    before, epoch = bob.stored_mls(), world.server.groups[group_id].epoch
    forge(ada, group_id, first.mls_bytes, msg_kind="commit", epoch=first.epoch + behind)
    world.server.groups[group_id].epoch = epoch
    assert verdicts(bob, group_id) == ["bad_commit"]
    assert bob.stored_mls() == before
    goes_on(ada, bob, group_id)


def test_a_commit_of_another_group_is_withdrawn_and_leaves_the_state_untouched() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    other = ada.create_group("Coffee")
    bob.join(ada.invite(other))
    before = bob.stored_mls()
    forge(ada, group_id, rotate(ada, other).mls_bytes, msg_kind="commit")
    assert verdicts(bob, group_id) == ["bad_commit"]
    assert bob.stored_mls() == before
    goes_on(ada, bob, group_id)


def test_a_commit_that_can_not_be_followed_is_withdrawn_and_its_epoch_open_again() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    epoch = world.server.groups[group_id].epoch
    forge(ada, group_id, rotate(ada, group_id).mls_bytes[:-1], msg_kind="commit")
    assert world.server.groups[group_id].epoch == epoch
    for device in (bob, cleo):
        assert set(verdicts(device, group_id)) <= {"bad_commit"}
        assert "A change to the group was withdrawn" in device.lines(group_id)[-1].text
    goes_on(bob, cleo, group_id)
    cleo.do(events.RenameRequested(group_id=group_id, name="Coffee"))
    assert [device.last(view.ChatsView).chats[0].name for device in (ada, bob, cleo)] == ["Coffee"] * 3
    assert world.server.groups[group_id].epoch == epoch + 1


def test_an_external_commit_without_right_is_refused_and_withdrawn() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        info = group.group_info()
    eve = world.device("Eve").records(AccountRecord)[0]
    client = Client(
        credential=eve.credential,
        signature_secret_key=eve.device_secret_key,
        signature_public_key=eve.device_public_key,
        storage=Storage(),
        identity_validator=leaf_validator(Crypto()),
        extension_types=[GROUP_DATA_EXTENSION],
    )
    _, commit = client.external_join(info, now=world.now // 1000)
    before = bob.stored_mls()
    forge(ada, group_id, commit, msg_kind="commit")
    assert verdicts(bob, group_id) == ["external_commit"]
    assert bob.stored_mls() == before
    goes_on(ada, bob, group_id)


@pytest.mark.parametrize(
    "lies",
    [
        {"added": [AddedDevice(user_id="u", device_id="d")]},
        {"removed": ["d"]},
        {"user_id": "somebody"},
        {"device_id": "else"},
    ],
)
def test_what_the_server_says_of_a_commit_against_the_commit(lies: dict[str, Any]) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, rotate(ada, group_id).mls_bytes, msg_kind="commit", **lies)
    assert verdicts(bob, group_id) == ["membership_mismatch"]
    goes_on(ada, bob, group_id)


def test_the_line_names_the_member_who_committed_not_the_one_the_server_names() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    log = world.server.groups[group_id].log
    commit = next(message for message in log if message.added and message.added[0].device_id == cleo.device_id)
    assert "Cleo joined, let in by Ada" in [line.text for line in bob.lines(group_id)]
    dora = world.device("Dora")
    bob.world.server.sockets[bob.device_id][1].pop(group_id)
    dora.join(ada.invite(group_id))
    lied = [msgspec.structs.replace(m, user_id=cleo.account["user_id"]) for m in log if m.msg_kind == "commit"]
    bob.push(frames.Deliver(group_id=group_id, messages=[m for m in log if m.server_seq < lied[-1].server_seq]))
    bob.push(frames.Deliver(group_id=group_id, messages=lied[-1:]))
    world.run()
    assert commit.server_seq < lied[-1].server_seq
    assert verdicts(bob, group_id) == ["membership_mismatch"]
    assert any(line.text.endswith("let in by Ada") for line in bob.lines(group_id)[-2:])


def test_a_removed_member_is_told_and_reads_no_further() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    with ada.mls(group_id) as group:
        leaf = next(m.leaf_index for m in group.members() if m.identity.decode().endswith(bob.device_id))
        output, epoch = group.commit(now=world.now // 1000, remove=[leaf]), group.epoch
    body = Commit(group_id=group_id, message_id=MESSAGE_ID, epoch=epoch, mls_bytes=output.commit)
    ada.ask("send_commit", msgspec.structs.replace(body, removed=[bob.device_id]))
    world.run()
    ada.say(group_id, "without Bob")
    assert [line.text for line in bob.lines(group_id)][-1] == "You were removed from the group"
    assert bob.last(view.ChatsView).chats[0].state == "removed"
    assert [line.text for line in cleo.lines(group_id) if line.line == "system"][-1] == "Ada removed Bob"
    assert cleo.texts(group_id) == ["without Bob"]
    assert verdicts(cleo, group_id) == []
    for device in (bob, cleo):
        device.start()
        assert device.notices() == []


def test_a_device_with_a_wrong_clock_follows_commits() -> None:
    """A key package's life is judged by the time at which the server took the commit."""
    world = World()
    ada, bob, group_id = meet(world)
    bob.clock_off = 365 * 86_400_000
    cleo = world.device("Cleo")
    cleo.join(ada.invite(group_id))
    goes_on(cleo, bob, group_id)
