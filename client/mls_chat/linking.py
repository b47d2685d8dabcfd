"""Linking: a new device shows a code, a device of the account reads it, and a person confirms there."""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.device_logs import DeviceLogs
from mls_chat.envelope import clean_name
from mls_chat.events import FunctionRefused
from mls_chat.identity import CredentialRefused, device_statement, encode_credential, read_credential
from mls_chat.link_code import (
    Answer,
    LinkCodeRefused,
    Offer,
    new_link_code,
    offer_code,
    open_answer,
    read_link_code,
    read_offer,
    seal_answer,
)
from mls_chat.records import AccountRecord, NameRecord
from mls_chat.vault import seal_name
from mls_chat.view import LinkingView
from mls_chat.wire.bodies import (
    DeviceAdd,
    Empty,
    LinkAnswer,
    LinkLook,
    LinkLookReply,
    LinkOffer,
    LinkPoll,
    LinkPollReply,
)

POLL_MS: Final = 2_000
MONTH_MS: Final = 30 * 24 * 3_600_000
SENTENCES: Final = {
    "link_unknown": "This code is unknown or too old. Begin anew on the new device.",
    "link_taken": "This code was already answered. Begin anew on the new device.",
    "log_conflict": "Your devices have changed at the same moment. Try again.",
    "too_many_devices": "Your account has as many devices as it may have. Revoke one first.",
}


class NewDevice(msgspec.Struct):
    """This browser, while it waits to be linked; a reload begins anew."""

    tab: str
    offer: Offer
    device_secret_key: bytes
    seal_secret_key: bytes
    code: str
    secret: str


class Adding(msgspec.Struct):
    """Another device, which this one is linking."""

    tab: str
    code: str
    secret: str
    offer: Offer | None = None
    answer: bytes = b""


class Linking:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets, logs: DeviceLogs) -> None:
        self._context, self._calls, self._secrets, self._logs = context, calls, secrets, logs
        self._new: NewDevice | None = None
        self._adding: Adding | None = None
        self.begun: Callable[[int | None], None] = lambda history_since: None
        """Set by the engine: there is an account here now, and it is registered already."""
        calls.route("link_offer", self._offered, self._new_refused)
        calls.route("link_poll", self._polled, self._new_refused)
        calls.route("link_look", self._looked_at, self._adding_refused)
        calls.route("device_add", self._added, self._adding_refused)
        calls.route("link_answer", self._answered, self._adding_refused)

    # On the new device

    def offer(self, raw_name: str) -> None:
        crypto = self._context.crypto
        device_secret, device_public = crypto.generate_signature_key_pair()
        seal_secret, seal_public = crypto.generate_signature_key_pair()
        offer = Offer(1, seal_public, self._context.random_id(), device_public, clean_name(raw_name))
        data = msgspec.msgpack.encode(offer)
        shown = new_link_code(crypto, data)
        _, secret = read_link_code(shown)
        tab = self._context.tab or ""
        self._new = NewDevice(tab, offer, device_secret, seal_secret, offer_code(data), secret)
        self._context.show(LinkingView(stage="waiting", code=shown), tab)
        self._calls.call("link_offer", self._new.code, LinkOffer(code=self._new.code, offer=data))

    def _offered(self, code: str, _reply: Empty) -> None:
        if self._new is not None and self._new.code == code:
            self._context.later("link", POLL_MS)

    def poll(self) -> None:
        if self._new is not None and not self._context.has_account:
            self._calls.call("link_poll", self._new.code, LinkPoll(code=self._new.code))

    def _polled(self, code: str, reply: LinkPollReply) -> None:
        new = self._new
        if new is None or new.code != code or self._context.has_account:
            return
        if reply.sealed is None:
            self._context.later("link", POLL_MS)
            return
        try:
            answer = open_answer(self._context.crypto, new.seal_secret_key, new.code, new.secret, reply.sealed)
            self._enter(new, answer)
        except (LinkCodeRefused, CredentialRefused) as error:
            self._new = None
            self._context.show(LinkingView(stage="failed", error=str(error)), new.tab)

    def _enter(self, new: NewDevice, answer: Answer) -> None:
        """Raises CredentialRefused: the answer's account has not signed this device."""
        identity = read_credential(self._context.crypto, answer.credential, new.offer.device_public_key)
        expected = (answer.user_id, new.offer.device_id, answer.account_public_key)
        if (identity.user_id, identity.device_id, identity.account_public_key) != expected:
            raise CredentialRefused("the answer is for another device")
        account = AccountRecord(
            name=clean_name(answer.name),
            user_id=answer.user_id,
            account_public_key=answer.account_public_key,
            device_id=new.offer.device_id,
            device_secret_key=new.device_secret_key,
            device_public_key=new.offer.device_public_key,
            credential=answer.credential,
            registered=True,
            device_name=new.offer.device_name,
            storage_key=answer.storage_key,
            backup_public_key=answer.backup_public_key,
            vault_generation=answer.vault_generation,
            code_saved=answer.code_saved,
        )
        self._context.journal.put(account)
        self._context.journal.put(NameRecord(user_id=account.user_id, name=account.name, confirmed=True))
        self._context.open_backend()
        if answer.backup_secret_key:
            self._secrets.keep_backup_key(answer.backup_secret_key)
        self._new = None
        self._context.show(LinkingView(stage="none"), new.tab)
        self.begun(answer.history_since if answer.backup_secret_key else None)

    def _new_refused(self, code: str, refusal: FunctionRefused) -> None:
        if self._new is not None and self._new.code == code:
            new, self._new = self._new, None
            error = SENTENCES.get(refusal.code, refusal.message)
            self._context.show(LinkingView(stage="failed", error=error), new.tab)

    def stop(self) -> None:
        """The person does something else."""
        self._new = self._adding = None
        self._context.answer(LinkingView(stage="none"))

    # On a device of the account

    def look(self, entered: str) -> None:
        try:
            code, secret = read_link_code(entered)
        except LinkCodeRefused as error:
            self._context.answer(LinkingView(stage="failed", error=str(error)))
            return
        self._adding = Adding(self._context.tab or "", code, secret)
        self._context.answer(LinkingView(stage="looking"))
        self._calls.call("link_look", code, LinkLook(code=code))

    def _looked_at(self, code: str, reply: LinkLookReply) -> None:
        adding = self._adding
        if adding is None or adding.code != code:
            return
        try:
            adding.offer = read_offer(code, reply.offer)
        except LinkCodeRefused as error:
            self._fail(str(error))
            return
        name = clean_name(adding.offer.device_name)
        self._context.show(LinkingView(stage="confirm", device_name=name), adding.tab)

    def confirm(self, history: str) -> None:
        """The account's secrets are open. The device is added to the account's log, then it is told."""
        adding, account, crypto = self._adding, self._context.account, self._context.crypto
        if adding is None or adding.offer is None:
            return
        since = {"all": 0, "month": self._context.now - MONTH_MS}.get(history)
        offer, opened = adding.offer, self._secrets.require()
        signed = device_statement(account.user_id, offer.device_id, offer.device_public_key)
        signature = self._secrets.sign(signed)
        credential = encode_credential(account.user_id, offer.device_id, account.account_public_key, signature)
        answer = Answer(
            v=1,
            user_id=account.user_id,
            account_public_key=account.account_public_key,
            name=account.name,
            credential=credential,
            storage_key=account.storage_key,
            backup_public_key=account.backup_public_key,
            backup_secret_key=b"" if since is None else opened.backup_secret_key,
            history_since=since or 0,
            vault_generation=account.vault_generation,
            code_saved=account.code_saved,
        )
        try:
            adding.answer = seal_answer(crypto, offer, adding.code, adding.secret, answer)
        except LinkCodeRefused as error:
            self._fail(str(error))
            return
        name = clean_name(offer.device_name)
        body = DeviceAdd(
            entry=self._logs.next_entry("add", offer.device_id, offer.device_public_key),
            credential=credential,
            sealed_name=seal_name(crypto, account.storage_key, offer.device_id, name),
        )
        self._context.show(LinkingView(stage="adding", device_name=name), adding.tab)
        self._calls.call("device_add", adding.code, body)

    def _added(self, code: str, _reply: Empty) -> None:
        if self._adding is not None and self._adding.code == code:
            self._calls.call("link_answer", code, LinkAnswer(code=code, sealed=self._adding.answer))

    def _answered(self, code: str, _reply: Empty) -> None:
        adding = self._adding
        if adding is not None and adding.code == code and adding.offer is not None:
            self._adding = None
            name = clean_name(adding.offer.device_name)
            self._context.show(LinkingView(stage="done", device_name=name), adding.tab)

    def _adding_refused(self, code: str, refusal: FunctionRefused) -> None:
        if self._adding is not None and self._adding.code == code:
            if refusal.code == "log_conflict":
                self._logs.refresh(self._context.account.user_id)
            self._fail(SENTENCES.get(refusal.code, refusal.message))

    def _fail(self, sentence: str) -> None:
        if self._adding is not None:
            adding, self._adding = self._adding, None
            self._context.show(LinkingView(stage="failed", error=sentence), adding.tab)
