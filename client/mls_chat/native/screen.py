"""Port `Screen`: keeps what is shown, for a program that waits until it looks as expected."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from mls_chat.records import OUTBOX_ORDER
from mls_chat.view import (
    AccountView,
    ChatSummary,
    ChatsView,
    ChatView,
    ConnectionView,
    EarlierView,
    HistoryView,
    InviteView,
    JoinView,
    LinesView,
    LineView,
    MembersView,
    NoticeView,
    SessionView,
    SignInView,
    View,
)

T = TypeVar("T")
_views: Final[msgspec.json.Decoder[View]] = msgspec.json.Decoder(View)


class Board:
    """The newest view of each kind; `lines` are those of the opened chat since it was opened, by id."""

    def __init__(self) -> None:
        self.session = SessionView(stage="new")
        self.connection = ConnectionView(status="connecting")
        self.chats: list[ChatSummary] = []
        self.chat: ChatView | None = None
        self.lines: dict[str, LineView] = {}
        self.ask_earlier: Callable[[str], None] = lambda group_id: None
        """Set by whoever can ask the engine: so much came at once that lines before the newest page are missing."""
        self._gap_after: int | None = None
        """The order of the line behind which they are missing."""
        self.invite: InviteView | None = None
        self.join: JoinView | None = None
        self.members: MembersView | None = None
        self.sign_in: SignInView | None = None
        self.account: AccountView | None = None
        self.history: HistoryView | None = None
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

    @property
    def gap(self) -> bool:
        """Whether lines in the middle are missing; they are on their way."""
        return self._gap_after is not None

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
                self._chat(view)
            case EarlierView() if self.chat_is(view.group_id):
                above = {line.id: line for line in view.lines}
                self.lines = above | self.lines | above
                self._fill(view)
            case LinesView() if self.chat_is(view.group_id):
                self.lines |= {line.id: line for line in view.lines}
            case InviteView():
                self.invite = view
            case JoinView():
                self.join = view
            case MembersView():
                self.members = view
            case SignInView():
                self.sign_in = view
            case AccountView():
                self.account = view
            case HistoryView():
                self.history = view
            case NoticeView():
                self.notices.append(view)

    def _chat(self, view: ChatView) -> None:
        """What was shown of the same chat and is older than this page stays."""
        if not self.chat_is(view.group_id):
            self.lines, self._gap_after = {}, None
        placed = _placed(view.lines)
        older = [line for line in self.ordered_lines() if placed and line.order < placed[0].order]
        known = {(line.id, line.order) for line in self.lines.values()}
        joined = not view.earlier or any((line.id, line.order) in known for line in placed)
        if older and not joined:
            self._gap_after = older[-1].order if self._gap_after is None else self._gap_after
            older = [line for line in older if line.order <= self._gap_after]
        self.chat, self.lines = view, {line.id: line for line in [*older, *view.lines]}
        self._fill(view)

    def _fill(self, view: ChatView | EarlierView) -> None:
        if self._gap_after is None:
            return
        if not view.earlier or any(line.order <= self._gap_after for line in view.lines):
            self._gap_after = None
        else:
            self.ask_earlier(view.group_id)


def _placed(lines: list[LineView]) -> list[LineView]:
    """Those that have a place in the log."""
    return sorted((line for line in lines if line.order < OUTBOX_ORDER), key=lambda line: line.order)
