"""Device logs of the own account and of those that are met in groups: fetched, checked, and never taken back."""

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from mls_chat.account_log import MARK_BYTES, DeviceLogBroken, check_log, device_log_statement, entry_digest
from mls_chat.account_secrets import AccountSecrets
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.events import FunctionRefused
from mls_chat.identity import user_id_of
from mls_chat.records import DeviceLogRecord
from mls_chat.wire.bodies import DeviceLogGet, DeviceLogGetReply
from mls_chat.wire.decoding import decoded
from mls_chat.wire.records import DeviceLogEntry

REFRESH_MS: Final = 2_000
"""Members that hear of a change at the same moment ask one after the other."""


_entry: Final = msgspec.json.Decoder(DeviceLogEntry)


class _Claim(msgspec.Struct):
    """What a device has told of its account's log, where that is more than is known here."""

    number: int
    mark: bytes
    missed: int = 0


class DeviceLogs:
    def __init__(self, context: Context, calls: Calls, secrets: AccountSecrets) -> None:
        self._context, self._calls, self._secrets = context, calls, secrets
        self._claims: dict[str, _Claim] = {}
        self.changed: Callable[[DeviceLogRecord], None] = lambda log: None
        """Set by the engine: who acts on devices that came or went; called also where nothing is new."""
        self.broken: Callable[[str, str], None] = lambda user_id, why: None
        """Set by the engine: the server shows a log that contradicts what this device knows."""
        calls.route("device_log_get", self._got, self._refused)

    @property
    def own(self) -> DeviceLogRecord:
        return self.find(self._context.account.user_id) or DeviceLogRecord(
            user_id=self._context.account.user_id, account_public_key=self._context.account.account_public_key
        )

    def find(self, user_id: str) -> DeviceLogRecord | None:
        return self._context.journal.find(DeviceLogRecord, user_id)

    def rung(self, user_id: str) -> None:
        if user_id == self._context.account.user_id:
            self.refresh(user_id)
        else:
            self._context.later(f"device_log:{user_id}", self._context.jitter(REFRESH_MS))

    def refresh(self, user_id: str) -> None:
        known = self.find(user_id)
        body = DeviceLogGet(user_id=user_id, since=known.number if known else 0)
        self._calls.call("device_log_get", user_id, body, again=True)

    def _got(self, user_id: str, reply: DeviceLogGetReply) -> None:
        log = self.find(user_id) or DeviceLogRecord(user_id=user_id, account_public_key=reply.account_public_key)
        try:
            self.take(log, reply)
            self._compare(log, reply.head)
        except DeviceLogBroken as error:
            self._claims.pop(user_id, None)
            self.broken(user_id, str(error))
            return
        if log.number < reply.head:
            self.refresh(user_id)
        self.changed(log)

    @property
    def told(self) -> tuple[int, bytes]:
        """How far this device knows its account's log, for the others: the number of an entry and its mark."""
        own = self.own
        return own.number, own.marks[-MARK_BYTES:]

    def claimed(self, user_id: str, number: int, mark: bytes) -> None:
        """One of the account's own devices has told so inside a ciphertext."""
        log = self.find(user_id)
        if number and (log is None or number > log.number):
            if user_id not in self._claims:  # else it is asked for already
                self.rung(user_id)
            self._claims[user_id] = _Claim(number, mark)
        elif number and log is not None and _mark(log, number) != mark:
            self.broken(user_id, f"entry {number} is another one than its devices know")

    def _compare(self, log: DeviceLogRecord, head: int) -> None:
        """With what a device of the account has told. Raises DeviceLogBroken."""
        claim = self._claims.get(log.user_id)
        if claim is None:
            return
        if claim.number <= log.number:
            del self._claims[log.user_id]
            if _mark(log, claim.number) != claim.mark:
                raise DeviceLogBroken(f"entry {claim.number} is another one than its devices know")
        elif head < claim.number:
            claim.missed += 1  # the first answer may be to an older question
            if claim.missed > 1:
                raise DeviceLogBroken(f"it ends before entry {claim.number}, which its devices know")
            self.refresh(log.user_id)

    def take(self, log: DeviceLogRecord, reply: DeviceLogGetReply) -> None:
        """Checks and keeps what continues the log. Raises DeviceLogBroken; nothing is kept then."""
        fresh, head = self._checked(log, reply)
        if not fresh:
            return
        for entry in fresh:
            log.marks += entry_digest(log.user_id, entry)[:MARK_BYTES]
            if entry.change == "add":
                log.live[entry.device_id] = entry.device_public_key
            else:
                del log.live[entry.device_id]
                log.revoked.append(entry.device_id)
        log.number, log.head = log.number + len(fresh), head
        self._context.journal.put(log)

    def _checked(self, log: DeviceLogRecord, reply: DeviceLogGetReply) -> tuple[list[DeviceLogEntry], bytes]:
        """What is new, and the head after it. Raises DeviceLogBroken."""
        if user_id_of(reply.account_public_key) != log.user_id:
            raise DeviceLogBroken("the account key is not that of the account")
        if reply.head < log.number:
            raise DeviceLogBroken(f"it ends at entry {reply.head}, and entry {log.number} was seen before")
        # an answer to an earlier question may begin before what is known by now
        fresh = [entry for entry in reply.entries if entry.number > log.number]
        live, gone = set(log.live), set(log.revoked)
        for entry in fresh:
            _check_change(entry, live, gone)
        head = check_log(self._context.crypto, log.user_id, log.account_public_key, log.head, log.number, fresh)
        return fresh, head

    def _refused(self, user_id: str, refusal: FunctionRefused) -> None:
        if refusal.code != "account_unknown":  # nobody in a group with us any more
            self._context.notice(f"A list of devices can't be read: {refusal.message}")

    def is_revocation(self, entry_json: str, device_id: str) -> bool:
        """Whether this is an entry by which the own account has revoked the device."""
        own = self.own
        try:
            entry = decoded(_entry.decode, entry_json)
        except msgspec.DecodeError:
            return False
        signed = device_log_statement(own.user_id, entry)
        about = (entry.change, entry.device_id) == ("revoke", device_id)
        return about and self._context.crypto.verify(own.account_public_key, signed, entry.signature)

    def next_entry(self, change: Literal["add", "revoke"], device_id: str, device_public_key: bytes) -> DeviceLogEntry:
        """Signed by the account, for the server to append. Raises SecretsSealed."""
        own = self.own
        entry = DeviceLogEntry(
            number=own.number + 1,
            previous=own.head,
            change=change,
            device_id=device_id,
            device_public_key=device_public_key,
            made_at=self._context.now,
            signature=b"",
        )
        return msgspec.structs.replace(entry, signature=self._secrets.sign(device_log_statement(own.user_id, entry)))


def _check_change(entry: DeviceLogEntry, live: set[str], gone: set[str]) -> None:
    """A device comes once and goes once. Raises DeviceLogBroken."""
    if entry.change == "add":
        if entry.device_id in live | gone:
            raise DeviceLogBroken(f"entry {entry.number} adds a device a second time")
        live.add(entry.device_id)
    elif entry.device_id not in live:
        raise DeviceLogBroken(f"entry {entry.number} revokes a device that is not there")
    else:
        live.discard(entry.device_id)
        gone.add(entry.device_id)


def _mark(log: DeviceLogRecord, number: int) -> bytes:
    return log.marks[(number - 1) * MARK_BYTES : number * MARK_BYTES]
