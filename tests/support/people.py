"""Native clients as people: arrive with a state file each, leave, come back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest_asyncio

from mls_chat.native.app import NativeClient, open_client
from stack.supervisor import Stack


class Crowd:
    """Everybody of one test; `arrive` opens (or reopens) a person's client."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._open: dict[str, AsyncExitStack] = {}

    async def arrive(self, name: str) -> NativeClient:
        client = await self.arrive_unknown(name)
        await client.introduce(name)
        await client.online()
        return client

    async def arrive_unknown(self, name: str) -> NativeClient:
        """A client whose account is made, or signed in to, by the caller."""
        self._open[name] = opened = AsyncExitStack()
        return await opened.enter_async_context(open_client(self._folder / name / "state.db", self._url))

    async def leave(self, name: str) -> None:
        await self._open.pop(name).aclose()

    async def leave_all(self) -> None:
        for name in list(self._open):
            await self.leave(name)

    async def group(self, group: str, *names: str) -> tuple[str, list[NativeClient]]:
        """A group that the first one makes and the others join, one after the other."""
        people = [await self.arrive(name) for name in names]
        chat = await people[0].create_group(group)
        for newcomer in people[1:]:
            await newcomer.open_link(await people[0].invite(chat.group_id))
            await newcomer.join()
        await asyncio.gather(*(person.open_chat(chat.group_id) for person in people))
        return chat.group_id, people


async def texts(client: NativeClient, group_id: str, count: int) -> list[str]:
    """The texts of the opened chat in order, once there are so many and all of them are stored."""

    def settled(_board: object) -> list[str] | None:
        lines = [line for line in client.board.ordered_lines() if line.line == "text"]
        done = len(lines) >= count and all(line.state != "sending" for line in lines)
        return [line.text for line in lines] if done else None

    if not client.board.chat_is(group_id):
        await client.open_chat(group_id)
    return await client.wait(f"{count} messages", settled)


@pytest_asyncio.fixture
async def crowd(stack: Stack, tmp_path: Path) -> AsyncIterator[Crowd]:
    everybody = Crowd(tmp_path, stack.url)
    yield everybody
    await everybody.leave_all()
