"""Calls of edge functions: one at a time per subject, with the token, repeated with back-off until answered."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from mls_chat.backoff import pause_ms
from mls_chat.context import Context, encode_body
from mls_chat.effects import CallFunction
from mls_chat.events import FunctionRefused, FunctionReturned, FunctionUnreachable
from mls_chat.wire.bodies import ENDPOINTS
from mls_chat.wire.decoding import decoded
from mls_chat.wire.nesting import check_json

RETRY_BASE_MS: Final = 500
RETRY_CAP_MS: Final = 30_000
TOKEN_CODES: Final = frozenset({"token_expired", "token_invalid", "unauthenticated", "device_revoked"})
"""Answers after which signing in helps, or says for good why not."""
TOLD: Final = frozenset({"code_locked"})
"""Waiting that long is for the person to decide."""

Returned = Callable[[str, Any], None]
Refused = Callable[[str, FunctionRefused], None]


class _Call(msgspec.Struct):
    name: str
    subject: str
    body: bytes
    serial: int
    attempt: int = 0
    token: str | None = None
    renewed: bool = False
    again: bytes | None = None


class Calls:
    """`subject` names what a call is about; a second call of the same name and subject waits for the first's answer."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._calls: dict[str, _Call] = {}
        self._serial = 0
        self._waiting: list[str] = []
        self._routes: dict[str, tuple[Returned, Refused]] = {}
        self.token: str | None = None
        self.want_token: Callable[[], None] = lambda: None

    def route(self, name: str, returned: Returned, refused: Refused) -> None:
        self._routes[name] = (returned, refused)

    def call(self, name: str, subject: str, body: msgspec.Struct, *, again: bool = False) -> None:
        """`again`: where one is under way its answer may be older than the reason for this one; call once more then."""
        under_way = self._calls.get(f"{name}:{subject}")
        if under_way is None:
            self._begin(name, subject, encode_body(body))
        elif again:
            under_way.again = encode_body(body)

    def _begin(self, name: str, subject: str, body: bytes) -> None:
        key = f"{name}:{subject}"
        self._serial += 1
        self._calls[key] = _Call(name, subject, body, self._serial)
        self._issue(key)

    def is_open(self, name: str, subject: str) -> bool:
        return f"{name}:{subject}" in self._calls

    def forget(self, name: str, subject: str) -> None:
        """The answer is no longer of interest."""
        self._calls.pop(f"{name}:{subject}", None)

    def _issue(self, key: str) -> None:
        call = self._calls[key]
        public = ENDPOINTS[call.name].public
        if not public and self.token is None:
            if key not in self._waiting:
                self._waiting.append(key)
            self.want_token()
            return
        call.token = None if public else self.token
        self._context.emit(CallFunction(f"{key}#{call.serial}", call.name, call.body, call.token))

    def token_changed(self, token: str) -> None:
        self.token = token
        waiting, self._waiting = self._waiting, []
        for key in waiting:
            if key in self._calls:
                self._issue(key)

    def _answered(self, call_id: str) -> tuple[str, _Call] | None:
        """None for an answer that nobody waits for any more."""
        key, _, serial = call_id.rpartition("#")
        call = self._calls.get(key)
        return (key, call) if call is not None and str(call.serial) == serial else None

    def returned(self, event: FunctionReturned) -> None:
        found = self._answered(event.call_id)
        if found is None:
            return
        key, call = found
        try:
            check_json(event.body)
            reply = decoded(msgspec.json.Decoder(ENDPOINTS[call.name].reply).decode, event.body)
        except msgspec.DecodeError:
            self._retry(key, call)
            return
        del self._calls[key]
        self._routes[call.name][0](call.subject, reply)
        if call.again is not None and key not in self._calls:
            self._begin(call.name, call.subject, call.again)

    def refused(self, event: FunctionRefused) -> None:
        found = self._answered(event.call_id)
        if found is None:
            return
        key, call = found
        if event.code in TOKEN_CODES and not ENDPOINTS[call.name].public:
            self._renew(key, call)
        elif (event.status >= 500 or event.status == 429) and event.code not in TOLD:
            self._retry(key, call)
        else:
            del self._calls[key]
            self._routes[call.name][1](call.subject, event)

    def _renew(self, key: str, call: _Call) -> None:
        """A token's end is nobody's answer: at once with a new token, after that with back-off."""
        if call.token == self.token:
            self.token = None
        if call.renewed:
            self._retry(key, call)
        else:
            call.renewed = True
            self._issue(key)

    def unreachable(self, event: FunctionUnreachable) -> None:
        found = self._answered(event.call_id)
        if found is not None:
            self._retry(*found)

    def _retry(self, key: str, call: _Call) -> None:
        call.attempt += 1
        delay = pause_ms(call.attempt, RETRY_BASE_MS, RETRY_CAP_MS)
        self._context.later(f"call:{key}#{call.serial}", self._context.jitter(delay))

    def end(self) -> None:
        """Nothing is asked any more."""
        self._calls.clear()
        self._waiting.clear()
        self.token = None

    def retry_now(self, call_id: str) -> None:
        """The back-off of a call is over."""
        found = self._answered(call_id)
        if found is not None and found[0] not in self._waiting:
            self._issue(found[0])

    def retry_all(self) -> None:
        """The network came back: no reason to wait longer. Repeating a call is harmless."""
        for key, call in self._calls.items():
            if call.attempt and key not in self._waiting:
                call.attempt = 0
                self._context.later(f"call:{key}#{call.serial}", 0)
