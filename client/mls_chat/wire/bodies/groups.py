"""Groups and who is in them."""

from typing import Literal

from mls_chat.wire.bodies.base import Body
from mls_chat.wire.records import Count


class GroupCreate(Body):
    group_id: str


class GroupCreateReply(Body):
    group_id: str
    epoch: Count
    head_seq: Count


class GroupJoin(Body):
    """Confirms a consumed Welcome; idempotent."""

    group_id: str


class GroupJoinReply(Body):
    group_id: str
    joined_seq: Count
    epoch: Count


class UserGroup(Body):
    group_id: str
    role: Literal["owner", "admin", "member"]
    epoch: Count
    head_seq: Count
    first_seq: Count
    joined_seq: Count
    acked_seq: Count


class UserGroupsReply(Body):
    groups: list[UserGroup]


class GroupMembersList(Body):
    group_id: str


class GroupMember(Body):
    """One device. `online`: seen within the last two minutes. `last_seen` is Unix milliseconds."""

    user_id: str
    device_id: str
    role: Literal["owner", "admin", "member"]
    online: bool
    last_seen: Count


class PendingJoin(Body):
    request_id: str
    user_id: str
    state: str
    created_at: Count


class GroupMembersListReply(Body):
    members: list[GroupMember]
    pending: list[PendingJoin]
