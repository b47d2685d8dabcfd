"""The account on this device: made from a name, registered once, then a short-lived token that is renewed in time."""

from collections.abc import Callable
from typing import Final, Literal

from mls_chat.account_secrets import AccountSecrets, SecretsSealed
from mls_chat.calls import RETRY_CAP_MS, Calls
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused
from mls_chat.identity import auth_statement, device_statement, encode_credential, user_id_of
from mls_chat.records import AccountRecord, GroupRecord, NameRecord, OutboxRecord
from mls_chat.vault import seal_name
from mls_chat.vaults import Vaults
from mls_chat.view import SessionView, UnsentText
from mls_chat.wire.bodies import AuthChallenge, AuthChallengeReply, AuthLogin, AuthRegister, TokenReply

RENEW_BEFORE_MS: Final = 60_000
MIN_RENEWAL_MS: Final = 10_000
MAX_RENEWAL_MS: Final = 600_000
"""Bounds for a clock that is off."""
CHALLENGE_AGAIN_MS: Final = 2_000
CHECK_CODE_MS: Final = 60 * 24 * 3_600_000
"""After so long a person is asked whether the recovery code is still there."""


class Session:
    def __init__(
        self, context: Context, calls: Calls, secrets: AccountSecrets, vaults: Vaults, logs: DeviceLogs
    ) -> None:
        self._context, self._calls = context, calls
        self._secrets, self._vaults, self._logs = secrets, vaults, logs
        self.on_token: Callable[[str], None] = lambda token: None
        """Set by the engine: the connection tells the channel."""
        self.log_conflict: Callable[[], None] = lambda: None
        """Set by the engine: another device was registered at the same moment, and the log ends with that one."""
        self.put_out: Callable[[], None] = lambda: None
        """Set by the engine: what goes on by itself ends, since the account has revoked this device."""
        self.erasing = False
        """Set by whoever signs this device out for good."""
        calls.want_token = self.sign_in
        calls.route("auth_challenge", self._challenged, self._refused)
        calls.route("auth_register", self._registered, self._refused)
        calls.route("auth_login", self._signed_in, self._refused)

    def show(self, tab: str | None = None) -> None:
        if not self._context.has_account:
            self._context.show(SessionView(stage="new"), tab)
            return
        if self.erasing:
            self._context.show(SessionView(stage="erasing"), tab)
            return
        account = self._context.account
        view = SessionView(
            stage="revoked" if account.revoked else "ready",
            name=account.name,
            user_id=account.user_id,
            code_unsaved=not account.code_saved and not account.revoked,
            code_due=account.code_saved and self._context.now - account.code_checked_at > CHECK_CODE_MS,
            unsent=self._unsent() if account.revoked else [],
        )
        self._context.show(view, tab)

    def _unsent(self) -> list[UnsentText]:
        journal = self._context.journal
        rows = sorted(journal.all(OutboxRecord), key=lambda row: (row.created_at, row.client_seq))
        names = {group.group_id: group.name for group in journal.all(GroupRecord)}
        waiting = [row for row in rows if row.text and row.state != "sent"]
        return [UnsentText(group_name=names.get(row.group_id, ""), text=row.text) for row in waiting]

    def make_account(self, raw_name: str, device_name: str) -> None:
        """Keys for the account and for this device; nothing is sent before they are stored."""
        name = clean_name(raw_name)
        if self._context.has_account:
            return
        if not name:
            self._context.notice("Please give a name: at least one visible character.")
            return
        crypto = self._context.crypto
        account_secret, account_public = crypto.generate_signature_key_pair()
        device_secret, device_public = crypto.generate_signature_key_pair()
        user_id, device_id = user_id_of(account_public), self._context.random_id()
        signature = crypto.sign(account_secret, device_statement(user_id, device_id, device_public))
        account = AccountRecord(
            name=name,
            user_id=user_id,
            account_public_key=account_public,
            device_id=device_id,
            device_secret_key=device_secret,
            device_public_key=device_public,
            credential=encode_credential(user_id, device_id, account_public, signature),
            device_name=clean_name(device_name),
        )
        self._context.journal.put(account)
        self._context.journal.put(NameRecord(user_id=user_id, name=name, confirmed=True))
        self._context.open_backend()
        self._vaults.begin(account_secret)
        self.show()
        self.sign_in()

    def sign_in(self) -> None:
        if not self._context.has_account or self._context.account.revoked:
            return
        account = self._context.account
        purpose: Literal["login", "register"] = "login" if account.registered else "register"
        if any(self._calls.is_open(name, account.device_id) for name in ("auth_login", "auth_register")):
            return
        body = AuthChallenge(purpose=purpose, user_id=account.user_id, device_id=account.device_id)
        self._calls.call("auth_challenge", purpose, body)

    def _challenged(self, purpose: str, reply: AuthChallengeReply) -> None:
        account, crypto = self._context.account, self._context.crypto
        signed = auth_statement(self._context.origin, account.user_id, account.device_id, reply.challenge)
        device_signature = crypto.sign(account.device_secret_key, signed)
        if purpose == "login":
            login = AuthLogin(
                challenge_id=reply.challenge_id,
                user_id=account.user_id,
                device_id=account.device_id,
                device_signature=device_signature,
            )
            self._calls.call("auth_login", account.device_id, login)
            return
        try:
            account_signature = self._secrets.sign(signed)
            entry = self._logs.next_entry("add", account.device_id, account.device_public_key)
        except SecretsSealed:
            self._context.notice("This device can't be registered without your account. Sign in again.")
            return
        register = AuthRegister(
            challenge_id=reply.challenge_id,
            user_id=account.user_id,
            device_id=account.device_id,
            account_public_key=account.account_public_key,
            device_public_key=account.device_public_key,
            credential=account.credential,
            account_signature=account_signature,
            device_signature=device_signature,
            entry=entry,
            sealed_name=seal_name(crypto, account.storage_key, account.device_id, account.device_name or account.name),
        )
        self._calls.call("auth_register", account.device_id, register)

    def _registered(self, subject: str, reply: TokenReply) -> None:
        account = self._context.account
        account.registered = True
        self._context.journal.put(account)
        self._signed_in(subject, reply)
        self._logs.refresh(account.user_id)

    def _signed_in(self, _subject: str, reply: TokenReply) -> None:
        left = reply.expires_at - self._context.now - RENEW_BEFORE_MS
        self._context.later("token", min(MAX_RENEWAL_MS, max(MIN_RENEWAL_MS, left)))
        self._calls.token_changed(reply.token)
        self.on_token(reply.token)

    def _refused(self, _subject: str, refusal: FunctionRefused) -> None:
        account = self._context.account
        if refusal.code == "device_unknown" and account.registered:
            account.registered = False
            self._context.journal.put(account)
            self.sign_in()
        elif refusal.code == "log_conflict":
            self.log_conflict()
        elif refusal.code == "device_revoked":
            self._told_revoked(str(refusal.details.get("entry", "")))
        elif refusal.code == "challenge_unknown":
            self._context.later("token", self._context.jitter(CHALLENGE_AGAIN_MS))
        else:
            self._context.notice(f"The server refused to sign you in: {refusal.message}")
            self._context.later("token", self._context.jitter(RETRY_CAP_MS))

    def _told_revoked(self, entry: str) -> None:
        """The account's own signed entry is believed, the server's word is not."""
        account = self._context.account
        if self._logs.is_revocation(entry, account.device_id):
            self.revoked()
        else:
            self._context.notice(
                "The server says that your account has revoked this device, and shows no proof. Your account has not."
            )
            self._context.later("token", self._context.jitter(RETRY_CAP_MS))

    def revoked(self) -> None:
        """What is stored here stays readable, and what was not sent is given back as text."""
        account = self._context.account
        if not account.revoked:
            account.revoked = True
            self._context.journal.put(account)
            self.put_out()
        self.show()
