"""The engine of an account that is locked: it knows nothing but how to unlock it, or to erase it."""

from collections.abc import Callable
from typing import Final

from mls_chat import events
from mls_chat.calls import Calls
from mls_chat.context import Context
from mls_chat.effects import EraseStorage, Step, UnlockStorage
from mls_chat.journal import Journal
from mls_chat.ports import Locked
from mls_chat.recovery_code import CodeCost
from mls_chat.row_key import open_row_key, short_id_of
from mls_chat.sealing import SealBroken
from mls_chat.unlocks import Opened, Unlocks
from mls_chat.vault import Way
from mls_chat.view import ConnectionView, HandledView, SessionView, SignInView, StartedView

OTHER_ACCOUNT: Final = "That opens another account than the one that is locked here."
UNREACHABLE: Final = "The server can't be reached, and unlocking needs it. Trying again…"
BROKEN: Final = (
    "Your account was opened, but what is stored here can't be: its key was damaged. Erase everything here, then sign "
    "in again."
)


class LockedEngine:
    """As engine.Engine. Nothing is stored by it, and it opens no channel."""

    def __init__(
        self,
        locked: Locked,
        origin: str,
        random_bytes: Callable[[int], bytes] | None = None,
        code_cost: CodeCost | None = None,
    ) -> None:
        self._locked = locked
        self._context = Context(Journal([]), origin, random_bytes, code_cost)
        self._calls = Calls(self._context)
        self._unlocks = Unlocks(self._context, self._calls)
        self._tab: str | None = None
        """Where it is being unlocked."""

    def handle(self, event: events.Event, now: int) -> Step:
        self._context.now, self._context.tab = now, None
        match event:
            case events.FromTab(tab=tab, event=asked, serial=serial):
                self._context.tab = tab
                self._asked(asked)
                if serial:
                    self._context.show(HandledView(serial=serial), tab)
            case events.Started():
                self._context.show(self._view)
            case events.TabOpened(tab=tab):
                for view in (StartedView(), self._view, ConnectionView(status="offline")):
                    self._context.show(view, tab)
            case events.FunctionReturned():
                self._calls.returned(event)
            case events.FunctionRefused():
                self._calls.refused(event)
            case events.FunctionUnreachable():
                self._calls.unreachable(event)
                self._context.show(SignInView(stage="working", step=UNREACHABLE), self._tab)
            case events.TimerFired(name=name) if name.startswith("call:"):
                self._calls.retry_now(name.removeprefix("call:"))
            case _ if isinstance(event, events.PageEvent):
                self._asked(event)
        return self._context.take_step()

    @property
    def _view(self) -> SessionView:
        return SessionView(stage="locked", user_id=self._locked.short_id)

    def _asked(self, event: events.PageEvent) -> None:
        match event:
            case events.UnlockRequested(way=way, code=code):
                self._unlock(way, code)
            case events.PasskeyAnswered():
                self._unlocks.answered(event)
            case events.PasskeyFailed():
                self._unlocks.passkey_failed(event)
            case events.NetworkChanged(online=True) | events.Woken():
                self._calls.retry_all()
            case events.EraseRequested():
                self._context.show(SessionView(stage="erasing"))
                self._context.emit(EraseStorage())

    def _unlock(self, way: Way, code: str) -> None:
        tab = self._tab = self._context.tab

        def failed(sentence: str) -> None:
            self._context.show(SignInView(stage="failed", error=sentence), tab)

        def done(opened: Opened) -> None:
            if short_id_of(opened.reply.user_id) != self._locked.short_id:
                failed(OTHER_ACCOUNT)
                return
            try:
                row_key = open_row_key(
                    self._context.crypto,
                    opened.vault.backup_secret_key,
                    opened.vault.storage_key,
                    opened.reply.user_id,
                    self._locked.sealed_row_key,
                )
            except SealBroken:
                failed(BROKEN)
                return
            self._context.show(SignInView(stage="none"))
            self._context.emit(UnlockStorage(row_key))

        def said(step: str) -> None:
            self._context.show(SignInView(stage="working", step=step), tab)

        self._unlocks.begin(way, code, said=said, done=done, failed=failed)
