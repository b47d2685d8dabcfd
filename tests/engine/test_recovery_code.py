"""The recovery code: what it is made of, how it is read, and what a server may ask for."""

import pytest

from mls_chat.recovery_code import (
    ALPHABET,
    CHARS,
    CodeCost,
    RecoveryCodeRefused,
    WeakParameters,
    check_cost,
    code_keys,
    locator_of,
    new_code,
    read_code,
)
from mls_chat.wire.bodies import CodeOpenReply
from mls_rs_python import Crypto

CRYPTO = Crypto()
CHEAP = CodeCost(memory_kib=8, iterations=1)
SALT = bytes(16)


def test_a_new_code_is_read_in_every_spelling() -> None:
    code = new_code(CRYPTO)
    plain = code.replace("-", "")
    assert (len(code.split("-")), len(plain)) == (6, CHARS)
    assert set(plain) <= set(ALPHABET)
    for entered in (code, plain, code.lower(), code.replace("-", " "), f"  {code}\n", plain.replace("0", "O")):
        assert read_code(entered) == plain
    assert read_code(plain.replace("1", "l")) == read_code(plain.replace("1", "i")) == plain
    assert len({new_code(CRYPTO) for _ in range(100)}) == 100


def test_one_wrong_character_is_found() -> None:
    plain = read_code(new_code(CRYPTO))
    found = 0
    for at in range(CHARS):
        for other in ALPHABET.replace(plain[at], ""):
            try:
                read_code(plain[:at] + other + plain[at + 1 :])
            except RecoveryCodeRefused:
                found += 1
    assert found / (CHARS * 31) > 0.99


@pytest.mark.parametrize("entered", ["", "0", "0" * 31, "U" * CHARS, "é" * CHARS, "0" * CHARS])
def test_what_is_no_code_is_refused(entered: str) -> None:
    with pytest.raises(RecoveryCodeRefused):
        read_code(entered)


def test_keys_follow_from_the_whole_code() -> None:
    code = read_code(new_code(CRYPTO))
    keys = code_keys(CRYPTO, code, SALT, CHEAP)
    assert keys == code_keys(CRYPTO, code, SALT, CHEAP)
    assert keys.access_key != keys.root_key
    assert locator_of(code) == code[:10].encode()
    for other in (
        code_keys(CRYPTO, code, b"another salt----", CHEAP),
        code_keys(CRYPTO, code, SALT, CodeCost(memory_kib=16, iterations=1)),
        code_keys(CRYPTO, code, SALT, CodeCost(memory_kib=8, iterations=2)),
        code_keys(CRYPTO, code[:10] + code[11:28] + "0" + code[28:], SALT, CHEAP),
    ):
        assert {other.access_key, other.root_key}.isdisjoint({keys.access_key, keys.root_key})


@pytest.mark.parametrize(
    ("memory_kib", "iterations", "salt"),
    [(8, 2, SALT), (19456, 1, SALT), (19456, 2, b""), (2**20, 2, SALT), (19456, 100, SALT), (0, 0, SALT)],
)
def test_a_server_that_asks_for_less_or_far_more_is_refused(memory_kib: int, iterations: int, salt: bytes) -> None:
    with pytest.raises(WeakParameters):
        check_cost(CodeOpenReply(salt, memory_kib, iterations), CodeCost())


def test_a_server_may_ask_for_more() -> None:
    assert check_cost(CodeOpenReply(SALT, 65536, 3), CodeCost()) == CodeCost(65536, 3)
