"""What happens to the engine. `PageEvent`s come from a person, `PortEvent`s from the runner's ports.

The page's types are generated from `PageEvent`; it sends each as JSON text tagged by `event`.
"""

from typing import Any, Final, Literal

import msgspec

from mls_chat.effects import DamagedRow, Row
from mls_chat.wire.decoding import decoded


class _PageEvent(msgspec.Struct, tag_field="event", forbid_unknown_fields=True):
    pass


class NameEntered(_PageEvent, tag="name_entered"):
    """A newcomer's name: makes the account and this device. `device`: what the account calls the device; `passkey`:
    whether one is to be added at once."""

    name: str
    device: str = ""
    passkey: bool = False


class SignInRequested(_PageEvent, tag="sign_in_requested"):
    """Makes this browser a device of an account that there is. `code`: the recovery code, for that way. `device`: what
    the account calls this device."""

    way: Literal["passkey", "code"]
    code: str = ""
    device: str = ""


class LinkCodeRequested(_PageEvent, tag="link_code_requested"):
    """Makes this browser a device of an account by a code that another device of it reads. `device` as in
    SignInRequested."""

    device: str


class LinkCodeEntered(_PageEvent, tag="link_code_entered"):
    """The code that a new device shows, typed or scanned here."""

    code: str


class LinkConfirmed(_PageEvent, tag="link_confirmed"):
    """The new device is the person's own; `history`: how much of it is to come there."""

    history: Literal["all", "month", "none"]


class LinkingClosed(_PageEvent, tag="linking_closed"):
    """On either device: nothing of it goes on."""


class PasskeyAnswered(_PageEvent, tag="passkey_answered"):
    """What the authenticator gave for a PasskeyRequestView. `response`: WebAuthn's JSON; `prf`: the first output of the
    PRF extension, base64url without padding, empty where there was none."""

    request_id: str
    response: str
    prf: str


class PasskeyFailed(_PageEvent, tag="passkey_failed"):
    """The person has cancelled, or this browser can't; `reason` is a sentence."""

    request_id: str
    reason: str


class AccountOpened(_PageEvent, tag="account_opened"):
    """The dialog "Account": AccountView now and whenever it changes, until it is closed."""


class AccountClosed(_PageEvent, tag="account_closed"):
    pass


class SecretsRequested(_PageEvent, tag="secrets_requested"):
    """Opens the account's secrets for what AccountView.wants names, by a passkey or the recovery code."""

    way: Literal["passkey", "code"]
    code: str = ""


class PasskeyAddRequested(_PageEvent, tag="passkey_add_requested"):
    """`name`: what the account's devices call it."""

    name: str


class PasskeyRemovalRequested(_PageEvent, tag="passkey_removal_requested"):
    passkey_id: str


class RecoveryCodeRequested(_PageEvent, tag="recovery_code_requested"):
    """Shows the recovery code."""


class RecoveryCodeConfirmed(_PageEvent, tag="recovery_code_confirmed"):
    """The person has saved the code and enters it to show so: it leaves this device."""

    code: str


class BackupTestRequested(_PageEvent, tag="backup_test_requested"):
    """Rehearses a restore: every segment of the backup is fetched and opened, and nothing is changed."""


class DeviceRenameRequested(_PageEvent, tag="device_rename_requested"):
    device_id: str
    name: str


class DeviceRevocationRequested(_PageEvent, tag="device_revocation_requested"):
    device_id: str


class GroupRequested(_PageEvent, tag="group_requested"):
    name: str


class ChatOpened(_PageEvent, tag="chat_opened"):
    """`group_id` None closes the chat."""

    group_id: str | None


class EarlierRequested(_PageEvent, tag="earlier_requested"):
    group_id: str


class TextEntered(_PageEvent, tag="text_entered"):
    group_id: str
    text: str


class DraftChanged(_PageEvent, tag="draft_changed"):
    """What stands in a chat's composer, a moment after the person stopped typing; empty for nothing."""

    group_id: str
    text: str


class OwnNameChanged(_PageEvent, tag="own_name_changed"):
    """The person's own name, for everybody."""

    name: str


class RetryRequested(_PageEvent, tag="retry_requested"):
    group_id: str
    id: str


class InviteRequested(_PageEvent, tag="invite_requested"):
    group_id: str


class LinkOpened(_PageEvent, tag="link_opened"):
    """The page's fragment without `#`, e.g. `join=<invite_id>.<secret>`."""

    fragment: str


class JoinRequested(_PageEvent, tag="join_requested"):
    pass


class LinkClosed(_PageEvent, tag="link_closed"):
    pass


class MembersOpened(_PageEvent, tag="members_opened"):
    group_id: str


class MembersClosed(_PageEvent, tag="members_closed"):
    pass


class SafetyOpened(_PageEvent, tag="safety_opened"):
    """The dialog "Safety code" of a contact: SafetyView now and whenever it changes, until it is closed."""

    user_id: str


class SafetyClosed(_PageEvent, tag="safety_closed"):
    pass


class SafetyScanned(_PageEvent, tag="safety_scanned"):
    """What the camera has read from the contact's screen."""

    user_id: str
    text: str


class VerificationChanged(_PageEvent, tag="verification_changed"):
    """The person has compared the safety codes, or takes that back."""

    user_id: str
    verified: bool


class RenameRequested(_PageEvent, tag="rename_requested"):
    group_id: str
    name: str


class RemovalRequested(_PageEvent, tag="removal_requested"):
    """Removes all devices of a person from a group."""

    group_id: str
    user_id: str


class RenewalRequested(_PageEvent, tag="renewal_requested"):
    """New keys for this device's leaf, so that a stolen copy of its state opens nothing new."""

    group_id: str


class RejoinRequested(_PageEvent, tag="rejoin_requested"):
    """Comes back into a group with new keys, in place of this device's leaf."""

    group_id: str


class HealthOpened(_PageEvent, tag="health_opened"):
    """The panel "Connection & health": HealthView now and whenever it changes, until it is closed."""


class HealthClosed(_PageEvent, tag="health_closed"):
    pass


class DamageRemovalRequested(_PageEvent, tag="damage_removal_requested"):
    """The person lets go of stored rows that can't be read."""


class NetworkChanged(_PageEvent, tag="network_changed"):
    online: bool


class Woken(_PageEvent, tag="woken"):
    """The page became visible, or the machine woke: connect and catch up now."""


class VisibilityChanged(_PageEvent, tag="visibility_changed"):
    """Whether somebody can see this tab: what it shows counts as read only then."""

    visible: bool


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


class FromTab(msgspec.Struct, frozen=True):
    """A page event of one of several tabs. With a `serial` it is carried out once, however often the tab asks for it
    (tabs.py); up to `settled` the tab has heard that all its serials are done."""

    tab: str
    event: PageEvent
    serial: int = 0
    settled: int = 0


class TabOpened(msgspec.Struct, frozen=True):
    """A tab that has been shown nothing yet."""

    tab: str


class TabGone(msgspec.Struct, frozen=True):
    tab: str


class TabsPresent(msgspec.Struct, frozen=True):
    """All tabs that there are."""

    tabs: frozenset[str]


class Started(msgspec.Struct, frozen=True):
    """The engine was built from storage; the first event."""


class FunctionReturned(msgspec.Struct, frozen=True):
    call_id: str
    body: bytes


class FunctionRefused(msgspec.Struct, frozen=True):
    call_id: str
    status: int
    code: str
    message: str
    details: dict[str, int | str]


class FunctionUnreachable(msgspec.Struct, frozen=True):
    call_id: str


class ChannelOpened(msgspec.Struct, frozen=True):
    pass


class ChannelClosed(msgspec.Struct, frozen=True):
    """`code` is the WebSocket close code, 0 when the connection was never open."""

    code: int
    reason: str


class FrameReceived(msgspec.Struct, frozen=True):
    data: bytes


class TimerFired(msgspec.Struct, frozen=True):
    name: str


class RowsRead(msgspec.Struct, frozen=True):
    read_id: str
    rows: list[Row]
    damaged: list[DamagedRow] = []


PortEvent = (
    Started
    | FunctionReturned
    | FunctionRefused
    | FunctionUnreachable
    | ChannelOpened
    | ChannelClosed
    | FrameReceived
    | TimerFired
    | RowsRead
    | TabOpened
    | TabGone
    | TabsPresent
)
Event = PageEvent | FromTab | PortEvent

_page_event: Final[msgspec.json.Decoder[Any]] = msgspec.json.Decoder(PageEvent)


def decode_page_event(text: str | bytes) -> PageEvent:
    """Raises msgspec.DecodeError (ValidationError for a wrong shape)."""
    event: PageEvent = decoded(_page_event.decode, text)
    return event
