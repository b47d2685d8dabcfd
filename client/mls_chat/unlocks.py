"""Opening the account's vault by a passkey or by the recovery code: what both have in common is what they lead to."""

import base64
import binascii
from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from mls_chat.account_log import START, DeviceLogBroken, check_log, entry_digest
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.events import FunctionRefused, PasskeyAnswered, PasskeyFailed
from mls_chat.recovery_code import (
    CodeKeys,
    RecoveryCodeRefused,
    WeakParameters,
    check_cost,
    code_keys,
    locator_of,
    read_code,
)
from mls_chat.vault import PRF_SALT, Vault, VaultBroken, Way, open_root, open_vault, prf_key
from mls_chat.view import PasskeyRequestView
from mls_chat.wire.bodies import (
    CodeOpen,
    CodeOpenReply,
    CodeUnlockTry,
    Empty,
    PasskeyGetReply,
    PasskeyUnlock,
    VaultReply,
)

NO_PRF: Final = "This passkey can't open your account in this browser. Use your recovery code."
OTHER_PRF: Final = "This passkey gives another key than when it was added. Use your recovery code."
SENTENCES: Final = {
    "code_unknown": "This recovery code belongs to no account here. Look at it again.",
    "passkey_unknown": "This passkey belongs to no account here. Use another one, or your recovery code.",
    "passkey_refused": "The passkey was not accepted. Try again, or use your recovery code.",
    "challenge_unknown": "That took too long. Try again.",
}


class Opened(NamedTuple):
    """An opened vault, and what the server gave with it, checked against it."""

    reply: VaultReply
    root_key: bytes
    vault: Vault


class _Opening(msgspec.Struct):
    request_id: str
    way: Way
    tab: str
    said: Callable[[str], None]
    done: Callable[[Opened], None]
    failed: Callable[[str], None]
    code: str = ""
    keys: CodeKeys | None = None
    challenge_id: str = ""
    prf: bytes = b""


class Unlocks:
    """One at a time; a new one takes the place of the one before."""

    def __init__(self, context: Context, calls: Calls) -> None:
        self._context, self._calls = context, calls
        self._opening: _Opening | None = None
        calls.route("code_open", self._code_found, self._refused)
        calls.route("code_unlock", self._unlocked, self._refused)
        calls.route("passkey_get", self._asked, self._refused)
        calls.route("passkey_unlock", self._unlocked, self._refused)

    def begin(
        self,
        way: Way,
        code: str,
        *,
        said: Callable[[str], None],
        done: Callable[[Opened], None],
        failed: Callable[[str], None],
    ) -> None:
        """`said` hears what is being done; then exactly one of `done` and `failed`, unless the page is reloaded."""
        opening = _Opening(self._context.random_id(), way, self._context.tab or "", said, done, failed)
        if way == "passkey":
            self._opening = opening
            said("Asking the server for your passkeys")
            self._calls.call("passkey_get", opening.request_id, Empty())
            return
        try:
            opening.code = read_code(code)
        except RecoveryCodeRefused as refused:
            failed(str(refused))
            return
        self._opening = opening
        said("Looking for your account")
        self._calls.call("code_open", opening.request_id, CodeOpen(locator=locator_of(opening.code)))

    def _now(self, request_id: str) -> _Opening | None:
        opening = self._opening
        return opening if opening is not None and opening.request_id == request_id else None

    def _fail(self, sentence: str) -> None:
        if self._opening is not None:
            opening, self._opening = self._opening, None
            opening.failed(sentence)

    def _refused(self, request_id: str, refusal: FunctionRefused) -> None:
        if self._now(request_id) is None:
            return
        if refusal.code == "code_wrong":
            left = refusal.details.get("left", 0)
            self._fail(f"The recovery code is wrong. Tries left: {left}.")
        elif refusal.code == "code_locked":
            minutes = int(refusal.details.get("seconds", 3600)) // 60 + 1
            self._fail(f"The recovery code was wrong too often. Try again in {minutes} minutes.")
        else:
            self._fail(SENTENCES.get(refusal.code, refusal.message))

    def _code_found(self, request_id: str, reply: CodeOpenReply) -> None:
        opening = self._now(request_id)
        if opening is None:
            return
        try:
            cost = check_cost(reply, self._context.code_cost)
        except WeakParameters as error:
            self._fail(f"The server asks for the code in an unsafe way ({error}). Do not use this server.")
            return
        opening.keys = code_keys(self._context.crypto, opening.code, reply.salt, cost)
        opening.said("Opening your account")
        body = CodeUnlockTry(locator=locator_of(opening.code), access_key=opening.keys.access_key)
        self._calls.call("code_unlock", request_id, body)

    def _asked(self, request_id: str, reply: PasskeyGetReply) -> None:
        opening = self._now(request_id)
        if opening is None:
            return
        opening.challenge_id = reply.challenge_id
        opening.said("Waiting for your passkey")
        view = PasskeyRequestView(request_id=request_id, purpose="get", options=reply.options, prf_salt=prf_salt())
        self._context.show(view, opening.tab)

    def answered(self, event: PasskeyAnswered) -> bool:
        """Whether it was asked for here."""
        opening = self._now(event.request_id)
        if opening is None or opening.way != "passkey":
            return False
        opening.prf = prf_output(event.prf)
        if not opening.prf:
            self._fail(NO_PRF)
            return True
        opening.said("Opening your account")
        body = PasskeyUnlock(challenge_id=opening.challenge_id, response=event.response)
        self._calls.call("passkey_unlock", event.request_id, body)
        return True

    def passkey_failed(self, event: PasskeyFailed) -> bool:
        """Whether it was asked for here."""
        if self._now(event.request_id) is None:
            return False
        self._fail(event.reason)
        return True

    def _unlocked(self, request_id: str, reply: VaultReply) -> None:
        opening = self._now(request_id)
        if opening is None:
            return
        try:
            opened = self._open(opening, reply)
        except VaultBroken as error:
            unknown = f"What the server keeps of your account can't be opened: {error}."
            self._fail(OTHER_PRF if opening.way == "passkey" else unknown)
            return
        except DeviceLogBroken as error:
            self._fail(f"The server shows a wrong list of your devices ({error}). Do not trust this server.")
            return
        self._opening = None
        opening.done(opened)

    def _open(self, opening: _Opening, reply: VaultReply) -> Opened:
        """Raises VaultBroken, DeviceLogBroken."""
        crypto, user_id = self._context.crypto, reply.user_id
        key = opening.keys.root_key if opening.keys else prf_key(crypto, opening.prf)
        root_key = open_root(crypto, key, user_id, opening.way, reply.sealed_root)
        account_key = reply.account_public_key
        vault = open_vault(crypto, root_key, user_id, account_key, reply.generation, reply.sealed_vault)
        check_log(crypto, user_id, account_key, START, 0, reply.entries)
        known = reply.entries[vault.log_number - 1] if 0 < vault.log_number <= len(reply.entries) else None
        if vault.log_number and (known is None or entry_digest(user_id, known) != vault.log_head):
            raise DeviceLogBroken("it is older than the one that you knew")
        return Opened(reply, root_key, vault)


def prf_salt() -> str:
    return base64.urlsafe_b64encode(PRF_SALT).rstrip(b"=").decode()


def prf_output(text: str) -> bytes:
    """Empty for none, or for what is no output."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return b""
