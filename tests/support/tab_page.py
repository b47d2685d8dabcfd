"""The page of a tab in memory: asks again as the real one does (client/web/src/bridge), and keeps what it is shown."""

from collections.abc import Callable
from typing import Final

import msgspec

from mls_chat.browser.tab import FromPage, PageMessage, StoresCleared, TabView
from mls_chat.events import ChatOpened, LinkOpened, PageEvent, VisibilityChanged
from mls_chat.view import (
    AccountView,
    ChatsView,
    ChatView,
    ConnectionView,
    HandledView,
    JoinView,
    LinesView,
    LineView,
    NoticeView,
    SessionView,
    SignInView,
    StartedView,
    View,
)

_views: Final[msgspec.json.Decoder[View | TabView]] = msgspec.json.Decoder(View | TabView)
PLACES: Final = (VisibilityChanged, ChatOpened, LinkOpened)


class TabPage:
    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._standing: dict[type[PageEvent], PageEvent] = {}
        self._deeds: list[FromPage] = []
        self._serial = self._generation = 0
        self.live = False
        """An engine has asked for everything, so more may be sent."""
        self.states: list[str] = []
        self.status = ""
        self.session: SessionView | None = None
        self.chats: ChatsView | None = None
        self.join: JoinView | None = None
        self.lines: dict[str, LineView] = {}
        self.notices: list[str] = []
        self.error, self.lost = "", False
        self.stages: list[str] = []
        """Of the session, each time that it changed."""
        self.sign_in: SignInView | None = None
        self.account: AccountView | None = None
        self.clears = True
        """Removes what the page has stored, when it is told to."""
        self.done: list[PageMessage] = []
        """What the engine said is stored, in that order."""

    def ask(self, event: PageEvent) -> None:
        if isinstance(event, PLACES):
            self._standing[type(event)] = event
            message = FromPage(0, event, 0, self._settled)
        else:
            self._serial += 1
            message = FromPage(0, event, self._serial, 0)
            self._deeds.append(message)
        if self.live:
            self._send(message)

    def ask_worker(self, message: PageMessage) -> None:
        """What is for this tab's worker, whoever owns the account."""
        self._send(FromPage(0, message, 0, 0))

    @property
    def _settled(self) -> int:
        return self._deeds[0].serial - 1 if self._deeds else self._serial

    def _send(self, message: FromPage) -> None:
        current = FromPage(self._generation, message.event, message.serial, self._settled)
        self._say(msgspec.json.encode(current).decode())

    def receive(self, view: bytes) -> None:
        match shown := _views.decode(view):
            case StartedView():
                self.live = True
                for message in [*(FromPage(0, each, 0, 0) for each in self._standing.values()), *self._deeds]:
                    self._send(message)
            case HandledView(serial=serial):
                self.done += [each.event for each in self._deeds if each.serial == serial]
                self._deeds = [each for each in self._deeds if each.serial != serial]
            case TabView(state=state, error=error):
                self.live, self._generation = False, shown.generation
                self.states.append(state)
                self.error, self.lost = error, shown.lost
                if state == "erasing" and self.clears:
                    self.ask_worker(StoresCleared())
            case _:
                self._show(shown)

    def _show(self, shown: View | TabView) -> None:
        match shown:
            case SessionView(stage=stage):
                self.session = shown
                self.stages += [] if self.stages[-1:] == [stage] else [stage]
            case SignInView():
                self.sign_in = shown
            case AccountView():
                self.account = shown
            case ConnectionView(status=status):
                self.status = status
            case ChatsView():
                self.chats = shown
            case JoinView():
                self.join = shown
            case NoticeView(text=text):
                self.notices.append(text)
            case ChatView():
                self.lines = {line.id: line for line in shown.lines}
            case LinesView():
                self.lines |= {line.id: line for line in shown.lines}

    @property
    def texts(self) -> list[str]:
        """Of the opened chat, in the order in which they are seen."""
        lines = sorted(self.lines.values(), key=lambda line: line.order)
        return [line.text for line in lines if line.line == "text"]

    @property
    def undone(self) -> list[PageMessage]:
        return [each.event for each in self._deeds]
