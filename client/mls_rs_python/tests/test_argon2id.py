"""Argon2id, against vectors of its reference implementation and at its bounds."""

import subprocess
import sys
import threading
from typing import Final, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mls_rs_python import Crypto, UsageError

SALT: Final = b"somesalt"


class Cost(TypedDict, total=False):
    memory_kib: int
    iterations: int
    lanes: int
    length: int


def derive(
    password: bytes = b"password",
    salt: bytes = SALT,
    *,
    memory_kib: int = 8,
    iterations: int = 1,
    lanes: int = 1,
    length: int = 32,
) -> bytes:
    """As cheap as it gets, apart from what is given."""
    return Crypto.argon2id(password, salt, memory_kib=memory_kib, iterations=iterations, lanes=lanes, length=length)


@pytest.mark.parametrize(
    ("iterations", "memory", "lanes", "password", "salt", "key"),
    [
        (2, 16, 1, b"password", SALT, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
        (2, 18, 1, b"password", SALT, "78fe1ec91fb3aa5657d72e710854e4c3d9b9198c742f9616c2f085bed95b2e8c"),
        (2, 8, 1, b"password", SALT, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
        (2, 8, 2, b"password", SALT, "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"),
        (1, 16, 1, b"password", SALT, "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"),
        (4, 16, 1, b"password", SALT, "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"),
        (2, 16, 1, b"differentpassword", SALT, "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"),
        (2, 16, 1, b"password", b"diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"),
    ],
)
def test_vectors_of_the_reference_implementation(
    iterations: int, memory: int, lanes: int, password: bytes, salt: bytes, key: str
) -> None:
    assert derive(password, salt, memory_kib=1 << memory, iterations=iterations, lanes=lanes).hex() == key


def test_other_lengths_and_lanes() -> None:
    """Keys that the reference implementation gave."""
    longest = derive(b"", bytes(range(64)), memory_kib=33, iterations=3, lanes=4, length=64).hex()
    assert longest[:64] == "af85a035193a8a2d0c49c7dd05efc44520e24088cc505e0c584dcd05965bfcdc"
    assert longest[64:] == "53b886c7276a9008eb4164fe14fe23d0b91bf6ae005635738f6c6030abf483c8"
    slowest = derive(b"p", b"0123456789abcdef", memory_kib=47, iterations=16, lanes=3, length=63).hex()
    assert slowest[:64] == "7aa183090704bbc981e68b44f09af77f72dd86eb8214c76a18bf758ab108a450"
    assert slowest[64:] == "6979cf5be86a410ac863704b2462b2f72952a87706ca5542ce29d6f297b3d2"
    assert derive(bytes(1000), b"12345678", length=16).hex() == "16cec8464a182ee86a5f9cb4118d8a1a"


def test_everything_counts() -> None:
    keys = [
        derive(),
        derive(b"Password"),
        derive(salt=b"otherone"),
        derive(memory_kib=16),
        derive(iterations=2),
        derive(memory_kib=16, lanes=2),
        derive(length=33)[:32],
    ]
    assert derive() == keys[0]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize(
    "cost",
    [
        Cost(memory_kib=7),
        Cost(memory_kib=262_145),
        Cost(memory_kib=15, lanes=2),
        Cost(memory_kib=31, lanes=4),
        Cost(iterations=0),
        Cost(iterations=17),
        Cost(memory_kib=64, lanes=0),
        Cost(memory_kib=64, lanes=5),
        Cost(length=15),
        Cost(length=65),
        Cost(memory_kib=-8),
        Cost(memory_kib=2**32 + 8),
        Cost(iterations=2**80),
        Cost(lanes=-(2**80)),
    ],
)
def test_costs_out_of_bounds(cost: Cost) -> None:
    with pytest.raises(UsageError):
        derive(**cost)


def test_inputs_out_of_bounds() -> None:
    assert derive(b"") != derive(bytes(1 << 16))
    assert derive(salt=bytes(8)) != derive(salt=bytes(64))
    for salt in (b"", bytes(7), bytes(65)):
        with pytest.raises(UsageError):
            derive(salt=salt)
    with pytest.raises(UsageError):
        derive(bytes((1 << 16) + 1))


def test_text_and_fractions_are_refused() -> None:
    with pytest.raises(TypeError):
        derive("password")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        derive(iterations=1.5)  # type: ignore[arg-type]


@given(
    password=st.binary(max_size=80),
    salt=st.binary(max_size=80),
    memory_kib=st.integers(-1, 40) | st.integers(),
    iterations=st.integers(-1, 18) | st.integers(),
    lanes=st.integers(-1, 6) | st.integers(),
    length=st.integers(10, 70) | st.integers(),
)
def test_noise(password: bytes, salt: bytes, memory_kib: int, iterations: int, lanes: int, length: int) -> None:
    fits = 8 <= len(salt) <= 64 and 1 <= iterations <= 16 and 1 <= lanes <= 4 and 16 <= length <= 64
    cost = Cost(memory_kib=memory_kib, iterations=iterations, lanes=lanes, length=length)
    if fits and 8 * lanes <= memory_kib <= 262_144:
        assert len(derive(password, salt, **cost)) == length
    else:
        with pytest.raises(UsageError):
            derive(password, salt, **cost)


WITHOUT_ROOM: Final = """
import resource
from mls_rs_python import Crypto, CryptoError
limit = 1 << 28
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
cost = {"iterations": 1, "lanes": 1, "length": 32}
try:
    Crypto.argon2id(b"password", b"somesalt", memory_kib=limit >> 10, **cost)
except CryptoError as error:
    print(error.detail)
Crypto.argon2id(b"password", b"somesalt", memory_kib=8, **cost)
"""


@pytest.mark.skipif(sys.platform == "emscripten", reason="the memory of Pyodide cannot be limited")
def test_no_room() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT_ROOM], check=True, capture_output=True, text=True)
    assert done.stdout == "no room for 262144 KiB of working memory\n"


@pytest.mark.skipif(sys.platform == "emscripten", reason="Pyodide has no threads")
def test_other_threads_run_meanwhile() -> None:
    asked, answered = threading.Event(), threading.Event()

    def answer() -> None:
        asked.wait()
        answered.set()

    thread = threading.Thread(target=answer)
    interval = sys.getswitchinterval()
    thread.start()
    sys.setswitchinterval(3600)  # from here on a thread gets its turn only where this one gives way
    try:
        asked.set()
        derive(memory_kib=1 << 16)
        in_time = answered.is_set()
    finally:
        sys.setswitchinterval(interval)
        thread.join()
    assert in_time
