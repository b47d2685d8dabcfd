"""Every edge function by name, with the shape of what it is asked and of what it answers."""

from typing import Final

import msgspec

from mls_chat.wire.bodies.auth import AuthChallenge, AuthChallengeReply, AuthLogin, AuthRegister, TokenReply
from mls_chat.wire.bodies.base import Empty
from mls_chat.wire.bodies.devices import (
    BackupGet,
    BackupGetReply,
    BackupPut,
    BackupStateReply,
    DeviceAdd,
    DeviceListReply,
    DeviceLogGet,
    DeviceLogGetReply,
    DeviceRename,
    DeviceRevoke,
    LinkAnswer,
    LinkLook,
    LinkLookReply,
    LinkOffer,
    LinkPoll,
    LinkPollReply,
)
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
from mls_chat.wire.bodies.vault import (
    CodeOpen,
    CodeOpenReply,
    CodeUnlockTry,
    PasskeyAdd,
    PasskeyCreateReply,
    PasskeyGetReply,
    PasskeyRemove,
    PasskeyUnlock,
    VaultPut,
    VaultReply,
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
    "device_add": Endpoint(DeviceAdd, Empty),
    "device_list": Endpoint(Empty, DeviceListReply),
    "device_rename": Endpoint(DeviceRename, Empty),
    "device_revoke": Endpoint(DeviceRevoke, Empty),
    "device_log_get": Endpoint(DeviceLogGet, DeviceLogGetReply),
    "link_offer": Endpoint(LinkOffer, Empty, public=True),
    "link_look": Endpoint(LinkLook, LinkLookReply),
    "link_answer": Endpoint(LinkAnswer, Empty),
    "link_poll": Endpoint(LinkPoll, LinkPollReply, public=True),
    "vault_put": Endpoint(VaultPut, Empty),
    "code_open": Endpoint(CodeOpen, CodeOpenReply, public=True),
    "code_unlock": Endpoint(CodeUnlockTry, VaultReply, public=True),
    "passkey_create": Endpoint(Empty, PasskeyCreateReply),
    "passkey_add": Endpoint(PasskeyAdd, Empty),
    "passkey_remove": Endpoint(PasskeyRemove, Empty),
    "passkey_get": Endpoint(Empty, PasskeyGetReply, public=True),
    "passkey_unlock": Endpoint(PasskeyUnlock, VaultReply, public=True),
    "backup_state": Endpoint(Empty, BackupStateReply),
    "backup_put": Endpoint(BackupPut, Empty),
    "backup_get": Endpoint(BackupGet, BackupGetReply),
}
