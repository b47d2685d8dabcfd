"""Invites, join requests and Welcomes in memory, by the rules of the SQL functions (see tests/contract)."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from fake_group_infos import GroupInfos
from fake_ledger import refuse
from mls_chat.wire import bodies, frames

CLAIM_MS = 120_000


@dataclass
class Invite:
    group_id: str
    access_hash: bytes
    sealed_info: bytes
    expires_at: int
    uses: int
    """Left."""


@dataclass
class Request:
    request: bodies.InviteRequest
    expires_at: int
    state: str = "kp_submitted"
    claimed_by: str = ""
    claimed_at: int = 0
    reason: str | None = None
    welcome: bytes | None = None
    mac: bytes | None = None
    joined_seq: int = 0
    admitted_by: str = ""
    message_id: str = ""


class Invites(GroupInfos):
    def __init__(self, now: Callable[[], int]) -> None:
        super().__init__(now)
        self.invites: dict[str, Invite] = {}
        self.requests: dict[str, Request] = {}
        self._asked = 0

    def group_join(self, device: str, body: bodies.GroupJoin) -> bodies.GroupJoinReply:
        group = self._live(device, body.group_id)
        self._welcome_used(device, body.group_id)
        joined = group.members[device].joined_seq
        return bodies.GroupJoinReply(group_id=body.group_id, joined_seq=joined, epoch=group.epoch)

    def group_rejoin(self, device: str, body: bodies.GroupRejoin) -> bodies.SendCommitReply:
        reply = super().group_rejoin(device, body)
        self._welcome_used(device, body.group_id)
        return reply

    def _welcome_used(self, device: str, group_id: str) -> None:
        for request in self.requests.values():
            if (request.request.device_id, request.request.group_id) == (device, group_id):
                request.welcome = request.mac = None

    def invite_create(self, device: str, body: bodies.InviteCreate) -> bodies.InviteCreateReply:
        self._live(device, body.group_id)
        expires = self._now() + body.expires_in * 1000
        made = Invite(body.group_id, body.access_hash, body.sealed_info, expires, body.max_uses)
        invite = self.invites.setdefault(body.invite_id, made)
        if (invite.group_id, invite.access_hash) != (body.group_id, body.access_hash):
            raise refuse(409, "invite_exists")
        return bodies.InviteCreateReply(invite_id=body.invite_id, expires_at=invite.expires_at)

    def _invite(self, invite_id: str) -> Invite:
        if invite_id not in self.invites:
            raise refuse(404, "invite_unknown")
        return self.invites[invite_id]

    def _status(self, invite: Invite) -> str:
        return "expired" if invite.expires_at <= self._now() else "active" if invite.uses else "used"

    def invite_info(self, _device: str, body: bodies.InviteInfo) -> bodies.InviteInfoReply:
        invite = self._invite(body.invite_id)
        reply = {"invite_id": body.invite_id, "status": self._status(invite), "expires_at": invite.expires_at}
        return msgspec.convert(reply | {"sealed_info": invite.sealed_info}, bodies.InviteInfoReply)

    def _state(self, request: Request) -> str:
        over = request.state == "kp_submitted" and request.expires_at <= self._now()
        return "expired" if over else request.state

    def invite_join(self, device: str, body: bodies.InviteJoin) -> bodies.InviteJoinReply:
        invite = self._invite(body.invite_id)
        if hashlib.sha256(body.access_key).digest() != invite.access_hash:
            raise refuse(403, "invite_access_denied")
        for request_id, known in self.requests.items():
            if (known.request.invite_id, known.request.device_id) == (body.invite_id, device):
                if known.request.key_package != body.key_package:
                    raise refuse(409, "key_package_conflict")
                reply = {"request_id": request_id, "state": self._state(known)}
                return msgspec.convert(reply, bodies.InviteJoinReply)
        member = self.groups[invite.group_id].members.get(device)
        if member is not None and member.left_seq is None:
            raise refuse(409, "already_member")
        if self._status(invite) != "active":
            raise refuse(410, f"invite_{self._status(invite)}")
        invite.uses -= 1
        self._asked += 1
        request = bodies.InviteRequest(
            request_id=str(uuid.UUID(int=1000 + self._asked)),
            invite_id=body.invite_id,
            group_id=invite.group_id,
            user_id=self.devices[device],
            device_id=device,
            key_package=body.key_package,
            mac=body.mac,
            sealed_profile=body.sealed_profile,
            created_at=self._now(),
        )
        self.requests[request.request_id] = Request(request, invite.expires_at)
        self._ring(invite.group_id, frames.InviteBell(group_id=invite.group_id))
        return bodies.InviteJoinReply(request_id=request.request_id, state="kp_submitted")

    def _free(self, request: Request, device: str) -> bool:
        return request.claimed_by in ("", device) or self._now() - request.claimed_at >= CLAIM_MS

    def _open(self, group_id: str) -> list[Request]:
        found = [r for r in self.requests.values() if r.request.group_id == group_id]
        return [r for r in found if self._state(r) == "kp_submitted"]

    def invite_pending(self, device: str, _body: bodies.Empty) -> bodies.InvitePendingReply:
        groups = [k for k, g in self.groups.items() if device in g.members and g.members[device].left_seq is None]
        waiting = [r for group_id in groups for r in self._open(group_id) if self._free(r, device)]
        requests = sorted((r.request for r in waiting), key=lambda r: (r.created_at, r.request_id))
        return bodies.InvitePendingReply(requests=requests)

    def _forget_requests(self, device: str) -> None:
        for request_id, request in list(self.requests.items()):
            if request.request.device_id == device and self._state(request) == "kp_submitted":
                del self.requests[request_id]
                self.invites[request.request.invite_id].uses += 1

    def _request(self, device: str, request_id: str) -> Request:
        if request_id not in self.requests:
            raise refuse(404, "request_unknown")
        self._live(device, self.requests[request_id].request.group_id)
        return self.requests[request_id]

    def _require_open(self, request: Request) -> None:
        if self._state(request) != "kp_submitted":
            raise refuse(409, "request_closed", state=self._state(request))

    def invite_claim(self, device: str, body: bodies.InviteClaim) -> bodies.InviteClaimReply:
        request = self._request(device, body.request_id)
        self._require_open(request)
        if not self._free(request, device):
            raise refuse(409, "claim_taken")
        request.claimed_by, request.claimed_at = device, self._now()
        return bodies.InviteClaimReply(request_id=body.request_id, claim_expires_at=self._now() + CLAIM_MS)

    def _require_claim(self, request: Request, device: str) -> None:
        if request.claimed_by != device:
            raise refuse(409, "claim_missing" if self._free(request, device) else "claim_taken")

    def invite_complete(self, device: str, body: bodies.InviteComplete) -> bodies.InviteCompleteReply:
        request = self._request(device, body.request_id)
        if body.commit is None:
            return self._refusal(request, device, body.refusal or "")
        if body.commit.group_id != request.request.group_id:
            raise refuse(400, "commit_mismatch")
        if request.state == "complete" and request.message_id == body.commit.message_id:
            again = self.send_commit(device, body.commit)
            return bodies.InviteCompleteReply(server_seq=again.server_seq, epoch=again.epoch)
        self._require_open(request)
        self._require_claim(request, device)
        wanted = (request.request.user_id, request.request.device_id)
        if [(added.user_id, added.device_id) for added in body.commit.added] != [wanted]:
            raise refuse(400, "commit_mismatch")
        reply = self.send_commit(device, body.commit)
        welcome = body.commit.welcomes[0]
        request.state, request.joined_seq, request.message_id = "complete", reply.server_seq, body.commit.message_id
        request.welcome, request.mac, request.admitted_by = welcome.welcome, welcome.mac, self.devices[device]
        self._tell_joiner(request)
        return bodies.InviteCompleteReply(server_seq=reply.server_seq, epoch=reply.epoch)

    def _refusal(self, request: Request, device: str, reason: str) -> bodies.InviteCompleteReply:
        if (request.state, request.claimed_by, request.reason) != ("refused", device, reason):
            self._require_open(request)
            self._require_claim(request, device)
            request.state, request.reason = "refused", reason
            self.invites[request.request.invite_id].uses += 1
            self._tell_joiner(request)
        return bodies.InviteCompleteReply()

    def _tell_joiner(self, request: Request) -> None:
        facts = request.request
        self._tell(facts.device_id, frames.WelcomeBell(request_id=facts.request_id, group_id=facts.group_id))

    def invite_poll(self, device: str, body: bodies.InvitePoll) -> bodies.InvitePollReply:
        request = self.requests.get(body.request_id)
        if request is None or request.request.device_id != device:
            raise refuse(404, "request_unknown")
        reply: dict[str, Any] = {"request_id": body.request_id, "state": self._state(request), "reason": request.reason}
        if request.state == "complete":
            reply |= {"group_id": request.request.group_id, "welcome": request.welcome, "mac": request.mac}
            reply |= {"joined_seq": request.joined_seq, "admitted_by": request.admitted_by}
        return msgspec.convert(reply, bodies.InvitePollReply)
