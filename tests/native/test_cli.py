"""The terminal client as people run it: a program of its own against a real stack."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(120)
Start = Callable[..., "subprocess.Popen[str]"]
SOON = 60


@pytest.fixture
def cli(stack: Stack, tmp_path: Path) -> Start:
    """Starts `mls-chat` for a person with an own state file."""

    def start(person: str, *words: str) -> "subprocess.Popen[str]":
        state = ["--name", person, "--state", str(tmp_path / person / "state.db")]
        return subprocess.Popen(
            [sys.executable, "-m", "mls_chat.native.main", *state, *words],
            env={**os.environ, "MLS_CHAT_URL": stack.url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def done(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=SOON)
    assert process.returncode == 0, err
    return out


def failed(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=SOON)
    assert (process.returncode, out) == (1, "")
    assert len(err.splitlines()) == 1
    return err


def test_the_demo_lets_two_people_meet_and_chat(cli: Start) -> None:
    story = done(cli("nobody", "demo"))
    assert "Alice wrote and was read: Hello Bob" in story
    assert "Bob wrote and was read: Hello Alice" in story
    assert story.endswith("Both read what the other wrote\n")


def test_two_people_meet_by_commands(cli: Start, stack: Stack) -> None:
    assert "Tea" in done(cli("Ann", "create-group", "Tea"))
    inviting = cli("Ann", "invite", "Tea", "--wait")
    assert inviting.stdout is not None
    link = inviting.stdout.readline().strip()
    assert link.startswith(f"{stack.url}/#join=")
    assert done(cli("Ben", "join", link)).startswith("joining Tea\n")
    assert done(inviting) == "joined\n"
    assert done(cli("Ben", "send", "Tea", "Any cake?")) == "sent\n"
    assert "Ben: Any cake?" in done(cli("Ann", "recv", "Tea"))
    assert "active" in done(cli("Ben", "groups"))


def test_recv_follows_what_comes(cli: Start) -> None:
    done(cli("Ann", "create-group", "Live"))
    following = cli("Ann", "recv", "Live", "--follow")
    assert following.stdout is not None
    assert "Ann created the group" in following.stdout.readline()
    following.terminate()
    following.communicate(timeout=SOON)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("send", "Nowhere", "x"), "there is no group 'Nowhere'"),
        (("join", "http://127.0.0.1:1/#join=abc"), "not a working invite link"),
        (("--url", "no-address", "groups"), "is no address"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(cli: Start, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in failed(cli("Ann", *words))


def test_a_state_in_use_is_named(cli: Start) -> None:
    done(cli("Ann", "create-group", "Busy"))
    holding = cli("Ann", "recv", "Busy", "--follow")
    assert holding.stdout is not None
    holding.stdout.readline()
    assert "in use by another mls-chat" in failed(cli("Ann", "groups"))
    holding.terminate()
    holding.communicate(timeout=SOON)
