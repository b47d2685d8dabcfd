"""The log of an account's devices: what continues it, and who may read it."""

from typing import Any

import pytest

from contract_account import CRYPTO, Account
from contract_doors import Caller, Door, sibling
from contract_group import commit, grown_group
from mls_chat.account_log import START, check_log
from mls_chat.wire import bodies
from mls_chat.wire.limits import MAX_DEVICES


def log(reader: Caller, account: Account, since: int = 0) -> bodies.DeviceLogGetReply:
    reply: bodies.DeviceLogGetReply = reader.call(
        "device_log_get", bodies.DeviceLogGet(user_id=account.user_id, since=since)
    )
    return reply


def test_it_begins_with_the_first_device(door: Door) -> None:
    caller = Caller(door)
    reply = log(caller, caller.account)
    assert (reply.account_public_key, reply.head) == (caller.account.public_key, 1)
    assert reply.entries == caller.account.log
    assert (reply.entries[0].device_id, reply.entries[0].previous) == (caller.device_id, START)


def test_it_goes_on_with_whatever_becomes_of_devices(door: Door) -> None:
    first = Caller(door)
    account = first.account
    second, third = sibling(first), Caller(door, account, unknown=True)
    second.add(third)
    first.revoke(second)
    reply = log(first, account)
    assert reply.entries == account.log
    assert [entry.change for entry in reply.entries] == ["add", "add", "add", "revoke"]
    check_log(CRYPTO, account.user_id, account.public_key, START, 0, reply.entries)


def test_only_what_is_new_is_read(door: Door) -> None:
    first = Caller(door)
    for _ in range(2):
        sibling(first)
    for since in range(5):
        reply = log(first, first.account, since)
        assert (reply.entries, reply.head) == (first.account.log[since:], 3)


def test_the_same_registration_again_adds_nothing(door: Door) -> None:
    first = Caller(door)
    sibling(first)
    first.register()
    assert log(first, first.account).entries == first.account.log
    first.call("auth_register", first.registration())  # with a new entry
    assert log(first, first.account).entries == first.account.log


async def test_a_device_from_before_there_was_a_log_enters_it(door: Door) -> None:
    caller = Caller(door)
    await door.forget_log(caller.user_id)
    caller.account.log.clear()
    assert log(caller, caller.account).entries == []
    caller.register()
    assert log(caller, caller.account).entries == caller.account.log


@pytest.mark.parametrize(
    "changes",
    [
        {"number": 1},
        {"number": 3},
        {"number": 1, "previous": START},
        {"previous": START},
        {"previous": bytes(31) + b"x"},
    ],
    ids=["old number", "number too high", "another beginning", "previous of the beginning", "other previous"],
)
@pytest.mark.parametrize("way", ["auth_register", "device_add", "device_revoke"])
def test_what_does_not_continue_it(door: Door, way: str, changes: dict[str, Any]) -> None:
    first = Caller(door)
    new = Caller(door, first.account, unknown=True)
    body: Any
    if way == "auth_register":
        body = new.registration(new.entry("add", **changes))
    elif way == "device_add":
        body = new.addition(entry=new.entry("add", **changes))
    else:
        body = bodies.DeviceRevoke(entry=first.entry("revoke", **changes))
    assert first.refusal(way, body) == (409, "log_conflict", {"number": 1})
    assert log(first, first.account).entries == first.account.log
    assert [each.device_id for each in first.call("device_list", bodies.Empty()).devices] == [first.device_id]


def test_of_two_entries_at_once_one_counts(door: Door) -> None:
    first = Caller(door)
    one, two = (Caller(door, first.account, unknown=True) for _ in range(2))
    late = two.addition()
    first.add(one)
    assert first.refusal("device_add", late) == (409, "log_conflict", {"number": 2})
    first.add(two)
    assert log(first, first.account).entries == first.account.log


@pytest.mark.parametrize("way", ["auth_register", "device_add", "device_revoke"])
def test_an_entry_that_the_account_has_not_signed(door: Door, way: str) -> None:
    first = Caller(door)
    new = Caller(door, first.account, unknown=True)
    forger = Account()
    signed_by_another = forger.entry("add", new.device_id, new.public_key, previous=new.entry("add").previous, number=2)
    for entry in (signed_by_another, new.entry("add", signature=bytes(64))):
        body: Any = new.registration(entry) if way == "auth_register" else new.addition(entry=entry)
        if way == "device_revoke":
            body = bodies.DeviceRevoke(entry=first.entry("revoke", signature=entry.signature))
        assert first.refused(way, body) == (401, "signature_invalid")
    assert log(first, first.account).entries == first.account.log


def test_an_entry_of_another_shape(door: Door) -> None:
    first = Caller(door)
    new, other = (Caller(door, first.account, unknown=True) for _ in range(2))
    account = first.account
    for entry in (
        new.entry("revoke"),
        new.entry("add", number=0),
        new.entry("add", previous=b""),
        new.entry("add", previous=bytes(33)),
        new.entry("add", signature=bytes(63)),
    ):
        assert first.refused("auth_register", new.registration(entry)) == (400, "bad_request")
        assert first.refused("device_add", new.addition(entry=entry)) == (400, "bad_request")
    for entry in (
        account.entry("add", other.device_id, new.public_key),
        account.entry("add", new.device_id, other.public_key),
    ):
        assert first.refused("auth_register", new.registration(entry)) == (400, "bad_request")
    assert first.refused("device_revoke", bodies.DeviceRevoke(entry=first.entry("add"))) == (400, "bad_request")
    assert log(first, account).entries == account.log


def test_who_shares_a_group_may_read_it(door: Door) -> None:
    bob, gone = Caller(door), Caller(door)
    owner, group_id = grown_group(door, bob, gone)
    assert log(owner, bob.account).entries == bob.account.log
    assert log(bob, owner.account).account_public_key == owner.account.public_key
    owner.call("send_commit", commit(group_id, 1, removed=[gone.device_id]))
    for reader, read in ((gone, bob), (bob, gone)):
        body = bodies.DeviceLogGet(user_id=read.user_id)
        assert reader.refused("device_log_get", body) == (404, "account_unknown")
    assert log(gone, gone.account).entries == gone.account.log


def test_so_may_a_device_of_that_account_that_is_not_in_the_group_yet(door: Door) -> None:
    bob = Caller(door)
    owner, _ = grown_group(door, bob)
    assert log(sibling(bob), owner.account).entries == owner.account.log


def test_strangers_may_not(door: Door) -> None:
    caller, stranger = Caller(door), Caller(door)
    for user_id in (stranger.user_id, Account().user_id):
        assert caller.refused("device_log_get", bodies.DeviceLogGet(user_id=user_id)) == (404, "account_unknown")


def test_so_many_devices_and_no_more(door: Door) -> None:
    first = Caller(door)
    others = [Caller(door, first.account, unknown=True) for _ in range(MAX_DEVICES)]
    for other in others[:-1]:
        first.add(other)
    assert first.refused("device_add", others[-1].addition()) == (409, "too_many_devices")
    assert first.refused("auth_register", others[-1].registration()) == (409, "too_many_devices")
    first.call("device_add", others[0].addition(entry=first.account.log[1]))  # it is there
    first.revoke(others[0])
    others[-1].token = others[-1].register().token
    assert others[-1].call("user_groups", bodies.Empty()).groups == []
