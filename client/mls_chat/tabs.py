"""The tabs of one account: what each has open is forgotten with it, and what it asks for is done once.

A tab repeats what it asked for until it hears that it is done. The owner may have gone down in between, after the step
was stored: so the serial of what was done is stored in the same step, until the tab has heard of it.
"""

from mls_chat.account_panel import AccountPanel
from mls_chat.chats import Chats
from mls_chat.connection import Connection
from mls_chat.context import Context
from mls_chat.events import FromTab
from mls_chat.health import Health
from mls_chat.invites import Invites
from mls_chat.joins import Joins
from mls_chat.members import Members
from mls_chat.records import TabRecord
from mls_chat.restores import Restores
from mls_chat.safety import Safety
from mls_chat.session import Session
from mls_chat.settings import Settings
from mls_chat.view import HandledView, StartedView


class Tabs:
    def __init__(
        self,
        context: Context,
        session: Session,
        connection: Connection,
        chats: Chats,
        joins: Joins,
        invites: Invites,
        members: Members,
        health: Health,
        account_panel: AccountPanel,
        safety: Safety,
        restores: Restores,
        settings: Settings,
    ) -> None:
        self._context, self._session, self._connection = context, session, connection
        self._chats, self._restores, self._settings = chats, restores, settings
        self._forgetful = (chats, joins, invites, members, health, account_panel, safety)

    def opened(self, tab: str) -> None:
        """Shows what is the same on all tabs; the tab says what it has open."""
        self._context.show(StartedView(), tab)
        self._session.show(tab)
        self._connection.show_to(tab)
        if self._context.has_account:
            self._chats.show_list(tab)
            self._restores.show(tab)
            self._settings.show_drafts(tab)

    def gone(self, tab: str) -> None:
        for part in self._forgetful:
            part.tab_gone(tab)
        if record := self._context.journal.find(TabRecord, tab):
            self._context.journal.delete(record)

    def present(self, tabs: frozenset[str]) -> None:
        """Those that went away while there was no owner are forgotten."""
        for record in self._context.journal.all(TabRecord):
            if record.tab not in tabs:
                self.gone(record.tab)

    def was_handled(self, asked: FromTab) -> bool:
        record = self._context.journal.find(TabRecord, asked.tab)
        return record is not None and asked.serial in record.handled

    def handled(self, asked: FromTab) -> None:
        """Remembers the serial if the step stores anything at all, and tells the tab."""
        if not asked.serial:
            return
        record = self._context.journal.find(TabRecord, asked.tab)
        if not self.was_handled(asked) and self._context.stores_something:
            unheard = [serial for serial in (record.handled if record else []) if serial > asked.settled]
            self._context.journal.put(TabRecord(tab=asked.tab, handled=[*unheard, asked.serial]))
        self._context.show(HandledView(serial=asked.serial), asked.tab)
