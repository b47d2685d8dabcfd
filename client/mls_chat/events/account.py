"""What a person does with the account, its devices and its contacts."""

from typing import Literal

from mls_chat.events.base import PageEventBase


class NameEntered(PageEventBase, tag="name_entered"):
    """A newcomer's name: makes the account and this device. `device`: what the account calls the device; `passkey`:
    whether one is to be added at once."""

    name: str
    device: str = ""
    passkey: bool = False


class SignInRequested(PageEventBase, tag="sign_in_requested"):
    """Makes this browser a device of an account that there is. `code`: the recovery code, for that way. `device`: what
    the account calls this device."""

    way: Literal["passkey", "code"]
    code: str = ""
    device: str = ""


class LinkCodeRequested(PageEventBase, tag="link_code_requested"):
    """Makes this browser a device of an account by a code that another device of it reads. `device` as in
    SignInRequested."""

    device: str


class LinkCodeEntered(PageEventBase, tag="link_code_entered"):
    """The code that a new device shows, typed or scanned here."""

    code: str


class LinkConfirmed(PageEventBase, tag="link_confirmed"):
    """The new device is the person's own; `history`: how much of it is to come there."""

    history: Literal["all", "month", "none"]


class LinkingClosed(PageEventBase, tag="linking_closed"):
    """On either device: nothing of it goes on."""


class PasskeyAnswered(PageEventBase, tag="passkey_answered"):
    """What the authenticator gave for a PasskeyRequestView. `response`: WebAuthn's JSON; `prf`: the first output of the
    PRF extension, base64url without padding, empty where there was none."""

    request_id: str
    response: str
    prf: str


class PasskeyFailed(PageEventBase, tag="passkey_failed"):
    """The person has cancelled, or this browser can't; `reason` is a sentence."""

    request_id: str
    reason: str


class AccountOpened(PageEventBase, tag="account_opened"):
    """The dialog "Account": AccountView now and whenever it changes, until it is closed."""


class AccountClosed(PageEventBase, tag="account_closed"):
    pass


class SecretsRequested(PageEventBase, tag="secrets_requested"):
    """Opens the account's secrets for what AccountView.wants names, by a passkey or the recovery code."""

    way: Literal["passkey", "code"]
    code: str = ""


class PasskeyAddRequested(PageEventBase, tag="passkey_add_requested"):
    """`name`: what the account's devices call it."""

    name: str


class PasskeyRemovalRequested(PageEventBase, tag="passkey_removal_requested"):
    passkey_id: str


class RecoveryCodeRequested(PageEventBase, tag="recovery_code_requested"):
    """Shows the recovery code."""


class RecoveryCodeConfirmed(PageEventBase, tag="recovery_code_confirmed"):
    """The person has saved the code and enters it to show so: it leaves this device. Later: that it is still there."""

    code: str


class BackupTestRequested(PageEventBase, tag="backup_test_requested"):
    """Rehearses a restore: every segment of the backup is fetched and opened, and nothing is changed."""


class LockAfterChanged(PageEventBase, tag="lock_after_changed"):
    """After how many minutes without anybody doing anything the account is locked."""

    after: Literal["never", "5", "30", "60"]


class LockRequested(PageEventBase, tag="lock_requested"):
    """Locks the account on this device, in all tabs."""


class UnlockRequested(PageEventBase, tag="unlock_requested"):
    """Opens the locked account by a passkey or the recovery code."""

    way: Literal["passkey", "code"]
    code: str = ""


class EraseRequested(PageEventBase, tag="erase_requested"):
    """Signs this device out and erases everything that is stored here; the person has agreed to what is lost."""


class PersonActive(PageEventBase, tag="person_active"):
    """Somebody reads, points or types: told now and then."""


class DeviceRenameRequested(PageEventBase, tag="device_rename_requested"):
    device_id: str
    name: str


class DeviceRevocationRequested(PageEventBase, tag="device_revocation_requested"):
    device_id: str


class OwnNameChanged(PageEventBase, tag="own_name_changed"):
    """The person's own name, for everybody."""

    name: str


class SafetyOpened(PageEventBase, tag="safety_opened"):
    """The dialog "Safety code" of a contact: SafetyView now and whenever it changes, until it is closed."""

    user_id: str


class SafetyClosed(PageEventBase, tag="safety_closed"):
    pass


class SafetyScanned(PageEventBase, tag="safety_scanned"):
    """What the camera has read from the contact's screen."""

    user_id: str
    text: str


class VerificationChanged(PageEventBase, tag="verification_changed"):
    """The person has compared the safety codes, or takes that back."""

    user_id: str
    verified: bool
