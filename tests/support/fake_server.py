"""A server in memory with the rules of the SQL functions, for unit tests of the engine alone (see tests/contract)."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from fake_backups import Backups
from fake_devices import Devices
from fake_flags import Flags
from fake_ledger import refuse
from fake_links import Links
from fake_passkeys import Passkeys
from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies, frames
from mls_chat.wire.bodies import ENDPOINTS

Push = Callable[[frames.ServerFrame], None]
Closed = Callable[[int, str], None]
"""The close code of the socket, and the reason."""
REVOKED: Final = 4403


class FakeServer(Devices, Flags, Passkeys, Links, Backups):
    """`invoke` is the edge functions; `connect` and `receive` are the delivery channel."""

    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self.sockets: dict[str, tuple[Push, dict[str, int]]] = {}
        self._closed: dict[str, Closed] = {}
        self.up = True
        self.deaf = False
        """What clients send over the channel is lost."""
        self.calls: list[str] = []

    def invoke(self, name: str, body: bytes, token: str | None) -> bytes:
        endpoint = ENDPOINTS[name]
        self.calls.append(name)
        request: Any = msgspec.json.decode(body, type=endpoint.request)
        device = "" if endpoint.public else self._device(token)
        reply = getattr(self, name)(device, request)
        assert isinstance(reply, endpoint.reply), (name, reply)
        return msgspec.json.encode(reply)

    def _device(self, token: str | None) -> str:
        if token is None:
            raise refuse(401, "unauthenticated")
        device, _, expires = token.rpartition("/")
        if int(expires) < self._now():
            raise refuse(401, "token_expired")
        if device not in self.devices:
            raise refuse(401, "device_unknown")
        self._require_not_revoked(device)
        return device

    def group_members_list(self, device: str, body: bodies.GroupMembersList) -> bodies.GroupMembersListReply:
        members = self._members(self._live(device, body.group_id), lambda each: each in self.sockets)
        waiting = [request.request for request in self._open(body.group_id)]
        pending = [
            bodies.PendingJoin(
                request_id=each.request_id, user_id=each.user_id, state="kp_submitted", created_at=each.created_at
            )
            for each in waiting
        ]
        return bodies.GroupMembersListReply(members=members, pending=pending)

    # delivery channel

    def connect(self, device: str, push: Push, closed: Closed | None = None) -> None:
        """`closed` is called if the server ends the socket."""
        self.sockets[device] = (push, {})
        self._closed[device] = closed or (lambda code, reason: None)

    def disconnect(self, device: str) -> None:
        self.sockets.pop(device, None)
        self._closed.pop(device, None)

    def receive(self, device: str, frame: frames.ClientFrame) -> None:
        if self.deaf or device not in self.sockets:
            return
        push, _ = self.sockets[device]
        match frame:
            case frames.Subscribe(auth=auth, groups=groups):
                self._subscribe(device, auth, groups)
            case frames.Send():
                self._send(device, push, frame)
            case frames.Ping(timestamp=timestamp):
                push(frames.Pong(timestamp=timestamp))
            case frames.Ack(group_id=group_id, server_seq=seq):
                self._ack(device, group_id, seq)
            case frames.Auth() | frames.SendSignal():
                pass  # tokens are looked at in calls; nobody sends signals yet

    def _ack(self, device: str, group_id: str, seq: int) -> None:
        push, cursors = self.sockets[device]
        if group_id not in cursors:
            push(frames.Error(code="not_subscribed", message="not subscribed", group_id=group_id))
            return
        group = self.groups[group_id]
        group.members[device].acked_seq = max(group.members[device].acked_seq, min(seq, group.head))

    def _subscribe(self, device: str, auth: str, groups: dict[str, int]) -> None:
        push, cursors = self.sockets[device]
        try:
            assert self._device(auth) == device
        except FunctionRefused as error:
            push(frames.Error(code=error.code, message=error.message))
            return
        heads = {}
        for group_id, since in groups.items():
            if group_id in self.groups and device in self.groups[group_id].members:
                cursors[group_id] = max(since, self.groups[group_id].members[device].joined_seq)
                heads[group_id] = self.groups[group_id].head
            else:
                push(frames.Error(code="not_a_member", message="not a member", group_id=group_id))
        push(frames.Subscribed(groups=heads))
        for group_id in heads:
            self._deliver(group_id)

    def _send(self, device: str, push: Push, frame: frames.Send) -> None:
        body = msgspec.convert(msgspec.structs.asdict(frame), bodies.SendMessage)
        about = {"group_id": frame.group_id, "message_id": frame.message_id, "client_seq": frame.client_seq}
        try:
            reply = self.send_message(device, body)
        except FunctionRefused as error:
            facts = about | {"code": error.code, "message": error.message, "epoch": error.details.get("epoch")}
            push(msgspec.convert(facts, frames.Error))
        else:
            seq = {"server_seq": reply.server_seq, "server_time": reply.server_time}
            push(msgspec.convert(about | seq, frames.Sent))

    def _tell(self, device: str, bell: frames.ServerFrame) -> None:
        if device in self.sockets:
            self.sockets[device][0](bell)

    def _ring(self, group_id: str, bell: frames.ServerFrame) -> None:
        for push, cursors in list(self.sockets.values()):
            if group_id in cursors:
                push(bell)

    def _ring_devices(self, user_id: str) -> None:
        near = {group_id for group_id, group in self.groups.items() if group.devices_of(user_id)}
        for device, (push, cursors) in list(self.sockets.items()):
            if self.devices.get(device) == user_id or near & cursors.keys():
                push(frames.DevicesBell(user_id=user_id))

    def _ring_own_devices(self, user_id: str, device: str) -> None:
        for other, (push, _) in list(self.sockets.items()):
            if other != device and self.devices.get(other) == user_id:
                push(frames.DevicesBell(user_id=user_id))

    def _close(self, device: str) -> None:
        if device in self.sockets:
            closed = self._closed[device]
            self.disconnect(device)
            closed(REVOKED, "device_revoked")

    def _deliver(self, group_id: str) -> None:
        for device, (push, cursors) in list(self.sockets.items()):
            if group_id not in cursors:
                continue
            if device not in self.groups[group_id].members:  # the commit that added it was withdrawn
                del cursors[group_id]
                push(frames.Removed(group_id=group_id))
                continue
            if messages := self._readable(device, group_id, cursors[group_id]):
                cursors[group_id] = messages[-1].server_seq
                push(frames.Deliver(group_id=group_id, messages=messages))
            if self.groups[group_id].members[device].left_seq is not None:
                del cursors[group_id]
                push(frames.Removed(group_id=group_id))
