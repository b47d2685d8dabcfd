"""Passkeys of the account: each seals the vault's root key under the output of its PRF (WebAuthn, section 10.1.4)."""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.account_log import passkey_removal_statement, passkey_statement
from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused, PasskeyAnswered, PasskeyFailed
from mls_chat.unlocks import prf_output, prf_salt
from mls_chat.vault import VaultBroken, prf_key, seal_name, seal_root
from mls_chat.view import PasskeyRequestView
from mls_chat.wire.bodies import Empty, PasskeyAdd, PasskeyCreateReply, PasskeyRemove
from mls_chat.wire.decoding import decoded

NO_PRF: Final = (
    "This passkey can't open your account: the authenticator or the browser lacks what it takes (PRF). "
    "It was not added. Keep your recovery code instead."
)
NO_VAULT: Final = "Your account is not stored on the server yet. Try again when you are connected."


class _Registration(msgspec.Struct):
    """What of WebAuthn's RegistrationResponseJSON is looked at here."""

    id: str


class _Adding(msgspec.Struct):
    request_id: str
    tab: str
    name: str
    challenge_id: str = ""


class Passkeys:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets) -> None:
        self._context, self._calls, self._secrets = context, calls, secrets
        self._adding: _Adding | None = None
        self._first: tuple[str, str] | None = None
        """Tab and name of one that waits for the vault."""
        self.said: Callable[[str], None] = lambda step: None
        """Set by the engine: what is being done, empty for nothing any more."""
        self.failed: Callable[[str], None] = lambda sentence: None
        """Set by the engine."""
        self.changed: Callable[[], None] = lambda: None
        """Set by the engine: the server has another list of them now."""
        calls.route("passkey_create", self._asked, self._refused)
        calls.route("passkey_add", self._added, self._refused)
        calls.route("passkey_remove", self._removed, self._removal_refused)

    def add(self, raw_name: str) -> None:
        """The account's secrets are open."""
        if not self._context.account.vault_generation:
            self.failed(NO_VAULT)
            return
        self._begin(self._context.tab or "", raw_name)

    def _begin(self, tab: str, raw_name: str) -> None:
        self._adding = _Adding(self._context.random_id(), tab, clean_name(raw_name) or "Passkey")
        self.said("Asking the server")
        self._calls.call("passkey_create", self._adding.request_id, Empty())

    def add_first(self, name: str) -> None:
        """As soon as the vault of a new account is stored."""
        if self._context.has_account:
            self._first = (self._context.tab or "", name)

    def vault_stored(self) -> None:
        if self._first is not None:
            (tab, name), self._first = self._first, None
            self._begin(tab, name)

    def _now(self, request_id: str) -> _Adding | None:
        adding = self._adding
        return adding if adding is not None and adding.request_id == request_id else None

    def _fail(self, sentence: str) -> None:
        self._adding = None
        self.failed(sentence)

    def _asked(self, request_id: str, reply: PasskeyCreateReply) -> None:
        adding = self._now(request_id)
        if adding is None:
            return
        adding.challenge_id = reply.challenge_id
        self.said("Waiting for your passkey")
        view = PasskeyRequestView(request_id=request_id, purpose="create", options=reply.options, prf_salt=prf_salt())
        self._context.show(view, adding.tab)

    def answered(self, event: PasskeyAnswered) -> None:
        adding, opened = self._now(event.request_id), self._secrets.opened
        if adding is None:
            return
        if opened is None:
            self._fail("That took too long. Try again.")
            return
        crypto, account = self._context.crypto, self._context.account
        try:
            passkey_id = decoded(msgspec.json.Decoder(_Registration).decode, event.response).id
            sealed_root = seal_root(
                crypto, prf_key(crypto, prf_output(event.prf)), account.user_id, "passkey", opened.root_key
            )
        except msgspec.DecodeError:
            self._fail("The browser gave no passkey. Try again.")
            return
        except VaultBroken:
            self._fail(NO_PRF)
            return
        body = PasskeyAdd(
            challenge_id=adding.challenge_id,
            response=event.response,
            sealed_root=sealed_root,
            sealed_name=seal_name(crypto, account.storage_key, passkey_id, adding.name),
            signature=self._secrets.sign(passkey_statement(account.user_id, passkey_id, sealed_root)),
        )
        self.said("Storing the passkey")
        self._calls.call("passkey_add", event.request_id, body)

    def passkey_failed(self, event: PasskeyFailed) -> None:
        if self._now(event.request_id) is not None:
            self._fail(event.reason)

    def _added(self, request_id: str, _reply: Empty) -> None:
        """Nobody has to keep the account's secrets on this device from now on: the passkey opens them."""
        if self._now(request_id) is not None:
            self._adding = None
        self.said("")
        self._secrets.release()
        self.changed()

    def _refused(self, request_id: str, refusal: FunctionRefused) -> None:
        if self._now(request_id) is not None:
            self._fail(f"The passkey was not added: {refusal.message}")

    def remove(self, passkey_id: str) -> None:
        """The account's secrets are open."""
        signature = self._secrets.sign(passkey_removal_statement(self._context.account.user_id, passkey_id))
        self.said("Removing the passkey")
        self._calls.call("passkey_remove", passkey_id, PasskeyRemove(passkey_id=passkey_id, signature=signature))

    def _removed(self, _passkey_id: str, _reply: Empty) -> None:
        self.said("")
        self.changed()

    def _removal_refused(self, _passkey_id: str, refusal: FunctionRefused) -> None:
        self.failed(f"The passkey was not removed: {refusal.message}")
