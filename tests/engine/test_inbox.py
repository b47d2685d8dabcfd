"""The ordered log: every entry gets its verdict, whatever a server or a member puts in, and the group goes on."""

import random
from typing import Any

import msgspec
import pytest

from mls_chat import view
from mls_chat.backend import GROUP_DATA_EXTENSION
from mls_chat.envelope import Text, seal_envelope
from mls_chat.identity import leaf_validator
from mls_chat.padding import pad
from mls_chat.records import AccountRecord, GroupRecord, LineRecord
from mls_chat.wire import frames
from mls_chat.wire.bodies import Commit
from mls_chat.wire.records import AddedDevice, StoredMessage
from mls_rs_python import Client, Crypto, Storage
from world import Device, World, meet, meet_three

MESSAGE_ID = "00000000-0000-4000-9000-0000000000aa"


def ciphertext(device: Device, group_id: str, text: str, message_id: str = MESSAGE_ID) -> bytes:
    with device.mls(group_id) as group:
        return group.encrypt(seal_envelope(message_id, 1, Text(text)))


def verdicts(device: Device, group_id: str) -> list[str]:
    """Of all lines, in order, each problem's key."""
    lines = [line for line in device.records(LineRecord) if line.group_id == group_id and line.line == "problem"]
    return [line.what for line in sorted(lines, key=lambda line: line.order)]


def goes_on(ada: Device, bob: Device, group_id: str) -> None:
    before = bob.texts(group_id)
    ada.say(group_id, "and on")
    bob.say(group_id, "it goes")
    assert bob.texts(group_id) == [*before, "and on", "it goes"]
    assert ada.texts(group_id)[-2:] == ["and on", "it goes"]
    assert ada.authenticator(group_id) == bob.authenticator(group_id)


def forge(ada: Device, group_id: str, data: bytes, **lies: Any) -> None:
    ada.world.server.forge(group_id, ada.device_id, data, **lies)
    ada.world.run()


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x00" * 300, b"\x00\x01\x00\x02" + b"\xff" * 60])
def test_garbage_is_corrupt(data: bytes) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    before = bob.stored_mls()
    forge(ada, group_id, data)
    assert verdicts(bob, group_id) == ["corrupt"]
    assert bob.stored_mls() == before
    goes_on(ada, bob, group_id)


def test_every_flipped_byte_of_a_ciphertext_is_noticed_and_the_true_one_is_read_after_all() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    sent = ciphertext(ada, group_id, "hello")
    for place in range(0, len(sent), 7):
        forge(ada, group_id, sent[:place] + bytes([sent[place] ^ 1]) + sent[place + 1 :], message_id=MESSAGE_ID)
    assert set(verdicts(bob, group_id)) <= {"corrupt", "header_mismatch"}
    assert bob.texts(group_id) == []
    forge(ada, group_id, sent, message_id=MESSAGE_ID)
    assert bob.texts(group_id) == ["hello"]
    goes_on(ada, bob, group_id)


@pytest.mark.parametrize("lies", [{"epoch": 0}, {"epoch": 7}, {"msg_kind": "proposal"}])
def test_a_header_that_contradicts_the_declaration(lies: dict[str, Any]) -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, ciphertext(ada, group_id, "hello"), message_id=MESSAGE_ID, **lies)
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)


def test_a_message_of_another_group() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    other = ada.create_group("Coffee")
    bob.join(ada.invite(other))
    forge(ada, group_id, ciphertext(ada, other, "hello"), message_id=MESSAGE_ID)
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)
    goes_on(ada, bob, other)


def test_a_sender_that_is_not_the_one_declared() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    facts = {"user_id": cleo.account["user_id"], "device_id": cleo.device_id}
    forge(ada, group_id, ciphertext(ada, group_id, "I am Cleo"), message_id=MESSAGE_ID, **facts)
    assert verdicts(bob, group_id) == ["wrong_sender"]
    goes_on(ada, bob, group_id)
    goes_on(cleo, bob, group_id)


def test_a_ciphertext_repeated_under_a_new_id() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    sent = ciphertext(ada, group_id, "hello")
    forge(ada, group_id, sent, message_id=MESSAGE_ID)
    forge(ada, group_id, sent)
    assert (bob.texts(group_id), verdicts(bob, group_id)) == (["hello"], ["used_keys"])
    goes_on(ada, bob, group_id)


def test_a_ciphertext_under_an_id_that_it_does_not_carry() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, ciphertext(ada, group_id, "hello"))
    assert verdicts(bob, group_id) == ["header_mismatch"]
    goes_on(ada, bob, group_id)


def test_another_members_message_id_does_not_replace_the_line() -> None:
    world = World()
    ada, bob, cleo, group_id = meet_three(world)
    ada.say(group_id, "I am right")
    taken = ada.lines(group_id)[-1].id
    forge(bob, group_id, ciphertext(bob, group_id, "I am wrong", taken), message_id=taken)
    for device in (ada, cleo):
        assert device.texts(group_id) == ["I am right", "I am wrong"]
        assert len({line.id for line in device.lines(group_id)}) == len(device.lines(group_id))


def test_frames_delivered_ten_times() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "one")
    ada.say(group_id, "two")
    log = world.server.groups[group_id].log
    for _ in range(10):
        bob.push(frames.Deliver(group_id=group_id, messages=log[1:]))
    world.run()
    assert (bob.texts(group_id), verdicts(bob, group_id)) == (["one", "two"], [])
    assert (ada.texts(group_id), verdicts(ada, group_id)) == (["one", "two"], [])


def test_a_gap_is_pulled() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
    for text in ("one", "two"):
        ada.say(group_id, text)
    world.server.sockets[bob.device_id] = (push, cursors)
    assert "get_messages" not in world.server.calls
    ada.say(group_id, "three")
    assert bob.texts(group_id) == ["one", "two", "three"]
    assert world.server.calls.count("get_messages") == 1


def test_a_gap_noticed_while_pulling_is_pulled_too() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    for slow in (True, False):
        world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
        ada.say(group_id, f"lost {slow}")
        world.server.sockets[bob.device_id] = (push, cursors)
        bob.slow = True
        ada.say(group_id, f"heard {slow}")
    assert bob.texts(group_id) == []
    bob.release()
    assert bob.texts(group_id) == ["lost True", "heard True", "lost False", "heard False"]


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_ends_in_the_servers_order(seed: int) -> None:

    world = World()
    ada, bob, group_id = meet(world)
    push, cursors = world.server.sockets[bob.device_id]
    world.server.sockets[bob.device_id] = (lambda frame: None, cursors)
    for number in range(40):
        ada.say(group_id, f"{number}")
    log = world.server.groups[group_id].log
    singles = [frames.Deliver(group_id=group_id, messages=[message]) for message in log]
    random.Random(seed).shuffle(singles)
    world.server.sockets[bob.device_id] = (push, cursors)
    for single in singles:
        bob.push(single)
    world.run()
    assert bob.texts(group_id) == [f"{number}" for number in range(40)]
    assert verdicts(bob, group_id) == []


def test_equal_numbers_of_many_groups_do_not_meet() -> None:
    world = World()
    ada, bob = world.device("Ada"), world.device("Bob")
    groups = []
    for number in range(8):
        groups.append(ada.create_group(f"Group {number}"))
        bob.join(ada.invite(groups[-1]))
    for number in range(3):
        for group_id in groups:
            ada.say(group_id, f"{number}")
    assert [bob.texts(group_id) for group_id in groups] == [["0", "1", "2"]] * 8


def rotate(device: Device, group_id: str, number: int = 0, **changes: Any) -> Commit:
    """A commit by hand, pending on its device; merged when the log brings it back."""
    with device.mls(group_id) as group:
        output, epoch = group.commit(now=device.world.now // 1000), group.epoch
    message_id = f"00000000-0000-4000-9000-{number:012d}"
    body = Commit(group_id=group_id, message_id=message_id, epoch=epoch, mls_bytes=output.commit)
    return msgspec.structs.replace(body, **changes)


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


def test_a_commit_out_of_its_epoch_leaves_the_state_untouched() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    first = rotate(ada, group_id, 1)
    ada.ask("send_commit", first)
    world.run()
    before = bob.stored_mls()
    forge(ada, group_id, first.mls_bytes, msg_kind="commit", epoch=first.epoch)
    assert verdicts(bob, group_id) == ["bad_commit"]
    assert bob.stored_mls() == before
    assert bob.records(GroupRecord)[0].state == "failed"
    assert bob.records(GroupRecord)[0].cursor == len(world.server.groups[group_id].log) - 1


def test_a_commit_that_can_not_be_followed_stops_the_group_before_it() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, rotate(ada, group_id).mls_bytes[:-1], msg_kind="commit")
    assert verdicts(bob, group_id) == ["bad_commit"]
    assert bob.last(view.ChatsView).chats[0].state == "failed"
    bob.say(group_id, "hello?")
    assert bob.notices()[-1] == "This group can't receive messages."
    bob.start()
    assert bob.last(view.ChatsView).chats[0].state == "failed"


def test_an_external_commit_is_refused() -> None:
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


def test_a_proposal_is_set_aside_and_sending_goes_on() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    with ada.mls(group_id) as group:
        proposal = group.propose_update()
        group.clear_pending_proposals()
    forge(ada, group_id, proposal, msg_kind="proposal")
    assert verdicts(bob, group_id) == ["proposal"]
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


def test_a_message_of_ones_own_from_a_lost_state() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    forge(ada, group_id, ciphertext(ada, group_id, "from a backup"), message_id=MESSAGE_ID)
    assert verdicts(ada, group_id) == ["own_lost"]
    assert bob.texts(group_id) == ["from a backup"]
    goes_on(ada, bob, group_id)


def test_an_unreadable_envelope_needs_a_newer_version() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    for content in (b"", b"not an envelope", b"\x91" * 100_000):
        with ada.mls(group_id) as group:
            sent = group.encrypt(content)
        forge(ada, group_id, sent)
    newer = {"v": 2, "id": MESSAGE_ID, "sent_at": 1, "kind": "poll", "body": {}}
    for more in ({}, {"fallback": "Tea or coffee?"}):
        with ada.mls(group_id) as group:
            sent = group.encrypt(pad(msgspec.msgpack.encode(newer | more)))
        forge(ada, group_id, sent, message_id=MESSAGE_ID)
    assert verdicts(bob, group_id) == ["not_understood"] * 4
    assert bob.texts(group_id) == ["Tea or coffee?"]
    goes_on(ada, bob, group_id)


def test_history_that_the_server_no_longer_has_is_named() -> None:
    world = World()
    ada, bob, group_id = meet(world)
    bob.drop()
    bob.online = False
    for text in ("gone", "kept"):
        ada.say(group_id, text)
    bob.online = True
    world.server.groups[group_id].first_seq = len(world.server.groups[group_id].log)
    world.advance(60_000)
    assert (verdicts(bob, group_id), bob.texts(group_id)) == (["history_gone"], ["kept"])
    goes_on(ada, bob, group_id)


def test_a_device_with_a_wrong_clock_follows_commits() -> None:
    """A key package's life is judged by the time at which the server took the commit."""
    world = World()
    ada, bob, group_id = meet(world)
    bob.clock_off = 365 * 86_400_000
    cleo = world.device("Cleo")
    cleo.join(ada.invite(group_id))
    goes_on(cleo, bob, group_id)


def test_entries_of_unknown_groups_are_left_alone() -> None:
    world = World()
    ada, _bob, group_id = meet(world)
    before = dict(ada.rows)
    log: list[StoredMessage] = world.server.groups[group_id].log
    ada.push(frames.Deliver(group_id="00000000-0000-4000-8000-000000000000", messages=log))
    world.run()
    assert ada.rows == before
