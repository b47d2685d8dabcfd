"""Two people on one machine, each with an own state file, against a running stack: the whole story once."""

import tempfile
from pathlib import Path

from mls_chat.native.app import NativeClient, open_client
from mls_chat.native.errors import CommandFailed


def _step(text: str) -> None:
    print(text, flush=True)


async def run(url: str) -> None:
    """Raises CommandFailed unless each side has read what the other wrote."""
    with tempfile.TemporaryDirectory(prefix="mls-chat-demo-") as folder:
        states = (Path(folder) / name / "state.db" for name in ("alice", "bob"))
        async with open_client(next(states), url) as alice, open_client(next(states), url) as bob:
            await alice.introduce("Alice")
            await bob.introduce("Bob")
            _step("Alice and Bob have accounts")
            group_id = await _meet(alice, bob)
            await _talk(alice, bob, group_id, "Hello Bob, only you can read this.")
            await _talk(bob, alice, group_id, "Hello Alice, I can.")
    _step("Both read what the other wrote")


async def _meet(alice: NativeClient, bob: NativeClient) -> str:
    chat = await alice.create_group("Demo")
    _step(f"Alice made the group {chat.name!r}")
    link = await alice.invite(chat.group_id)
    _step("Alice made an invite link")
    view = await bob.open_link(link)
    if view.group_name != chat.name:
        raise CommandFailed(f"the link leads to {view.group_name!r}, not to {chat.name!r}")
    group_id = await bob.join()
    _step(f"Bob joined {view.group_name!r}")
    if group_id != chat.group_id:
        raise CommandFailed("Bob joined another group than Alice made")
    return group_id


async def _talk(sender: NativeClient, reader: NativeClient, group_id: str, text: str) -> None:
    await sender.send(group_id, text)
    line = await reader.receive(group_id, text)
    _step(f"{line.sender} wrote and was read: {line.text}")
