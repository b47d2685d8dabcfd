"""The terminal client and the browser are the same engine: they chat with each other."""

from pathlib import Path

import pytest

from browser import Newcomer
from mls_chat.native.app import open_client
from stack.supervisor import Stack

pytestmark = pytest.mark.timeout(240)


async def test_a_browser_and_a_terminal_chat(newcomer: Newcomer, stack: Stack, tmp_path: Path) -> None:
    alice = await newcomer("Alice")
    await alice.create_group("Mixed")
    link = await alice.make_link()
    async with open_client(tmp_path / "tom.db", stack.url) as tom:
        await tom.introduce("Tom")
        assert (await tom.open_link(link)).group_name == "Mixed"
        group_id = await tom.join()
        await tom.send(group_id, "Hello from a terminal")
        await alice.sees("Hello from a terminal")
        await alice.say("Hello from a page")
        line = await tom.receive(group_id, "Hello from a page")
        assert line.sender == "Alice"
