"""A new device waits to be linked: its offer lies under a code, and the sealed answer beside it."""

import pytest

from contract_account import CRYPTO
from contract_doors import Caller, Door
from mls_chat.wire import bodies
from mls_chat.wire.limits import LINK_SECONDS, MAX_LINK_BYTES


def fresh_code() -> str:
    return CRYPTO.random_bytes(10).hex().upper()


def offer(code: str, data: bytes = b"offer") -> bodies.LinkOffer:
    return bodies.LinkOffer(code=code, offer=data)


def answer(code: str, sealed: bytes = b"sealed") -> bodies.LinkAnswer:
    return bodies.LinkAnswer(code=code, sealed=sealed)


def polled(caller: Caller, code: str) -> bytes | None:
    sealed: bytes | None = caller.call("link_poll", bodies.LinkPoll(code=code)).sealed
    return sealed


def test_an_offer_and_its_answer(door: Door) -> None:
    linker, code = Caller(door), fresh_code()
    new = Caller(door, unknown=True)
    new.call("link_offer", offer(code))
    assert polled(new, code) is None
    assert linker.call("link_look", bodies.LinkLook(code=code)).offer == b"offer"
    linker.call("link_answer", answer(code))
    assert polled(new, code) == polled(new, code) == b"sealed"


def test_the_same_offer_again_is_fine_and_another_is_not(door: Door) -> None:
    new, code = Caller(door, unknown=True), fresh_code()
    for _ in range(2):
        new.call("link_offer", offer(code))
    assert new.refused("link_offer", offer(code, b"other")) == (409, "link_taken")
    assert Caller(door).call("link_look", bodies.LinkLook(code=code)).offer == b"offer"


def test_the_same_answer_again_is_fine_and_another_is_not(door: Door) -> None:
    linker, other, code = Caller(door), Caller(door), fresh_code()
    linker.call("link_offer", offer(code))
    for _ in range(2):
        linker.call("link_answer", answer(code))
    assert other.refused("link_answer", answer(code, b"other")) == (409, "link_taken")
    linker.call("link_offer", offer(code))  # the answer stays
    assert polled(linker, code) == b"sealed"


def test_codes_that_nobody_has_offered(door: Door) -> None:
    caller, code = Caller(door), fresh_code()
    caller.call("link_offer", offer(code))
    unknown = fresh_code()
    for name, body in (
        ("link_look", bodies.LinkLook(code=unknown)),
        ("link_answer", answer(unknown)),
        ("link_poll", bodies.LinkPoll(code=unknown)),
    ):
        assert caller.refused(name, body) == (404, "link_unknown"), name


def test_only_a_device_looks_and_answers(door: Door) -> None:
    new, code = Caller(door, unknown=True), fresh_code()
    new.call("link_offer", offer(code))
    assert new.refused("link_look", bodies.LinkLook(code=code)) == (401, "unauthenticated")
    assert new.refused("link_answer", answer(code)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "code",
    ["", "0" * 19, "0" * 21, "0" * 19 + "a", "0" * 19 + "I", "0" * 19 + "L", "0" * 19 + "O", "0" * 19 + "U"],
)
def test_what_is_no_code(door: Door, code: str) -> None:
    caller = Caller(door)
    for name, body in (
        ("link_offer", offer(code)),
        ("link_look", bodies.LinkLook(code=code)),
        ("link_answer", answer(code)),
        ("link_poll", bodies.LinkPoll(code=code)),
    ):
        assert caller.refused(name, body) == (400, "bad_request"), name


@pytest.mark.parametrize("data", [b"", bytes(MAX_LINK_BYTES + 1)], ids=["empty", "too large"])
def test_sizes(door: Door, data: bytes) -> None:
    caller, code = Caller(door), fresh_code()
    assert caller.refused("link_offer", offer(code, data)) == (400, "bad_request")
    caller.call("link_offer", offer(code, bytes(MAX_LINK_BYTES)))
    assert caller.refused("link_answer", answer(code, data)) == (400, "bad_request")
    caller.call("link_answer", answer(code, bytes(MAX_LINK_BYTES)))
    assert polled(caller, code) == bytes(MAX_LINK_BYTES)


async def test_an_offer_does_not_wait_for_ever(door: Door) -> None:
    caller, code = Caller(door), fresh_code()
    caller.call("link_offer", offer(code))
    await door.later(LINK_SECONDS - 60)
    caller.call("link_answer", answer(code))
    await door.later(60)
    assert caller.refused("link_look", bodies.LinkLook(code=code)) == (404, "link_unknown")
    assert caller.refused("link_answer", answer(code)) == (404, "link_unknown")
    assert caller.refused("link_poll", bodies.LinkPoll(code=code)) == (404, "link_unknown")
    caller.call("link_offer", offer(code, b"another"))
    assert polled(caller, code) is None
