"""Display names: a person's own word first, another member's until then, a short id before that."""

from collections.abc import Callable

from mls_chat.context import Context
from mls_chat.envelope import clean_name
from mls_chat.identity import short_id
from mls_chat.records import NameRecord


class People:
    def __init__(self, context: Context) -> None:
        self._context = context
        self.learned: Callable[[str], None] = lambda user_id: None
        """Set by the engine: who tells the account's other devices."""

    def name_of(self, user_id: str) -> str:
        record = self._context.journal.find(NameRecord, user_id)
        return record.name if record else short_id(user_id)

    def learn(self, user_id: str, raw_name: str, *, confirmed: bool) -> bool:
        """Whether this changed what is shown; hearsay never replaces what the user said."""
        name, known = clean_name(raw_name), self._context.journal.find(NameRecord, user_id)
        if not name or (known and (known.confirmed > confirmed or (known.name, known.confirmed) == (name, confirmed))):
            return False
        self._context.journal.put(NameRecord(user_id=user_id, name=name, confirmed=confirmed))
        self.learned(user_id)
        return known is None or known.name != name

    def known(self, user_ids: list[str]) -> dict[str, str]:
        found = {user_id: self._context.journal.find(NameRecord, user_id) for user_id in user_ids}
        return {user_id: record.name for user_id, record in found.items() if record}
