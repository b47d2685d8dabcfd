"""What the page shows, as JSON; names are resolved here, nothing secret but the invite link of the asking user.

Each view replaces the last one of its kind (`lines` upserts by `id`). The page's types are generated from this module.
"""

from typing import Final

import msgspec

from mls_chat.view.account import (
    AccountView,
    DeviceView,
    HistoryView,
    LeavingView,
    LinkingView,
    PasskeyRequestView,
    PasskeyView,
    SafetyView,
    SessionView,
    SignInView,
    UnsentText,
)
from mls_chat.view.chats import (
    AlertView,
    ChatAlertView,
    ChatSummary,
    ChatsView,
    ChatView,
    ConnectionView,
    DraftView,
    EarlierView,
    LinesView,
    LineView,
    ReturnedView,
)
from mls_chat.view.panels import (
    GroupHealth,
    HandledView,
    HealthView,
    InviteView,
    JoinView,
    MembersView,
    MemberView,
    NoticeView,
    PendingView,
    StartedView,
    VerdictCount,
)

View = (
    SessionView
    | SignInView
    | LinkingView
    | PasskeyRequestView
    | AccountView
    | HistoryView
    | ConnectionView
    | ChatsView
    | ChatView
    | ChatAlertView
    | StartedView
    | HandledView
    | ReturnedView
    | DraftView
    | LinesView
    | EarlierView
    | InviteView
    | JoinView
    | MembersView
    | SafetyView
    | HealthView
    | NoticeView
)

_encoder: Final = msgspec.json.Encoder()


def encode_view(view: View) -> bytes:
    """JSON text, tagged by `kind`."""
    return _encoder.encode(view)


__all__ = [
    "AccountView",
    "AlertView",
    "ChatAlertView",
    "ChatSummary",
    "ChatView",
    "ChatsView",
    "ConnectionView",
    "DeviceView",
    "DraftView",
    "EarlierView",
    "GroupHealth",
    "HandledView",
    "HealthView",
    "HistoryView",
    "InviteView",
    "JoinView",
    "LeavingView",
    "LineView",
    "LinesView",
    "LinkingView",
    "MemberView",
    "MembersView",
    "NoticeView",
    "PasskeyRequestView",
    "PasskeyView",
    "PendingView",
    "ReturnedView",
    "SafetyView",
    "SessionView",
    "SignInView",
    "StartedView",
    "UnsentText",
    "VerdictCount",
    "View",
    "encode_view",
]
