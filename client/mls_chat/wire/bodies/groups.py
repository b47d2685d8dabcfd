"""Groups and who is in them."""

from typing import Literal

import msgspec

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


class AccountGroup(Body):
    """A group in which other devices of this account are, and this one is not."""

    group_id: str
    epoch: Count
    head_seq: Count


class UserGroupsReply(Body):
    groups: list[UserGroup]
    account_groups: list[AccountGroup] = msgspec.field(default_factory=list)


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


class GroupRejoin(Body):
    """An external commit by which a member's device takes the place of its own lost leaf; its membership stays. Or by
    which another device of a member's account comes in.

    `base_seq` and `group_info` as in Commit.
    """

    group_id: str
    message_id: str
    epoch: int
    mls_bytes: bytes
    group_info: bytes = b""
    base_seq: Count | None = None


class GroupInfoGet(Body):
    """`refused`: the one that the server has is of no use, it is dropped."""

    group_id: str
    refused: bool = False


class GroupInfoGetReply(Body):
    """`group_info` None: none of the current epoch; members that are connected have been asked for one.

    `sealed_key`: the group's rejoin key as this account's devices stored it, None if they never did. `wraps`: rejoin
    keys that commits have brought for this account, oldest first.
    """

    group_id: str
    epoch: Count
    head_seq: Count
    group_info: bytes | None = None
    sealed_key: bytes | None = None
    wraps: list[bytes] = msgspec.field(default_factory=list)


class GroupInfoPut(Body):
    """A GroupInfo of `epoch`, sealed under the group's rejoin key; one of another epoch than the group's is ignored."""

    group_id: str
    epoch: int
    group_info: bytes


class GroupKeyPut(Body):
    """The group's rejoin key, sealed under this account's own key, for all devices of the account."""

    group_id: str
    sealed_key: bytes
