"""Invite links and the requests of those who follow them."""

from typing import Literal

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.bodies.messages import Commit
from mls_chat.wire.records import Count


class InviteCreate(Body):
    """`access_hash` = SHA-256 of the access key derived from the link secret; `sealed_info` holds the group's name."""

    invite_id: str
    group_id: str
    access_hash: bytes
    sealed_info: bytes
    expires_in: int = 7 * 24 * 3600
    max_uses: int = 1


class InviteCreateReply(Body):
    invite_id: str
    expires_at: Count


class InviteInfo(Body):
    invite_id: str


class InviteInfoReply(Body):
    invite_id: str
    status: Literal["active", "used", "expired", "revoked"]
    sealed_info: bytes
    expires_at: Count


class InviteJoin(Body):
    """`mac` binds invite, user, device and key package to the link secret; `sealed_profile` is the joiner's name."""

    invite_id: str
    access_key: bytes
    key_package: bytes
    mac: bytes
    sealed_profile: bytes


RequestState = Literal["pending", "kp_submitted", "complete", "refused", "expired"]


class InviteJoinReply(Body):
    request_id: str
    state: RequestState


class InvitePendingReply(Body):
    requests: list["InviteRequest"]


class InviteRequest(Body):
    request_id: str
    invite_id: str
    group_id: str
    user_id: str
    device_id: str
    key_package: bytes
    mac: bytes
    sealed_profile: bytes
    created_at: Count


class InviteClaim(Body):
    """Atomic; a claim that was not completed is free again after two minutes, for its holder at once."""

    request_id: str


class InviteClaimReply(Body):
    request_id: str
    claim_expires_at: Count


class InviteComplete(Body):
    """Either the commit that admits the joiner or the reason for which the request is refused."""

    request_id: str
    commit: Commit | None = None
    refusal: str | None = None


class InviteCompleteReply(Body):
    """With a commit its place in the log; after a refusal both are null."""

    server_seq: Count | None = None
    epoch: Count | None = None


class InvitePoll(Body):
    request_id: str


class InvitePollReply(Body):
    """`welcome`, `mac`, `group_id` and `admitted_by` (a user id) come with state `complete`."""

    request_id: str
    state: RequestState
    reason: str | None = None
    group_id: str | None = None
    joined_seq: Count | None = None
    welcome: bytes | None = None
    mac: bytes | None = None
    admitted_by: str | None = None
