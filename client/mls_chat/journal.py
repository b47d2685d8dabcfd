"""The durable records in memory; each change is also a write of the running step."""

from collections.abc import Sequence

from mls_chat.effects import DamagedRow, Row, Write
from mls_chat.records import (
    MLS_TABLE,
    RECORDS,
    AccountRecord,
    G,
    R,
    Record,
    RecordTooNew,
    RecordUnreadable,
    decode_record,
    encode_record,
)


class Journal:
    def __init__(self, rows: Sequence[Row], damaged: Sequence[DamagedRow] = ()) -> None:
        """Raises RecordTooNew for a row or table of a newer version, RecordUnreadable for a damaged account."""
        self._tables: dict[str, dict[str, Record]] = {table: {} for table in RECORDS}
        self._writes: dict[tuple[str, str], Write] = {}
        self.mls_entries: list[tuple[str, bytes, bytes]] = []
        self._mls_keys: set[str] = set()
        self._damaged = {(each.table, each.key): each for each in damaged}
        for row in rows:
            try:
                self._take(row)
            except RecordTooNew:
                raise
            except RecordUnreadable as error:
                self._damaged[row.table, row.key] = DamagedRow(row.table, row.key, str(error))
        for each in self._damaged.values():
            if each.table == AccountRecord.table:
                raise RecordUnreadable(each.reason)

    def _take(self, row: Row) -> None:
        if row.table == MLS_TABLE:
            table, _, key = row.key.partition("/")
            self.mls_entries.append((table, _from_hex(row, key), row.value))
            self._mls_keys.add(row.key)
        elif row.table in RECORDS:
            self._tables[row.table][row.key] = decode_record(RECORDS[row.table], row)
        else:
            raise RecordTooNew(f"unknown table {row.table}: stored by a newer version of mls-chat")

    @property
    def damaged(self) -> list[DamagedRow]:
        """The stored rows that can't be read and have not been written again since."""
        return list(self._damaged.values())

    def remove_damaged(self) -> None:
        for each in self.damaged:
            self._write(each.table, each.key, None)

    def find(self, kind: type[R], key: str) -> R | None:
        record = self._tables[kind.table].get(key)
        return record if isinstance(record, kind) else None

    def all(self, kind: type[R]) -> list[R]:
        return [record for record in self._tables[kind.table].values() if isinstance(record, kind)]

    def of_group(self, kind: type[G], group_id: str) -> list[G]:
        return [record for record in self.all(kind) if record.group_id == group_id]

    def put(self, record: Record, *, keep: bool = True) -> None:
        """`keep` False writes without keeping it in memory (lines)."""
        if keep:
            self._tables[record.table][record.key] = record
        self._write(record.table, record.key, encode_record(record))

    def delete(self, record: Record) -> None:
        self._tables[record.table].pop(record.key, None)
        self._write(record.table, record.key, None)

    def put_mls(self, changes: Sequence[tuple[str, bytes, bytes | None]]) -> None:
        for table, key, value in changes:
            name = f"{table}/{key.hex()}"
            (self._mls_keys.discard if value is None else self._mls_keys.add)(name)
            self._write(MLS_TABLE, name, value)

    def _write(self, table: str, key: str, value: bytes | None) -> None:
        self._damaged.pop((table, key), None)
        self._writes.pop((table, key), None)
        self._writes[table, key] = Write(table, key, value)

    @property
    def row_count(self) -> int:
        """Stored rows, without those that are not kept in memory (lines)."""
        return len(self._mls_keys) + sum(map(len, self._tables.values()))

    @property
    def has_writes(self) -> bool:
        return bool(self._writes)

    def take_writes(self) -> list[Write]:
        writes, self._writes = list(self._writes.values()), {}
        return writes


def _from_hex(row: Row, key: str) -> bytes:
    try:
        return bytes.fromhex(key)
    except ValueError as error:
        raise RecordUnreadable(f"{row.table} {row.key}: {error}") from error
