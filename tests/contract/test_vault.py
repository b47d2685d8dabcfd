"""The sealed vault, which the account signs, and the recovery code by which it is found and opened."""

import hashlib
from typing import Any

import pytest

from contract_account import CRYPTO, Account
from contract_doors import Caller, Door, sibling
from mls_chat.wire import bodies
from mls_chat.wire.limits import CODE_LOCKED_SECONDS, MAX_CODE_TRIES, MAX_SEALED_ROOT_BYTES, MAX_VAULT_BYTES


class RecoveryCode:
    """As its owner has it."""

    def __init__(self) -> None:
        self.locator, self.access_key, self.salt = (CRYPTO.random_bytes(size) for size in (16, 32, 16))

    def unlock(self, **changes: Any) -> bodies.CodeUnlock:
        fields: dict[str, Any] = {
            "locator_hash": hashlib.sha256(self.locator).digest(),
            "access_hash": hashlib.sha256(self.access_key).digest(),
            "salt": self.salt,
            "memory_kib": 65536,
            "iterations": 3,
            "sealed_root": b"sealed root",
        }
        return bodies.CodeUnlock(**fields | changes)

    @property
    def trial(self) -> bodies.CodeUnlockTry:
        return bodies.CodeUnlockTry(locator=self.locator, access_key=self.access_key)

    @property
    def wrong(self) -> bodies.CodeUnlockTry:
        return bodies.CodeUnlockTry(locator=self.locator, access_key=bytes(32))


def with_code(door: Door) -> tuple[Caller, RecoveryCode]:
    """An account with a vault of generation 1, and its code."""
    caller, code = Caller(door), RecoveryCode()
    caller.call("vault_put", caller.account.vault(1, code.unlock()))
    return caller, code


def generation(caller: Caller) -> int:
    found: int = caller.call("device_list", bodies.Empty()).vault_generation
    return found


def opened(caller: Caller, code: RecoveryCode) -> bodies.VaultReply:
    reply: bodies.VaultReply = caller.call("code_unlock", code.trial)
    return reply


def test_who_has_the_code_opens_the_vault(door: Door) -> None:
    caller, code = with_code(door)
    sibling(caller)
    nobody = Caller(door, unknown=True)
    found = nobody.call("code_open", bodies.CodeOpen(locator=code.locator))
    assert found == bodies.CodeOpenReply(salt=code.salt, memory_kib=65536, iterations=3)
    assert opened(nobody, code) == bodies.VaultReply(
        user_id=caller.user_id,
        account_public_key=caller.account.public_key,
        generation=1,
        sealed_vault=b"vault 1",
        sealed_root=b"sealed root",
        entries=caller.account.log,
    )


def test_devices_are_told_of_vault_and_code(door: Door) -> None:
    caller, _ = with_code(door)
    reply = sibling(caller).call("device_list", bodies.Empty())
    assert (reply.vault_generation, reply.code_made_at > 0) == (1, True)


def test_a_new_vault_keeps_the_code(door: Door) -> None:
    caller, code = with_code(door)
    sibling(caller).call("vault_put", caller.account.vault(2))
    assert generation(caller) == 2
    reply = opened(caller, code)
    assert (reply.generation, reply.sealed_vault, reply.sealed_root) == (2, b"vault 2", b"sealed root")


def test_a_new_code_replaces_the_former(door: Door) -> None:
    caller, code = with_code(door)
    newer = RecoveryCode()
    caller.call("vault_put", caller.account.vault(2, newer.unlock(sealed_root=b"newer root")))
    assert caller.refused("code_open", bodies.CodeOpen(locator=code.locator)) == (404, "code_unknown")
    assert caller.refused("code_unlock", code.trial) == (404, "code_unknown")
    assert opened(caller, newer).sealed_root == b"newer root"


def test_the_very_same_put_again_is_fine(door: Door) -> None:
    caller, code = with_code(door)
    caller.call("vault_put", caller.account.vault(1, code.unlock()))
    second = caller.account.vault(2)
    for _ in range(2):
        caller.call("vault_put", second)
    assert generation(caller) == 2


def test_what_is_not_the_next_generation(door: Door) -> None:
    caller = Caller(door)
    account = caller.account
    assert caller.refusal("vault_put", account.vault(2)) == (409, "vault_conflict", {"generation": 0})
    for number in (1, 2):
        caller.call("vault_put", account.vault(number))
    conflict = (409, "vault_conflict", {"generation": 2})
    for body in (account.vault(1), account.vault(4), account.vault(2, sealed_vault=b"of another device")):
        assert caller.refusal("vault_put", body) == conflict
    assert caller.refusal("vault_put", account.vault(2, RecoveryCode().unlock())) == conflict
    assert generation(caller) == 2


def test_only_the_account_itself_changes_it(door: Door) -> None:
    caller, _ = with_code(door)
    account = caller.account
    other = Account().vault(2)
    moved = account.vault(3)
    swapped = account.vault(2, RecoveryCode().unlock())
    for body in (
        other,
        account.vault(2, signature=bytes(64)),
        account.vault(2, signature=moved.signature),
        bodies.VaultPut(generation=2, sealed_vault=b"vault 2", signature=swapped.signature),
        account.vault(2, RecoveryCode().unlock(), signature=swapped.signature),
    ):
        assert caller.refused("vault_put", body) == (401, "signature_invalid")
    assert generation(caller) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"sealed_vault": b""},
        {"sealed_vault": bytes(MAX_VAULT_BYTES + 1)},
        {"signature": bytes(63)},
    ],
    ids=["empty", "too large", "no signature"],
)
def test_sizes_of_a_vault(door: Door, changes: dict[str, Any]) -> None:
    caller = Caller(door)
    assert caller.refused("vault_put", caller.account.vault(1, **changes)) == (400, "bad_request")
    caller.call("vault_put", caller.account.vault(1, sealed_vault=bytes(MAX_VAULT_BYTES)))


@pytest.mark.parametrize(
    "changes",
    [
        {"locator_hash": bytes(31)},
        {"access_hash": bytes(33)},
        {"sealed_root": b""},
        {"sealed_root": bytes(MAX_SEALED_ROOT_BYTES + 1)},
        {"salt": b""},
        {"memory_kib": 0},
        {"iterations": 0},
    ],
    ids=["locator", "access key", "empty root", "large root", "salt", "memory", "iterations"],
)
def test_sizes_of_a_code(door: Door, changes: dict[str, Any]) -> None:
    caller, code = Caller(door), RecoveryCode()
    body = caller.account.vault(1, code.unlock(**changes))
    assert caller.refused("vault_put", body) == (400, "bad_request")
    caller.call("vault_put", caller.account.vault(1, code.unlock(sealed_root=bytes(MAX_SEALED_ROOT_BYTES))))
    assert len(opened(caller, code).sealed_root) == MAX_SEALED_ROOT_BYTES


def test_codes_that_nobody_has(door: Door) -> None:
    caller, _ = with_code(door)
    code = RecoveryCode()
    assert caller.refused("code_open", bodies.CodeOpen(locator=code.locator)) == (404, "code_unknown")
    assert caller.refused("code_unlock", code.trial) == (404, "code_unknown")


def test_wrong_ones_are_counted_until_a_right_one(door: Door) -> None:
    caller, code = with_code(door)
    for _ in range(2):
        for left in range(MAX_CODE_TRIES - 1, 0, -1):
            assert caller.refusal("code_unlock", code.wrong) == (403, "code_wrong", {"left": left})
        assert opened(caller, code).generation == 1


async def test_after_too_many_nobody_opens_it_for_a_while(door: Door) -> None:
    caller, code = with_code(door)
    other, others = with_code(door)
    for left in range(MAX_CODE_TRIES - 1, -1, -1):
        assert caller.refusal("code_unlock", code.wrong) == (403, "code_wrong", {"left": left})
    for body in (code.wrong, code.trial):
        status, reason, details = caller.refusal("code_unlock", body)
        assert (status, reason) == (429, "code_locked")
        assert CODE_LOCKED_SECONDS - 60 <= int(details["seconds"]) <= CODE_LOCKED_SECONDS
    assert caller.call("code_open", bodies.CodeOpen(locator=code.locator)).salt == code.salt
    assert opened(other, others).generation == 1
    await door.later(CODE_LOCKED_SECONDS - 60)
    assert caller.refused("code_unlock", code.trial) == (429, "code_locked")
    await door.later(60)
    assert opened(caller, code).generation == 1
    assert caller.refusal("code_unlock", code.wrong)[2] == {"left": MAX_CODE_TRIES - 1}


async def test_each_wrong_one_locks_it_again_until_a_right_one(door: Door) -> None:
    caller, code = with_code(door)
    for _ in range(MAX_CODE_TRIES):
        caller.refused("code_unlock", code.wrong)
    await door.later(CODE_LOCKED_SECONDS)
    assert caller.refusal("code_unlock", code.wrong) == (403, "code_wrong", {"left": 0})
    assert caller.refused("code_unlock", code.trial) == (429, "code_locked")


def test_a_new_code_is_not_locked(door: Door) -> None:
    caller, code = with_code(door)
    for _ in range(MAX_CODE_TRIES):
        caller.refused("code_unlock", code.wrong)
    caller.call("vault_put", caller.account.vault(2))
    assert caller.refused("code_unlock", code.trial) == (429, "code_locked")
    caller.call("vault_put", caller.account.vault(3, code.unlock()))
    assert opened(caller, code).generation == 3


def test_a_vault_without_a_code_is_found_by_nobody(door: Door) -> None:
    caller = Caller(door)
    caller.call("vault_put", caller.account.vault(1))
    assert caller.call("device_list", bodies.Empty()).code_made_at == 0
