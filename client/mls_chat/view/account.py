"""The account, its devices and contacts, and how one comes to it."""

from typing import Literal

import msgspec

from mls_chat.view.base import ViewBase


class UnsentText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that this device will not send any more."""

    group_name: str
    text: str


class SessionView(ViewBase, tag="session"):
    """`new`: no account in this browser yet; `ready`: chats can be shown (the server may still be out of reach);
    `revoked`: the account has put this device out, `unsent` is what it had still to send. `locked`: what is stored here
    can't be read before UnlockRequested, `user_id` is the beginning of the account's; SignInView says how it goes.
    `erasing`: this device is being signed out.

    `code_unsaved`: nobody has said yet that the recovery code is kept in a safe place. `code_due`: that was long ago,
    and it is time to see whether it is still there.
    """

    stage: Literal["new", "ready", "revoked", "locked", "erasing"]
    name: str = ""
    user_id: str = ""
    code_unsaved: bool = False
    code_due: bool = False
    unsent: list[UnsentText] = msgspec.field(default_factory=list)


class SignInView(ViewBase, tag="sign_in"):
    """Signing in to an account that there is. `step` says what is being done, `error` what to do after a failure."""

    stage: Literal["none", "working", "failed"]
    step: str = ""
    error: str = ""


class LinkingView(ViewBase, tag="linking"):
    """Linking a new device. There: `waiting` with the `code` to be entered or scanned on the other one. On a device of
    the account: `looking`, `confirm` (the person says yes to `device_name`), `adding`, `done`. `error` says what to do.
    """

    stage: Literal["none", "waiting", "looking", "confirm", "adding", "done", "failed"]
    code: str = ""
    device_name: str = ""
    error: str = ""


class PasskeyRequestView(ViewBase, tag="passkey_request"):
    """The page asks the authenticator, now, and answers with PasskeyAnswered or PasskeyFailed.

    `options`: WebAuthn's JSON for `purpose`; `prf_salt`: input of the PRF extension, base64url without padding.
    """

    request_id: str
    purpose: Literal["create", "get"]
    options: str
    prf_salt: str


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """`last_seen` is Unix milliseconds, 0 for unknown."""

    device_id: str
    name: str
    this: bool
    last_seen: int
    revoked: bool


class PasskeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`last_used` is Unix milliseconds, 0 for never."""

    passkey_id: str
    name: str
    last_used: int


class HistoryView(ViewBase, tag="history"):
    """Fetching the history from the backup. `done` of `total` segments; `text`: what has come of it, or what to do."""

    stage: Literal["none", "loading", "done", "failed"]
    done: int = 0
    total: int = 0
    text: str = ""


class LeavingView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of locking this device and signing it out.

    `lock_after`: minutes. `refused`: why it can't be locked, as a sentence, empty where it can. `unsent`:
    texts that are lost when all is erased. `reopens`: the account can be opened again elsewhere; otherwise it is gone
    for ever with this device. `revokes`: signing out also takes this device from the account's list.
    """

    lock_after: Literal["never", "5", "30", "60"]
    refused: str
    unsent: int
    reopens: bool
    revokes: bool


class AccountView(ViewBase, tag="account"):
    """The dialog "Account". `code`: the recovery code where it was asked for, on that tab alone.

    `wants`: what waits for the account's secrets to be opened with SecretsRequested, as a sentence, empty for nothing;
    `busy` says what is being done, `error` what to do after a failure. `loaded`: the server's list is here.
    """

    name: str
    user_id: str
    devices: list[DeviceView]
    passkeys: list[PasskeyView]
    loaded: bool
    code: str
    code_unsaved: bool
    wants: str
    busy: str
    error: str
    leaving: LeavingView
    backup: str = ""
    """What is known of the encrypted backup, as a sentence; with the outcome of a rehearsal, where one was made."""
    note: str = ""
    """What has gone well, as a sentence."""


class SafetyView(ViewBase, tag="safety"):
    """The dialog "Safety code" of a contact. `digits`: twelve groups of five; `text`: for the QR code.

    `verified_at` is Unix milliseconds, 0: not verified. `outcome` of a scan: `match`, `other` (somebody else's code, or
    the server plays false), `unreadable` (no safety code at all).
    """

    user_id: str
    name: str
    digits: list[str]
    text: str
    verified_at: int
    devices: int
    outcome: Literal["", "match", "other", "unreadable"]
