"""The engine: one event in, one Step(writes, effects) out. No clock, network, await or browser; see DESIGN.md."""

from collections.abc import Callable, Sequence

from mls_chat import events
from mls_chat.context import Context
from mls_chat.effects import DamagedRow, Row, Show, Step
from mls_chat.journal import Journal
from mls_chat.page_events import PageEvents
from mls_chat.parts import Parts
from mls_chat.port_events import PortEvents
from mls_chat.recovery_code import CodeCost


class Engine:
    """`rows`: what `Storage.load` gave. `origin`: scheme, host and port of the server, which signatures name.
    `random_bytes`: where ids and delays come from, so that a run can be repeated; by default the system's generator.
    `damaged`: the rows that could not be read. `code_cost`: what a guess at a recovery code is to cost.
    `active_at`: when somebody last did something here, Unix milliseconds, 0 for not known.

    Raises RecordUnreadable when rows are of a newer version or the account's row is damaged.
    """

    def __init__(
        self,
        rows: Sequence[Row],
        origin: str,
        random_bytes: Callable[[int], bytes] | None = None,
        damaged: Sequence[DamagedRow] = (),
        code_cost: CodeCost | None = None,
        active_at: int = 0,
    ) -> None:
        self._context = Context(Journal(rows, damaged), origin, random_bytes, code_cost)
        self._parts = Parts(self._context, active_at)
        self._page_events, self._port_events = PageEvents(self._parts), PortEvents(self._parts)

    def handle(self, event: events.Event, now: int) -> Step:
        """`now` is Unix milliseconds. The step's writes must be durable before its effects are carried out."""
        self._context.now, self._context.tab = now, None
        if isinstance(event, events.FromTab):
            self._from_tab(event)
        elif isinstance(event, events.PageEvent):
            self._from_tab(events.FromTab("", event))
        else:
            self._port_events.handle(event)
        self._parts.chats.flush()
        self._parts.connection.show()
        self._parts.health.flush()
        self._parts.locking.label()
        step = self._context.take_step()
        if self._parts.locking.under_way:
            step.effects = [effect for effect in step.effects if not isinstance(effect, Show)]
        return step

    def _from_tab(self, asked: events.FromTab) -> None:
        self._context.tab = asked.tab
        late = self._parts.locking.is_due()
        if not self._parts.tabs.was_handled(asked):
            self._page_events.handle(asked.event)
        self._parts.tabs.handled(asked)
        if late:
            self._parts.locking.lock_by_itself()
        else:
            self._parts.locking.noticed(asked.event)
