"""Bodies of the edge functions: JSON objects, bytes as base64, times as Unix milliseconds."""

from typing import Final, Literal

import msgspec

from mls_chat.wire.decoding import decoded
from mls_chat.wire.limits import PAGE_DEFAULT
from mls_chat.wire.nesting import check_json
from mls_chat.wire.records import AddedDevice, Count, MsgKind, StoredMessage, WelcomeFor


class _Body(msgspec.Struct):
    pass


class ErrorBody(_Body):
    """Every refusal: `code` of ERRORS.md, `error` a sentence that helps, `details` facts such as the group's epoch."""

    code: str
    error: str
    details: dict[str, int | str] = {}


_error: Final = msgspec.json.Decoder(ErrorBody)


def decode_error(body: bytes) -> ErrorBody:
    """The body of a refusal. Raises msgspec.DecodeError for anything else, a gateway's own page for example."""
    check_json(body)
    return decoded(_error.decode, body)


# Accounts and devices


class AuthChallenge(_Body):
    purpose: Literal["register", "login"]
    user_id: str
    device_id: str


class AuthChallengeReply(_Body):
    challenge_id: str
    challenge: bytes
    expires_at: Count


class AuthRegister(_Body):
    """Both signatures are over `auth_statement` (identity.py): label, origin, user_id, device_id, challenge."""

    challenge_id: str
    user_id: str
    device_id: str
    account_public_key: bytes
    device_public_key: bytes
    credential: bytes
    account_signature: bytes
    device_signature: bytes


class AuthLogin(_Body):
    challenge_id: str
    user_id: str
    device_id: str
    device_signature: bytes


class TokenReply(_Body):
    token: str
    expires_at: Count


# Key packages


class KeyPackagesPublish(_Body):
    key_packages: list[bytes]
    last_resort: bytes | None = None


class KeyPackagesPublishReply(_Body):
    stock: Count


class KeyPackagesClaim(_Body):
    """One key package of each live device of the user."""

    user_id: str


class ClaimedKeyPackage(_Body):
    device_id: str
    key_package: bytes


class KeyPackagesClaimReply(_Body):
    key_packages: list[ClaimedKeyPackage]


# Groups


class GroupCreate(_Body):
    group_id: str


class GroupCreateReply(_Body):
    group_id: str
    epoch: Count
    head_seq: Count


class GroupJoin(_Body):
    """Confirms a consumed Welcome; idempotent."""

    group_id: str


class GroupJoinReply(_Body):
    group_id: str
    joined_seq: Count
    epoch: Count


class Empty(_Body):
    pass


class UserGroup(_Body):
    group_id: str
    role: Literal["owner", "admin", "member"]
    epoch: Count
    head_seq: Count
    first_seq: Count
    joined_seq: Count
    acked_seq: Count


class UserGroupsReply(_Body):
    groups: list[UserGroup]


class GroupMembersList(_Body):
    group_id: str


class GroupMember(_Body):
    """One device. `online`: seen within the last two minutes. `last_seen` is Unix milliseconds."""

    user_id: str
    device_id: str
    role: Literal["owner", "admin", "member"]
    online: bool
    last_seen: Count


class PendingJoin(_Body):
    request_id: str
    user_id: str
    state: str
    created_at: Count


class GroupMembersListReply(_Body):
    members: list[GroupMember]
    pending: list[PendingJoin]


# Invites


class InviteCreate(_Body):
    """`access_hash` = SHA-256 of the access key derived from the link secret; `sealed_info` holds the group's name."""

    invite_id: str
    group_id: str
    access_hash: bytes
    sealed_info: bytes
    expires_in: int = 7 * 24 * 3600
    max_uses: int = 1


class InviteCreateReply(_Body):
    invite_id: str
    expires_at: Count


class InviteInfo(_Body):
    invite_id: str


class InviteInfoReply(_Body):
    invite_id: str
    status: Literal["active", "used", "expired", "revoked"]
    sealed_info: bytes
    expires_at: Count


class InviteJoin(_Body):
    """`mac` binds invite, user, device and key package to the link secret; `sealed_profile` is the joiner's name."""

    invite_id: str
    access_key: bytes
    key_package: bytes
    mac: bytes
    sealed_profile: bytes


RequestState = Literal["pending", "kp_submitted", "complete", "refused", "expired"]


class InviteJoinReply(_Body):
    request_id: str
    state: RequestState


class InvitePendingReply(_Body):
    requests: list["InviteRequest"]


class InviteRequest(_Body):
    request_id: str
    invite_id: str
    group_id: str
    user_id: str
    device_id: str
    key_package: bytes
    mac: bytes
    sealed_profile: bytes
    created_at: Count


class InviteClaim(_Body):
    """Atomic; a claim that was not completed is free again after two minutes, for its holder at once."""

    request_id: str


class InviteClaimReply(_Body):
    request_id: str
    claim_expires_at: Count


class Commit(_Body):
    """One commit with all that it changes: stored, and the epoch raised, all or nothing."""

    group_id: str
    message_id: str
    epoch: int
    mls_bytes: bytes
    added: list[AddedDevice] = []
    removed: list[str] = []
    welcomes: list[WelcomeFor] = []


class InviteComplete(_Body):
    """Either the commit that admits the joiner or the reason for which the request is refused."""

    request_id: str
    commit: Commit | None = None
    refusal: str | None = None


class InviteCompleteReply(_Body):
    """With a commit its place in the log; after a refusal both are null."""

    server_seq: Count | None = None
    epoch: Count | None = None


class InvitePoll(_Body):
    request_id: str


class InvitePollReply(_Body):
    """`welcome`, `mac`, `group_id` and `admitted_by` (a user id) come with state `complete`."""

    request_id: str
    state: RequestState
    reason: str | None = None
    group_id: str | None = None
    joined_seq: Count | None = None
    welcome: bytes | None = None
    mac: bytes | None = None
    admitted_by: str | None = None


# Messages


class SendMessage(_Body):
    group_id: str
    message_id: str
    client_seq: int
    msg_kind: MsgKind
    epoch: int
    mls_bytes: bytes


class SendMessageReply(_Body):
    server_seq: Count
    server_time: Count


class SendCommitReply(_Body):
    server_seq: Count
    epoch: Count


class GetMessages(_Body):
    """Messages after `since_seq`; also acknowledges everything up to it."""

    group_id: str
    since_seq: int
    limit: int = PAGE_DEFAULT


class GetMessagesReply(_Body):
    """`first_seq`: the oldest sequence still kept (head_seq + 1 when none); `head_seq`: the newest."""

    messages: list[StoredMessage]
    first_seq: Count
    head_seq: Count
    epoch: Count


class Endpoint(msgspec.Struct, frozen=True):
    request: type[msgspec.Struct]
    reply: type[msgspec.Struct]
    public: bool = False
    """Callable without a token."""


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "auth_challenge": Endpoint(AuthChallenge, AuthChallengeReply, public=True),
    "auth_register": Endpoint(AuthRegister, TokenReply, public=True),
    "auth_login": Endpoint(AuthLogin, TokenReply, public=True),
    "key_packages_publish": Endpoint(KeyPackagesPublish, KeyPackagesPublishReply),
    "key_packages_claim": Endpoint(KeyPackagesClaim, KeyPackagesClaimReply),
    "group_create": Endpoint(GroupCreate, GroupCreateReply),
    "group_join": Endpoint(GroupJoin, GroupJoinReply),
    "user_groups": Endpoint(Empty, UserGroupsReply),
    "group_members_list": Endpoint(GroupMembersList, GroupMembersListReply),
    "invite_create": Endpoint(InviteCreate, InviteCreateReply),
    "invite_info": Endpoint(InviteInfo, InviteInfoReply, public=True),
    "invite_join": Endpoint(InviteJoin, InviteJoinReply),
    "invite_pending": Endpoint(Empty, InvitePendingReply),
    "invite_claim": Endpoint(InviteClaim, InviteClaimReply),
    "invite_complete": Endpoint(InviteComplete, InviteCompleteReply),
    "invite_poll": Endpoint(InvitePoll, InvitePollReply),
    "send_message": Endpoint(SendMessage, SendMessageReply),
    "send_commit": Endpoint(Commit, SendCommitReply),
    "get_messages": Endpoint(GetMessages, GetMessagesReply),
}
