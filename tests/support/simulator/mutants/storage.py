"""What is stored, and when."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest import MonkeyPatch

from mls_chat import effects, events
from mls_chat.backend import Backend
from mls_chat.journal import Journal
from mls_chat.records import MLS_TABLE, Record
from mls_rs_python import Group
from simulator.device import SimDevice
from simulator.plan import Fault
from world import Crash

Plant = Callable[[MonkeyPatch], None]


def skip_the_save(patch: MonkeyPatch) -> None:
    """A group's changes stay in memory."""

    @contextmanager
    def take(self: Backend, group_id: bytes) -> Iterator[Group]:
        group = self._idle.pop(group_id, None) or self._client.load_group(group_id)
        yield group
        self._idle[group_id] = group

    patch.setattr(Backend, "take", take)
    patch.setattr(Backend, "_save", lambda *_: None)


def old_state_after_a_restart(patch: MonkeyPatch) -> None:
    """The MLS state comes back as it was at the start before, everything else as it is."""
    build, kept = SimDevice.build, "_kept_for_the_mutant"

    def restored(self: SimDevice, rows: list[effects.Row]) -> Any:
        old = getattr(self, kept, None)
        setattr(self, kept, [row for row in rows if row.table == MLS_TABLE])
        if old:
            rows = [row for row in rows if row.table != MLS_TABLE] + old
        return build(self, rows)

    patch.setattr(SimDevice, "build", restored)


def effects_before_writes(patch: MonkeyPatch) -> None:
    def settle(
        self: SimDevice,
        batch: list[events.Event],
        writes: list[effects.Write],
        todo: list[effects.Effect],
        fault: Fault | None,
    ) -> None:
        self.perform(todo)
        if fault:
            raise Crash
        self.store(batch, writes)

    patch.setattr(SimDevice, "_settle", settle)


def forgetting(kind: type[Record]) -> Plant:
    def plant(patch: MonkeyPatch) -> None:
        put = Journal.put

        def forgetful(self: Journal, record: Record, *, keep: bool = True) -> None:
            put(self, record, keep=keep)
            if isinstance(record, kind):
                del self._writes[record.table, record.key]

        patch.setattr(Journal, "put", forgetful)

    return plant


def join_key_package_not_stored(patch: MonkeyPatch) -> None:
    put_mls = Journal.put_mls

    def forgetful(self: Journal, changes: Any) -> None:
        put_mls(self, [change for change in changes if change[0] != "key_package"])

    patch.setattr(Journal, "put_mls", forgetful)
