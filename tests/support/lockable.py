"""A device of the world whose storage can be locked and erased as a browser's."""

import os
from typing import Final

from mls_chat import effects
from mls_chat.effects import Row
from mls_chat.engine import Engine
from mls_chat.identity import CIPHER_SUITE
from mls_chat.locked_engine import LockedEngine
from mls_chat.ports import Locked
from mls_chat.records import LAZY_TABLES
from mls_chat.row_key import seal_row_key, short_id_of
from mls_rs_python import Crypto
from world import CHEAP, ORIGIN, Device, World

CRYPTO: Final = Crypto(CIPHER_SUITE)


class Lockable(Device):
    """`row_key` stands for the key of its rows: while `locked` it is not here."""

    def __init__(self, world: World) -> None:
        self.row_key = os.urandom(32)
        self.locked: Locked | None = None
        self.label, self.active_at, self.marked = "", 0, False
        super().__init__(world)

    def build(self, rows: list[Row]) -> Engine:
        if self.locked is not None:
            return LockedEngine(self.locked, ORIGIN, code_cost=CHEAP)  # type: ignore[return-value]
        return Engine(rows, ORIGIN, code_cost=CHEAP, active_at=self.active_at)

    def carry_out(self, effect: effects.Effect) -> None:
        match effect:
            case effects.LockStorage():
                sealed = seal_row_key(
                    CRYPTO, effect.backup_public_key, effect.storage_key, effect.user_id, self.row_key
                )
                self.locked, self.row_key = Locked(short_id_of(effect.user_id), sealed), b""
                self._boot()
            case effects.UnlockStorage(row_key=row_key):
                self.locked, self.row_key = None, row_key
                self._boot()
            case effects.MarkForErasure():
                self.marked = True
            case effects.EraseStorage():
                self.rows.clear()
                self.locked, self.marked, self.label, self.active_at = None, False, "", 0
                self._boot()
            case effects.LabelStorage(short_id=short_id):
                self.label = short_id
            case effects.NoteActivity(at=at):
                self.active_at = at
            case _:
                super().carry_out(effect)

    def reopen(self) -> None:
        """The page is opened again later; nothing that was under way is left."""
        if self.marked:
            self.rows.clear()
            self.marked = False
        self.start()

    @property
    def plain_rows(self) -> set[str]:
        """Tables that an engine would load."""
        return {table for table, _ in self.rows if table not in LAZY_TABLES}
