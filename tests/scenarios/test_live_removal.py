"""A removal on the real stack that one member misses, with the loss of its keys on top."""

import sqlite3
from pathlib import Path

import pytest

from mls_chat.events import RemovalRequested
from mls_chat.native.app import NativeClient
from people import Crowd, texts

pytestmark = pytest.mark.timeout(120)


def lose_keys(state: Path) -> None:
    """The MLS rows are gone, all else is there."""
    with sqlite3.connect(state) as connection:
        assert connection.execute("delete from rows where tbl = 'mls'").rowcount > 0
    connection.close()


def user_id(client: NativeClient, name: str) -> str:
    assert client.board.members is not None
    return next(member.user_id for member in client.board.members.members if member.name == name)


async def test_who_missed_it_and_lost_its_keys_comes_back_while_nobody_is_there(crowd: Crowd, tmp_path: Path) -> None:
    group_id, (ann, _, _) = await crowd.group("Missed", "Ann", "Ben", "Cem")
    await crowd.leave("Ben")
    await ann.member_count(group_id, 3)
    ann.post(RemovalRequested(group_id=group_id, user_id=user_id(ann, "Cem")))
    await ann.wait(
        "the removal", lambda board: any("removed Cem" in line.text for line in board.ordered_lines()) or None
    )
    await crowd.leave("Ann")
    await crowd.leave("Cem")
    lose_keys(tmp_path / "Ben" / "state.db")
    ben = await crowd.arrive("Ben")
    await ben.open_chat(group_id)
    await ben.send(group_id, "back by myself")
    ann = await crowd.arrive("Ann")
    assert await texts(ann, group_id, 1) == ["back by myself"]
    await ann.send(group_id, "welcome back")
    assert await texts(ben, group_id, 2) == ["back by myself", "welcome back"]
