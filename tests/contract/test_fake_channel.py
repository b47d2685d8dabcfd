"""The channel of the server in memory does what tests/delivery ask of the real one."""

from contract_doors import Caller, FakeDoor, sibling
from contract_group import commit, flag, grown_group, info, message, rejoin
from mls_chat.wire import bodies, frames
from mls_chat.wire.frames import ServerFrame


class Socket:
    """What one device hears, subscribed from a cursor on."""

    def __init__(self, door: FakeDoor, caller: Caller, group_id: str, since: int) -> None:
        self._server, self._device = door._server, caller.device_id
        self.frames: list[ServerFrame] = []
        self.ended: list[tuple[int, str]] = []
        self._server.connect(self._device, self.frames.append, lambda *why: self.ended.append(why))
        self.tell(frames.Subscribe(auth=caller.token or "", groups={group_id: since}))

    def tell(self, frame: frames.ClientFrame) -> None:
        self._server.receive(self._device, frame)

    def entries(self) -> list[tuple[int, str]]:
        delivered = [frame for frame in self.frames if isinstance(frame, frames.Deliver)]
        return [(each.server_seq, each.msg_kind) for frame in delivered for each in frame.messages]

    def hears(self, kind: type[ServerFrame]) -> int:
        return sum(isinstance(frame, kind) for frame in self.frames)


def test_a_void_is_delivered_live_and_from_the_cursor() -> None:
    door = FakeDoor()
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    live = Socket(door, bob, group_id, 1)
    owner.call("send_commit", commit(group_id, 1))
    bob.call("commit_flag", flag(group_id, 2))
    assert live.entries() == Socket(door, bob, group_id, 1).entries() == [(2, "commit"), (3, "void")]


def test_whom_a_withdrawn_commit_added_hears_removed_and_not_the_void() -> None:
    door = FakeDoor()
    bob, newcomer = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, newcomer))
    socket = Socket(door, newcomer, group_id, 2)
    owner.call("send_message", message(group_id, 1, epoch=2))
    bob.call("commit_flag", flag(group_id, 2))
    assert (socket.entries(), socket.hears(frames.Removed)) == ([(3, "chat")], 1)
    socket.tell(frames.Ack(group_id=group_id, server_seq=3))
    assert isinstance(socket.frames[-1], frames.Error)
    assert socket.frames[-1].code == "not_subscribed"


def test_whom_a_withdrawn_commit_removed_may_subscribe_again() -> None:
    door = FakeDoor()
    bob, gone = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, gone)
    first = Socket(door, gone, group_id, 1)
    owner.call("send_commit", commit(group_id, 1, removed=[gone.device_id]))
    assert (first.entries(), first.hears(frames.Removed)) == ([(2, "commit")], 1)
    bob.call("commit_flag", flag(group_id, 2))
    assert Socket(door, gone, group_id, 2).entries() == [(3, "void")]


def test_an_acknowledgement_only_rises_and_stays_within_the_log() -> None:
    door = FakeDoor()
    owner, group_id = grown_group(door, Caller(door))
    socket = Socket(door, owner, group_id, 0)
    for told in (99, 0):
        socket.tell(frames.Ack(group_id=group_id, server_seq=told))
        assert owner.call("user_groups", bodies.Empty()).groups[0].acked_seq == 1


def test_the_subscribed_are_asked_for_a_group_info() -> None:
    door = FakeDoor()
    bob, stranger = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    sockets = [Socket(door, caller, group_id, 1) for caller in (owner, bob, stranger)]
    bob.call("group_info_get", info(group_id))
    owner.call("group_info_put", bodies.GroupInfoPut(group_id=group_id, epoch=1, group_info=b"info"))
    bob.call("group_info_get", info(group_id))
    assert [socket.hears(frames.GroupInfoBell) for socket in sockets] == [1, 1, 0]


def test_an_accounts_devices_and_its_groups_hear_that_they_have_changed() -> None:
    door = FakeDoor()
    bob, stranger = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob)
    sockets = [Socket(door, caller, group_id, 1) for caller in (owner, bob, stranger)]
    tablet, phone = sibling(bob), Caller(door, bob.account, unknown=True)
    bob.add(phone)
    bob.revoke(phone)
    bell = frames.DevicesBell(user_id=bob.user_id)
    assert [socket.frames.count(bell) for socket in sockets] == [3, 3, 0]
    sockets.append(Socket(door, tablet, group_id, 1))  # it is not in the group yet
    sibling(bob)
    assert [socket.frames.count(bell) for socket in sockets] == [4, 4, 0, 1]


def test_nobody_hears_of_what_changed_nothing() -> None:
    door = FakeDoor()
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    tablet.revoke(bob)
    sockets = [Socket(door, caller, group_id, 1) for caller in (owner, tablet)]
    tablet.register()
    tablet.call("device_revoke", bodies.DeviceRevoke(entry=bob.account.log[-1]))
    assert [socket.hears(frames.DevicesBell) for socket in sockets] == [0, 0]


def test_an_account_hears_of_it_no_more_when_it_has_left_the_group() -> None:
    door = FakeDoor()
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    owner.call("send_commit", commit(group_id, 1, removed=[bob.device_id]))
    socket = Socket(door, owner, group_id, 2)
    sibling(bob)
    assert socket.hears(frames.DevicesBell) == 0


def test_the_socket_of_a_revoked_device_is_closed() -> None:
    door = FakeDoor()
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    lost, kept = Socket(door, bob, group_id, 1), Socket(door, tablet, group_id, 1)
    tablet.revoke(bob)
    assert (lost.ended, kept.ended) == ([(4403, "device_revoked")], [])
    owner.call("send_message", message(group_id, 1, epoch=1))
    lost.tell(frames.Ping(timestamp=1))
    assert lost.frames == [frames.Subscribed(groups={group_id: 1})]
    again = Socket(door, bob, group_id, 1)
    assert isinstance(again.frames[0], frames.Error)
    assert (again.frames[0].code, len(again.frames)) == ("device_revoked", 1)


def test_a_device_that_came_in_by_its_account_is_delivered_to_until_a_void() -> None:
    door = FakeDoor()
    bob = Caller(door)
    owner, group_id = grown_group(door, bob)
    tablet = sibling(bob)
    tablet.call("group_rejoin", rejoin(group_id, 1))
    socket = Socket(door, tablet, group_id, 0)
    tablet.call("send_message", message(group_id, 1, epoch=2))
    assert socket.entries() == [(2, "commit"), (3, "chat")]
    owner.call("commit_flag", flag(group_id, 2))
    assert (socket.entries(), socket.hears(frames.Removed)) == ([(2, "commit"), (3, "chat")], 1)
