"""Port `Screen`: keeps what is shown, for a program that waits until it looks as expected."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from mls_chat.view import (
    ChatSummary,
    ChatsView,
    ChatView,
    ConnectionView,
    EarlierView,
    InviteView,
    JoinView,
    LinesView,
    LineView,
    MembersView,
    NoticeView,
    SessionView,
    View,
)

T = TypeVar("T")
_views: Final[msgspec.json.Decoder[View]] = msgspec.json.Decoder(View)


class Board:
    """The newest view of each kind; `lines` are those of the opened chat, by id."""

    def __init__(self) -> None:
        self.session = SessionView(stage="new")
        self.connection = ConnectionView(status="connecting")
        self.chats: list[ChatSummary] = []
        self.chat: ChatView | None = None
        self.lines: dict[str, LineView] = {}
        self.invite: InviteView | None = None
        self.join: JoinView | None = None
        self.members: MembersView | None = None
        self.notices: list[NoticeView] = []
        self._changed = asyncio.Event()

    def show(self, view: bytes, tab: str | None = None) -> None:
        self._take(_views.decode(view))
        self._changed.set()

    async def wait(self, look: Callable[["Board"], T | None], seconds: float) -> T:
        """The first thing other than None that `look` sees. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while (seen := look(self)) is None:
                self._changed.clear()
                await self._changed.wait()
            return seen

    async def quiet(self, seconds: float) -> None:
        """Returns when nothing new was shown for so long."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                return

    def chat_is(self, group_id: str) -> bool:
        """Whether this chat is opened and its lines are here."""
        return self.chat is not None and self.chat.group_id == group_id

    def ordered_lines(self) -> list[LineView]:
        return sorted(self.lines.values(), key=lambda line: line.order)

    def _take(self, view: View) -> None:
        match view:
            case SessionView():
                self.session = view
            case ConnectionView():
                self.connection = view
            case ChatsView():
                self.chats = view.chats
            case ChatView():
                self.chat, self.lines = view, {line.id: line for line in view.lines}
            case LinesView() | EarlierView() if self.chat_is(view.group_id):
                self.lines |= {line.id: line for line in view.lines}
            case InviteView():
                self.invite = view
            case JoinView():
                self.join = view
            case MembersView():
                self.members = view
            case NoticeView():
                self.notices.append(view)
