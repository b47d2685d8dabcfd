"""Registration, login and who may ask at all."""

from contract_doors import Caller, Door, fresh_id
from mls_chat.wire import bodies


def test_registering_again_is_fine_and_gives_a_token(door: Door) -> None:
    caller = Caller(door)
    caller.token = caller.register().token
    caller.token = caller.login().token
    assert caller.call("user_groups", bodies.Empty()).groups == []


def test_without_a_token_nobody_is_anybody(door: Door) -> None:
    caller = Caller(door)
    caller.token = None
    assert caller.refused("user_groups", bodies.Empty()) == (401, "unauthenticated")


def test_an_unknown_device_can_not_log_in(door: Door) -> None:
    caller = Caller(door)
    caller.device_id = fresh_id()
    body = bodies.AuthLogin(
        challenge_id=caller._prove("login")[0],
        user_id=caller.user_id,
        device_id=caller.device_id,
        device_signature=b"s" * 64,
    )
    assert caller.refused("auth_login", body) == (401, "device_unknown")
