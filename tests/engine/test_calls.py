"""Calls are repeated until they are answered, with a token that is renewed; late answers count for nothing."""

from typing import Any

import msgspec

from mls_chat.calls import RETRY_CAP_MS, Calls
from mls_chat.context import Context
from mls_chat.effects import CallFunction, SetTimer
from mls_chat.events import FunctionRefused, FunctionReturned, FunctionUnreachable
from mls_chat.journal import Journal
from mls_chat.wire.bodies import Empty, InviteInfo, UserGroupsReply

GOOD = b'{"groups": []}'


class Desk:
    """Calls with everything that goes in and out of them."""

    def __init__(self, token: str | None = "t1") -> None:
        self.context = Context(Journal([]), "http://chat.test")
        self.calls = Calls(self.context)
        self.calls.token = token
        self.calls.want_token = lambda: self.wanted.append(1)
        self.wanted: list[int] = []
        self.returned: list[tuple[str, Any]] = []
        self.refused: list[tuple[str, FunctionRefused]] = []
        for name in ("user_groups", "invite_info"):
            self.calls.route(name, self._returned, self._refused)

    def _returned(self, subject: str, reply: Any) -> None:
        self.returned.append((subject, reply))

    def _refused(self, subject: str, refusal: FunctionRefused) -> None:
        self.refused.append((subject, refusal))

    def call(self, *, again: bool = False) -> None:
        self.calls.call("user_groups", "me", Empty(), again=again)

    def issued(self) -> list[CallFunction]:
        return [e for e in self.context.take_step().effects if isinstance(e, CallFunction)]

    def delay(self) -> int:
        (timer,) = [e for e in self.context.take_step().effects if isinstance(e, SetTimer)]
        assert timer.name.startswith("call:")
        self.timer = timer.name.removeprefix("call:")
        return timer.delay_ms

    def refuse(self, call: CallFunction, status: int, code: str) -> None:
        self.calls.refused(FunctionRefused(call.call_id, status, code, "a sentence", {}))


def test_the_answer_goes_to_its_route_once() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    assert (call.name, call.body, call.token) == ("user_groups", b"{}", "t1")
    for _ in range(2):
        desk.calls.returned(FunctionReturned(call.call_id, GOOD))
    assert desk.returned == [("me", UserGroupsReply([]))]


def test_one_at_a_time_for_a_subject() -> None:
    desk = Desk()
    desk.call()
    desk.call()
    assert len(desk.issued()) == 1
    desk.calls.call("user_groups", "somebody else", Empty())
    assert len(desk.issued()) == 1


def test_again_follows_the_one_under_way() -> None:
    desk = Desk()
    desk.call()
    (first,) = desk.issued()
    desk.call(again=True)
    desk.call(again=True)
    assert desk.issued() == []
    desk.calls.returned(FunctionReturned(first.call_id, GOOD))
    (second,) = desk.issued()
    desk.calls.returned(FunctionReturned(second.call_id, GOOD))
    assert desk.issued() == []
    assert len(desk.returned) == 2


def test_an_answer_to_an_earlier_call_is_ignored() -> None:
    desk = Desk()
    desk.call()
    (old,) = desk.issued()
    desk.calls.forget("user_groups", "me")
    desk.call()
    desk.issued()
    desk.calls.returned(FunctionReturned(old.call_id, GOOD))
    desk.refuse(old, 403, "not_a_member")
    desk.calls.unreachable(FunctionUnreachable(old.call_id))
    for strange in ("", "#", "user_groups:me", "user_groups:me#", "user_groups:me#99", "other#1"):
        desk.calls.returned(FunctionReturned(strange, GOOD))
    assert (desk.returned, desk.refused, desk.context.take_step().effects) == ([], [], [])


def test_unreachable_means_again_with_growing_patience() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    delays = []
    for _ in range(10):
        desk.calls.unreachable(FunctionUnreachable(call.call_id))
        delays.append(desk.delay())
        desk.calls.retry_now(desk.timer)
        (again,) = desk.issued()
        assert again == call
    assert 500 <= delays[0] <= 1_000
    assert all(2**n * 500 <= delay <= 2**n * 1_000 for n, delay in enumerate(delays[:5]))
    assert all(RETRY_CAP_MS // 2 <= delay <= RETRY_CAP_MS for delay in delays[6:])


def test_the_servers_trouble_and_its_limits_are_waited_out() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    for status, code in ((500, "internal"), (503, "unavailable"), (429, "rate_limited")):
        desk.refuse(call, status, code)
        assert desk.delay() > 0
    assert desk.refused == []


def test_a_reply_of_another_shape_is_asked_for_again() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    deep, no_text = b'{"x": ' + b"[" * 10**5, b'{"groups": [{"group_id": "\xff"}]}'
    for body in (b"", b"<html>", b"{}", b'{"groups": 1}', no_text, deep):
        desk.calls.returned(FunctionReturned(call.call_id, body))
        assert desk.delay() > 0
    desk.calls.returned(FunctionReturned(call.call_id, GOOD))
    assert len(desk.returned) == 1


def test_a_refusal_is_final() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    desk.refuse(call, 403, "not_a_member")
    desk.refuse(call, 403, "not_a_member")
    assert [(subject, refusal.code) for subject, refusal in desk.refused] == [("me", "not_a_member")]


def test_without_a_token_calls_wait_for_one() -> None:
    desk = Desk(token=None)
    desk.call()
    desk.calls.call("user_groups", "other", Empty())
    assert desk.issued() == []
    assert desk.wanted
    desk.calls.token_changed("t2")
    assert [call.token for call in desk.issued()] == ["t2", "t2"]


def test_public_functions_need_no_token() -> None:
    desk = Desk(token=None)
    desk.calls.call("invite_info", "x", InviteInfo(invite_id="x"))
    assert [call.token for call in desk.issued()] == [None]
    assert desk.wanted == []


def test_an_expired_token_is_renewed_once_at_once() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    desk.refuse(call, 401, "token_expired")
    assert (desk.issued(), len(desk.wanted)) == ([], 1)
    desk.calls.token_changed("t2")
    (again,) = desk.issued()
    assert again.token == "t2"
    desk.refuse(again, 401, "token_expired")
    assert desk.delay() > 0
    assert desk.refused == []


def test_a_fresh_token_is_not_thrown_away_by_a_late_refusal() -> None:
    desk = Desk()
    desk.call()
    desk.calls.call("user_groups", "other", Empty())
    first, second = desk.issued()
    desk.refuse(first, 401, "token_expired")
    desk.calls.token_changed("t2")
    desk.issued()
    desk.refuse(second, 401, "token_expired")
    assert [call.token for call in desk.issued()] == ["t2"]
    assert len(desk.wanted) == 1


def test_a_call_outlives_any_number_of_tokens() -> None:
    """Repeated over hours without network, it meets one expired token after another; that is nobody's refusal."""
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    for number in range(5):
        desk.refuse(call, 401, "token_expired")
        if number:
            desk.delay()
            desk.calls.retry_now(desk.timer)
        desk.calls.token_changed(f"t{number}")
        (call,) = desk.issued()
    desk.calls.returned(FunctionReturned(call.call_id, GOOD))
    assert (len(desk.returned), desk.refused) == (1, [])


def test_the_network_is_back() -> None:
    desk = Desk()
    desk.call()
    (call,) = desk.issued()
    for _ in range(5):
        desk.calls.unreachable(FunctionUnreachable(call.call_id))
        desk.delay()
    desk.calls.retry_all()
    assert desk.delay() == 0


def test_bodies_are_json() -> None:
    desk = Desk()
    desk.calls.call("invite_info", "x", InviteInfo(invite_id="x"))
    (call,) = desk.issued()
    assert msgspec.json.decode(call.body) == {"invite_id": "x"}
