"""The composition root on CPython: a running engine with its ports, and the things that a person does with it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

from mls_chat.events import (
    ChatOpened,
    EarlierRequested,
    GroupRequested,
    InviteRequested,
    JoinRequested,
    LinkOpened,
    MembersOpened,
    NameEntered,
    PageEvent,
    TextEntered,
)
from mls_chat.native.channel import WebSocketChannel, delivery_url
from mls_chat.native.clock import LoopClock
from mls_chat.native.errors import CommandFailed
from mls_chat.native.functions import open_functions
from mls_chat.native.screen import Board
from mls_chat.native.storage import open_storage
from mls_chat.runner import Runner
from mls_chat.view import ChatSummary, JoinView, LineView

PUBLIC_KEY: Final = "sb_publishable_local"
PATIENCE_S: Final = 30.0

T = TypeVar("T")


class NativeClient:
    """One person's client. Its methods return when the thing is done and raise CommandFailed when it is not."""

    def __init__(self, runner: Runner, board: Board, origin: str) -> None:
        self.board, self.origin = board, origin
        self._runner = runner
        board.ask_earlier = lambda group_id: self.post(EarlierRequested(group_id=group_id))

    def post(self, event: PageEvent) -> None:
        self._runner.post(event)

    async def wait(self, what: str, look: Callable[[Board], T | None], seconds: float = PATIENCE_S) -> T:
        """The first thing other than None that `look` sees; `what` names it should it not come."""
        told = len(self.board.notices)

        def look_or_fail(board: Board) -> T | None:
            for notice in board.notices[told:]:
                if notice.level == "error":
                    raise CommandFailed(notice.text)
            return look(board)

        try:
            return await self.board.wait(look_or_fail, seconds)
        except TimeoutError as error:
            raise CommandFailed(f"{what}: nothing happened for {seconds:g} s (is {self.origin} running?)") from error

    async def introduce(self, name: str) -> None:
        """Makes the account on a first start; harmless later."""
        if self.board.session.stage == "new":
            self.post(NameEntered(name=name))
            await self.wait("making the account", lambda board: board.session.stage == "ready" or None)

    async def online(self) -> None:
        await self.wait("connecting", lambda board: board.connection.status == "connected" or None)

    async def create_group(self, name: str) -> ChatSummary:
        known = {chat.group_id for chat in self.board.chats}
        self.post(GroupRequested(name=name))
        return await self.wait(
            "creating the group",
            lambda board: next((c for c in board.chats if c.group_id not in known and c.state == "active"), None),
        )

    async def invite(self, group_id: str) -> str:
        """A link that lets one person join, while a member is online."""
        self.board.invite = None
        self.post(InviteRequested(group_id=group_id))
        view = await self.wait("making the link", lambda board: _ended(board.invite, "creating"))
        if view.stage == "failed":
            raise CommandFailed(view.error)
        return f"{self.origin}/#{view.fragment}"

    async def open_link(self, link: str) -> JoinView:
        """Shows what the link leads to."""
        self.board.join = None
        self.post(LinkOpened(fragment=urlsplit(link).fragment))
        return _or_fail(await self.wait("opening the link", lambda board: _ended(board.join, "none", "loading")))

    async def join(self, seconds: float = PATIENCE_S) -> str:
        """Joins by the opened link; returns the group's id. A member must be online to let us in."""
        self.board.join = None
        self.post(JoinRequested())
        still = ("none", "loading", "ready", "joining", "waiting")
        view = await self.wait("waiting for a member who lets us in", lambda board: _ended(board.join, *still), seconds)
        return _or_fail(view).group_id

    async def open_chat(self, group_id: str) -> None:
        self.post(ChatOpened(group_id=group_id))
        await self.wait("opening the chat", lambda board: board.chat_is(group_id) or None)

    async def send(self, group_id: str, text: str) -> LineView:
        """Returns the line once the server has stored the message."""
        await self.open_chat(group_id)
        known = set(self.board.lines)
        self.post(TextEntered(group_id=group_id, text=text))

        def settled(board: Board) -> LineView | None:
            mine = (line for line in board.ordered_lines() if line.own and line.id not in known and line.text == text)
            return next((line for line in mine if line.state != "sending"), None)

        line = await self.wait("sending", settled)
        if line.state == "failed":
            raise CommandFailed(line.error)
        return line

    async def receive(self, group_id: str, text: str, seconds: float = PATIENCE_S) -> LineView:
        """Waits for a message of somebody else with exactly this text."""
        await self.open_chat(group_id)
        return await self.wait(
            f"waiting for {text!r}",
            lambda board: next((x for x in board.ordered_lines() if x.text == text and not x.own), None),
            seconds,
        )

    async def member_count(self, group_id: str, at_least: int = 1, seconds: float = PATIENCE_S) -> int:
        """Devices in the group, once there are so many."""
        self.board.members = None
        self.post(MembersOpened(group_id=group_id))

        def enough(board: Board) -> int | None:
            if board.members is None or board.members.group_id != group_id:
                return None
            count = sum(member.devices for member in board.members.members)
            return count if count >= at_least else None

        return await self.wait("reading the members", enough, seconds)


def _ended(view: T | None, *stages: str) -> T | None:
    """The view unless it is still in one of these stages."""
    return None if view is None or getattr(view, "stage") in stages else view  # noqa: B009


def _or_fail(view: JoinView) -> JoinView:
    if view.stage == "failed":
        raise CommandFailed(view.error)
    return view


def origin_of(url: str) -> str:
    """Scheme, host and port. Raises CommandFailed for what is no web address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise CommandFailed(f"{url!r} is no address: give one like http://127.0.0.1:8000")
    return f"{parts.scheme}://{parts.netloc}"


@asynccontextmanager
async def open_client(state: Path, url: str) -> AsyncIterator[NativeClient]:
    """A started client on a state file. Raises StateError when the file cannot be used."""
    origin = origin_of(url)
    async with AsyncExitStack() as open_things:
        storage = open_storage(state)
        open_things.callback(storage.close)
        functions = await open_functions(origin, PUBLIC_KEY)
        open_things.push_async_callback(functions.close)
        channel = WebSocketChannel(delivery_url(origin))
        open_things.push_async_callback(channel.close)
        board = Board()
        runner = Runner(storage, functions, channel, LoopClock(), board, origin=origin)
        open_things.push_async_callback(runner.stop)
        await runner.start()
        await runner.settled()
        yield NativeClient(runner, board, origin)
