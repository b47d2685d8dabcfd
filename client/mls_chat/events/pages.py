"""All that comes from a page: JSON text tagged by `event`."""

from typing import Any, Final

import msgspec

from mls_chat.events.account import (
    AccountClosed,
    AccountOpened,
    BackupTestRequested,
    DeviceRenameRequested,
    DeviceRevocationRequested,
    EraseRequested,
    LinkCodeEntered,
    LinkCodeRequested,
    LinkConfirmed,
    LinkingClosed,
    LockAfterChanged,
    LockRequested,
    NameEntered,
    OwnNameChanged,
    PasskeyAddRequested,
    PasskeyAnswered,
    PasskeyFailed,
    PasskeyRemovalRequested,
    PersonActive,
    RecoveryCodeConfirmed,
    RecoveryCodeRequested,
    SafetyClosed,
    SafetyOpened,
    SafetyScanned,
    SecretsRequested,
    SignInRequested,
    UnlockRequested,
    VerificationChanged,
)
from mls_chat.events.chats import (
    ChatOpened,
    DamageRemovalRequested,
    DraftChanged,
    EarlierRequested,
    GroupRequested,
    HealthClosed,
    HealthOpened,
    InviteRequested,
    JoinRequested,
    LinkClosed,
    LinkOpened,
    MembersClosed,
    MembersOpened,
    NetworkChanged,
    RejoinRequested,
    RemovalRequested,
    RenameRequested,
    RenewalRequested,
    RetryRequested,
    TextEntered,
    VisibilityChanged,
    Woken,
)
from mls_chat.wire.decoding import decoded

PageEvent = (
    NameEntered
    | SignInRequested
    | LinkCodeRequested
    | LinkCodeEntered
    | LinkConfirmed
    | LinkingClosed
    | PasskeyAnswered
    | PasskeyFailed
    | AccountOpened
    | AccountClosed
    | SecretsRequested
    | PasskeyAddRequested
    | PasskeyRemovalRequested
    | RecoveryCodeRequested
    | RecoveryCodeConfirmed
    | BackupTestRequested
    | LockAfterChanged
    | LockRequested
    | UnlockRequested
    | EraseRequested
    | PersonActive
    | DeviceRenameRequested
    | DeviceRevocationRequested
    | GroupRequested
    | ChatOpened
    | EarlierRequested
    | TextEntered
    | DraftChanged
    | OwnNameChanged
    | RetryRequested
    | InviteRequested
    | LinkOpened
    | JoinRequested
    | LinkClosed
    | MembersOpened
    | MembersClosed
    | SafetyOpened
    | SafetyClosed
    | SafetyScanned
    | VerificationChanged
    | RenameRequested
    | RemovalRequested
    | RenewalRequested
    | RejoinRequested
    | HealthOpened
    | HealthClosed
    | DamageRemovalRequested
    | NetworkChanged
    | Woken
    | VisibilityChanged
)

_page_event: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(PageEvent)


def decode_page_event(text: str | bytes) -> PageEvent:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    event: PageEvent = decoded(_page_event.decode, text)
    return event
