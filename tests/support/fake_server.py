"""A server in memory with the rules of the SQL functions, for unit tests of the engine alone (see tests/contract)."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from mls_chat.ports import FunctionRefused
from mls_chat.wire import bodies, frames
from mls_chat.wire.bodies import ENDPOINTS
from mls_chat.wire.limits import MAX_CIPHERTEXT_BYTES
from mls_chat.wire.records import AddedDevice, StoredMessage

TOKEN_MS = 15 * 60_000
CLAIM_MS = 120_000


@dataclass
class Member:
    user_id: str
    role: str
    joined_seq: int
    left_seq: int | None = None
    acked_seq: int = 0


@dataclass
class Group:
    epoch: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    log: list[StoredMessage] = field(default_factory=list)
    client_seqs: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def head(self) -> int:
        return len(self.log)


@dataclass
class Invite:
    group_id: str
    access_hash: bytes
    sealed_info: bytes
    expires_at: int
    uses: int


@dataclass
class Request:
    request: bodies.InviteRequest
    state: str = "kp_submitted"
    claimed_by: str = ""
    claimed_at: int = 0
    reason: str | None = None
    welcome: bytes = b""
    mac: bytes = b""
    joined_seq: int = 0
    admitted_by: str = ""
    message_id: str = ""


def refuse(status: int, code: str, **details: int | str) -> FunctionRefused:
    return FunctionRefused(status, code, code.replace("_", " "), details)


class FakeServer:
    """`invoke` is the edge functions; `connect` and `receive` are the delivery channel."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.devices: dict[str, str] = {}
        self.groups: dict[str, Group] = {}
        self.invites: dict[str, Invite] = {}
        self.requests: dict[str, Request] = {}
        self.sockets: dict[str, tuple[Callable[[frames.ServerFrame], None], dict[str, int]]] = {}
        self.up = True
        self.calls: list[str] = []

    # functions

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
        return device

    def auth_challenge(self, _device: str, _body: bodies.AuthChallenge) -> bodies.AuthChallengeReply:
        now = self._now()
        return bodies.AuthChallengeReply(
            challenge_id=str(uuid.UUID(int=len(self.calls))), challenge=b"c" * 32, expires_at=now + 300_000
        )

    def auth_register(self, _device: str, body: bodies.AuthRegister) -> bodies.TokenReply:
        self.devices[body.device_id] = body.user_id
        return self._token(body.device_id)

    def auth_login(self, _device: str, body: bodies.AuthLogin) -> bodies.TokenReply:
        if body.device_id not in self.devices:
            raise refuse(401, "device_unknown")
        return self._token(body.device_id)

    def _token(self, device: str) -> bodies.TokenReply:
        expires = self._now() + TOKEN_MS
        return bodies.TokenReply(token=f"{device}/{expires}", expires_at=expires)

    def group_create(self, device: str, body: bodies.GroupCreate) -> bodies.GroupCreateReply:
        group = self.groups.setdefault(body.group_id, Group())
        group.members.setdefault(device, Member(self.devices[device], "owner", 0))
        return bodies.GroupCreateReply(group_id=body.group_id, epoch=group.epoch, head_seq=group.head)

    def _member(self, device: str, group_id: str) -> tuple[Group, Member]:
        group = self.groups.get(group_id)
        if group is None or device not in group.members:
            raise refuse(403, "not_a_member")
        return group, group.members[device]

    def _live(self, device: str, group_id: str) -> Group:
        group, member = self._member(device, group_id)
        if member.left_seq is not None:
            raise refuse(403, "not_a_member")
        return group

    def group_join(self, device: str, body: bodies.GroupJoin) -> bodies.GroupJoinReply:
        group, member = self._member(device, body.group_id)
        return bodies.GroupJoinReply(group_id=body.group_id, joined_seq=member.joined_seq, epoch=group.epoch)

    def group_members_list(self, device: str, body: bodies.GroupMembersList) -> bodies.GroupMembersListReply:
        group = self._live(device, body.group_id)
        members: list[Any] = [
            {"user_id": m.user_id, "device_id": d, "role": m.role, "online": d in self.sockets, "last_seen": 1}
            for d, m in group.members.items()
            if m.left_seq is None
        ]
        return msgspec.convert({"members": members, "pending": []}, bodies.GroupMembersListReply)

    def invite_create(self, device: str, body: bodies.InviteCreate) -> bodies.InviteCreateReply:
        self._live(device, body.group_id)
        expires = self._now() + body.expires_in * 1000
        invite = Invite(body.group_id, body.access_hash, body.sealed_info, expires, body.max_uses)
        self.invites.setdefault(body.invite_id, invite)
        return bodies.InviteCreateReply(invite_id=body.invite_id, expires_at=expires)

    def _invite(self, invite_id: str) -> Invite:
        if invite_id not in self.invites:
            raise refuse(404, "invite_unknown")
        return self.invites[invite_id]

    def invite_info(self, _device: str, body: bodies.InviteInfo) -> bodies.InviteInfoReply:
        invite = self._invite(body.invite_id)
        status = "expired" if invite.expires_at <= self._now() else "active" if invite.uses else "used"
        reply = {"invite_id": body.invite_id, "status": status, "expires_at": invite.expires_at}
        return msgspec.convert(reply | {"sealed_info": invite.sealed_info}, bodies.InviteInfoReply)

    def invite_join(self, device: str, body: bodies.InviteJoin) -> bodies.InviteJoinReply:
        invite = self._invite(body.invite_id)
        for request_id, known in self.requests.items():
            if (known.request.invite_id, known.request.device_id) == (body.invite_id, device):
                if known.request.key_package != body.key_package:
                    raise refuse(409, "key_package_conflict")
                return msgspec.convert({"request_id": request_id, "state": known.state}, bodies.InviteJoinReply)
        if invite.expires_at <= self._now():
            raise refuse(410, "invite_expired")
        if not invite.uses:
            raise refuse(410, "invite_used")
        if hashlib.sha256(body.access_key).digest() != invite.access_hash:
            raise refuse(403, "invite_access_denied")
        invite.uses -= 1
        request = bodies.InviteRequest(
            request_id=str(uuid.UUID(int=1000 + len(self.requests))),
            invite_id=body.invite_id,
            group_id=invite.group_id,
            user_id=self.devices[device],
            device_id=device,
            key_package=body.key_package,
            mac=body.mac,
            sealed_profile=body.sealed_profile,
            created_at=self._now(),
        )
        self.requests[request.request_id] = Request(request)
        self._ring(invite.group_id, frames.InviteBell(group_id=invite.group_id))
        return bodies.InviteJoinReply(request_id=request.request_id, state="kp_submitted")

    def _free(self, request: Request, device: str) -> bool:
        return request.claimed_by in ("", device) or self._now() - request.claimed_at > CLAIM_MS

    def invite_pending(self, device: str, _body: bodies.Empty) -> bodies.InvitePendingReply:
        waiting = [r for r in self.requests.values() if r.state == "kp_submitted" and self._free(r, device)]
        mine = [r.request for r in waiting if device in self.groups[r.request.group_id].members]
        return bodies.InvitePendingReply(requests=mine)

    def invite_claim(self, device: str, body: bodies.InviteClaim) -> bodies.InviteClaimReply:
        request = self.requests[body.request_id]
        self._live(device, request.request.group_id)
        if request.state != "kp_submitted":
            raise refuse(409, "request_closed", state=request.state)
        if not self._free(request, device):
            raise refuse(409, "claim_taken")
        request.claimed_by, request.claimed_at = device, self._now()
        return bodies.InviteClaimReply(request_id=body.request_id, claim_expires_at=self._now() + CLAIM_MS)

    def invite_complete(self, device: str, body: bodies.InviteComplete) -> bodies.InviteCompleteReply:
        request = self.requests[body.request_id]
        if request.state == "complete" and body.commit and request.message_id == body.commit.message_id:
            return bodies.InviteCompleteReply(server_seq=request.joined_seq, epoch=body.commit.epoch + 1)
        if request.state != "kp_submitted":
            raise refuse(409, "request_closed", state=request.state)
        if request.claimed_by != device:
            raise refuse(409, "claim_missing")
        if body.commit is None:
            request.state, request.reason = "refused", body.refusal
            self._tell(request)
            return bodies.InviteCompleteReply()
        reply = self.send_commit(device, body.commit)
        welcome = body.commit.welcomes[0]
        request.state, request.joined_seq, request.message_id = "complete", reply.server_seq, body.commit.message_id
        request.welcome, request.mac, request.admitted_by = welcome.welcome, welcome.mac, self.devices[device]
        self._tell(request)
        return bodies.InviteCompleteReply(server_seq=reply.server_seq, epoch=reply.epoch)

    def _tell(self, request: Request) -> None:
        facts = request.request
        if facts.device_id in self.sockets:
            push = self.sockets[facts.device_id][0]
            push(frames.WelcomeBell(request_id=facts.request_id, group_id=facts.group_id))

    def invite_poll(self, _device: str, body: bodies.InvitePoll) -> bodies.InvitePollReply:
        request = self.requests[body.request_id]
        reply: dict[str, Any] = {"request_id": body.request_id, "state": request.state, "reason": request.reason}
        if request.state == "complete":
            reply |= {"group_id": request.request.group_id, "welcome": request.welcome, "mac": request.mac}
            reply |= {"joined_seq": request.joined_seq, "admitted_by": request.admitted_by}
        return msgspec.convert(reply, bodies.InvitePollReply)

    def send_commit(self, device: str, body: bodies.Commit) -> bodies.SendCommitReply:
        group = self._live(device, body.group_id)
        for known in group.log:
            if (known.device_id, known.message_id) == (device, body.message_id):
                return bodies.SendCommitReply(server_seq=known.server_seq, epoch=known.epoch + 1)
        self._check_epoch(group, body.epoch)
        seq = self._store(
            group, device, body.message_id, "commit", body.epoch, body.mls_bytes, body.added, body.removed
        )
        group.epoch += 1
        for added in body.added:
            group.members[added.device_id] = Member(added.user_id, "member", seq)
        for removed in body.removed:
            group.members[removed].left_seq = seq
        self._deliver(body.group_id)
        return bodies.SendCommitReply(server_seq=seq, epoch=group.epoch)

    def _check_epoch(self, group: Group, epoch: int) -> None:
        if epoch != group.epoch:
            raise refuse(409, "stale_epoch" if epoch < group.epoch else "future_epoch", epoch=group.epoch)

    def _store(
        self, group: Group, device: str, message_id: str, kind: Any, epoch: int, data: bytes,
        added: list[AddedDevice] | None = None, removed: list[str] | None = None,
    ) -> int:  # fmt: skip
        message = StoredMessage(
            server_seq=group.head + 1,
            server_time=self._now(),
            msg_kind=kind,
            epoch=epoch,
            user_id=self.devices[device],
            device_id=device,
            message_id=message_id,
            mls_bytes=data,
            added=added or [],
            removed=removed or [],
        )
        group.log.append(message)
        return message.server_seq

    def send_message(self, device: str, body: bodies.SendMessage) -> bodies.SendMessageReply:
        group = self._live(device, body.group_id)
        for known in group.log:
            if (known.device_id, known.message_id) == (device, body.message_id):
                if known.mls_bytes != body.mls_bytes:
                    raise refuse(409, "message_id_conflict")
                return bodies.SendMessageReply(server_seq=known.server_seq, server_time=known.server_time)
        if group.client_seqs.get((device, body.client_seq), body.message_id) != body.message_id:
            raise refuse(409, "device_cloned")
        if body.msg_kind == "commit":
            raise refuse(400, "not_a_commit")
        self._check_epoch(group, body.epoch)
        if len(body.mls_bytes) > MAX_CIPHERTEXT_BYTES:
            raise refuse(413, "message_too_large")
        group.client_seqs[device, body.client_seq] = body.message_id
        seq = self._store(group, device, body.message_id, body.msg_kind, body.epoch, body.mls_bytes)
        self._deliver(body.group_id)
        return bodies.SendMessageReply(server_seq=seq, server_time=self._now())

    def _readable(self, device: str, group_id: str, since: int) -> list[StoredMessage]:
        group, member = self._member(device, group_id)
        last = group.head if member.left_seq is None else member.left_seq
        return group.log[max(since, member.joined_seq) : last]

    def get_messages(self, device: str, body: bodies.GetMessages) -> bodies.GetMessagesReply:
        group, member = self._member(device, body.group_id)
        member.acked_seq = max(member.acked_seq, body.since_seq)
        page = self._readable(device, body.group_id, body.since_seq)[: body.limit]
        return bodies.GetMessagesReply(messages=page, first_seq=1, head_seq=group.head, epoch=group.epoch)

    # delivery channel

    def connect(self, device: str, push: Callable[[frames.ServerFrame], None]) -> None:
        self.sockets[device] = (push, {})

    def disconnect(self, device: str) -> None:
        self.sockets.pop(device, None)

    def receive(self, device: str, frame: frames.ClientFrame) -> None:
        push, cursors = self.sockets[device]
        match frame:
            case frames.Subscribe(auth=auth, groups=groups):
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
            case frames.Send():
                self._send(device, push, frame)
            case frames.Ping(timestamp=timestamp):
                push(frames.Pong(timestamp=timestamp))
            case frames.Ack(group_id=group_id, server_seq=seq):
                self.groups[group_id].members[device].acked_seq = seq
            case frames.Auth() | frames.SendSignal():
                pass

    def _send(self, device: str, push: Callable[[frames.ServerFrame], None], frame: frames.Send) -> None:
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

    def _ring(self, group_id: str, bell: frames.ServerFrame) -> None:
        for push, cursors in list(self.sockets.values()):
            if group_id in cursors:
                push(bell)

    def _deliver(self, group_id: str) -> None:
        for device, (push, cursors) in list(self.sockets.items()):
            if group_id not in cursors:
                continue
            if messages := self._readable(device, group_id, cursors[group_id]):
                cursors[group_id] = messages[-1].server_seq
                push(frames.Deliver(group_id=group_id, messages=messages))
            if self.groups[group_id].members[device].left_seq is not None:
                del cursors[group_id]
                push(frames.Removed(group_id=group_id))
