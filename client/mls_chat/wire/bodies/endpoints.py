"""Every edge function by name, with the shape of what it is asked and of what it answers."""

from typing import Final

import msgspec

from mls_chat.wire.bodies.auth import AuthChallenge, AuthChallengeReply, AuthLogin, AuthRegister, TokenReply
from mls_chat.wire.bodies.base import Empty
from mls_chat.wire.bodies.groups import (
    GroupCreate,
    GroupCreateReply,
    GroupInfoGet,
    GroupInfoGetReply,
    GroupInfoPut,
    GroupJoin,
    GroupJoinReply,
    GroupKeyPut,
    GroupMembersList,
    GroupMembersListReply,
    GroupRejoin,
    UserGroupsReply,
)
from mls_chat.wire.bodies.invites import (
    InviteClaim,
    InviteClaimReply,
    InviteComplete,
    InviteCompleteReply,
    InviteCreate,
    InviteCreateReply,
    InviteInfo,
    InviteInfoReply,
    InviteJoin,
    InviteJoinReply,
    InvitePendingReply,
    InvitePoll,
    InvitePollReply,
)
from mls_chat.wire.bodies.key_packages import (
    KeyPackagesClaim,
    KeyPackagesClaimReply,
    KeyPackagesPublish,
    KeyPackagesPublishReply,
)
from mls_chat.wire.bodies.messages import (
    Commit,
    CommitFlag,
    CommitFlagReply,
    GetMessages,
    GetMessagesReply,
    SendCommitReply,
    SendMessage,
    SendMessageReply,
)


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
    "group_rejoin": Endpoint(GroupRejoin, SendCommitReply),
    "group_info_get": Endpoint(GroupInfoGet, GroupInfoGetReply),
    "group_info_put": Endpoint(GroupInfoPut, Empty),
    "group_key_put": Endpoint(GroupKeyPut, Empty),
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
    "commit_flag": Endpoint(CommitFlag, CommitFlagReply),
    "get_messages": Endpoint(GetMessages, GetMessagesReply),
}
