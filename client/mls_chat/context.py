"""What every part of the engine works with: the journal, the backend, the event's time and the running step."""

import uuid
from collections.abc import Callable, Sequence

import msgspec

from mls_chat.backend import Backend, DeviceKeys
from mls_chat.effects import DamagedRow, Effect, SetTimer, Show, Step
from mls_chat.identity import CIPHER_SUITE
from mls_chat.journal import Journal
from mls_chat.records import AccountRecord, GroupRecord, RecordUnreadable
from mls_chat.recovery_code import CodeCost
from mls_chat.stored_entries import Change, checksum_of
from mls_chat.view import NoticeView, View
from mls_rs_python import Crypto, MlsError


class NoAccount(Exception):
    """There is no account in this storage yet."""


class Context:
    def __init__(
        self,
        journal: Journal,
        origin: str,
        random_bytes: Callable[[int], bytes] | None = None,
        code_cost: CodeCost | None = None,
    ) -> None:
        self.journal, self.origin = journal, origin
        self.code_cost = code_cost or CodeCost()
        self.crypto = Crypto(CIPHER_SUITE)
        self._random_bytes = random_bytes or self.crypto.random_bytes
        """For ids and delays; keys and secrets never come from here."""
        self.now = 0
        """The running event's time, Unix milliseconds."""
        self.tab: str | None = None
        """The tab whose person the running event comes from; None when nobody's."""
        self._last_save = 0
        self._effects: list[Effect] = []
        self._backend: Backend | None = None
        if self.has_account:
            self.open_backend()

    @property
    def damaged(self) -> list[DamagedRow]:
        """What of the stored rows can't be read; see `damage.py` for whom that concerns."""
        return self.journal.damaged

    @property
    def has_account(self) -> bool:
        return bool(self.journal.all(AccountRecord))

    @property
    def account(self) -> AccountRecord:
        """Raises NoAccount."""
        for account in self.journal.all(AccountRecord):
            return account
        raise NoAccount("give your name first")

    def open_backend(self) -> None:
        """Raises RecordUnreadable."""
        account = self.account
        keys = DeviceKeys(account.credential, account.device_secret_key, account.device_public_key)
        try:
            self._backend = Backend(self.crypto, keys, self.journal.mls_entries)
        except MlsError as error:
            raise RecordUnreadable(f"mls: {error}") from error
        self.journal.mls_entries = []

    @property
    def backend(self) -> Backend:
        if self._backend is None:
            raise NoAccount("give your name first")
        return self._backend

    @property
    def seconds(self) -> int:
        return self.now // 1000

    def random_id(self) -> str:
        return str(uuid.UUID(bytes=self._random_bytes(16), version=4))

    def jitter(self, limit_ms: int) -> int:
        """A random delay of at least half of the limit."""
        share = int.from_bytes(self._random_bytes(2), "big") / 65535
        return int(limit_ms * (0.5 + share / 2))

    def emit(self, effect: Effect) -> None:
        self._effects.append(effect)

    def show(self, view: View, tab: str | None = None) -> None:
        """On all tabs, or on `tab`."""
        self._effects.append(Show(view, tab))

    def answer(self, view: View) -> None:
        """On the tab that asked, or on all when nobody did."""
        self.show(view, self.tab)

    def notice(self, text: str) -> None:
        self.answer(NoticeView(level="error", text=text))

    def later(self, name: str, delay_ms: int) -> None:
        self._effects.append(SetTimer(name, delay_ms))

    @property
    def stores_something(self) -> bool:
        """Whether the running step has writes so far."""
        self._collect_writes()
        return self.journal.has_writes

    @property
    def last_save(self) -> int:
        """When the last step with writes happened, the running one included; 0 for none since the start."""
        self._collect_writes()
        return self._last_save

    def _collect_writes(self) -> None:
        if self._backend is not None:
            changes = self._backend.pending_writes()
            self._note_states(changes)
            self.journal.put_mls(changes)
        if self.journal.has_writes:
            self._last_save = self.now

    def _note_states(self, changes: Sequence[Change]) -> None:
        """Each group's record names the MLS state that belongs to it."""
        states = {key: value for table, key, value in changes if table == "group" and value is not None}
        for group in self.journal.all(GroupRecord) if states else []:
            if group.mls_group_id in states:
                group.state_check = checksum_of(states[group.mls_group_id])
                self.journal.put(group)

    def take_step(self) -> Step:
        self._collect_writes()
        effects, self._effects = self._effects, []
        return Step(self.journal.take_writes(), effects)


def encode_body(body: msgspec.Struct) -> bytes:
    return msgspec.json.encode(body)
