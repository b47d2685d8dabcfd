"""F40: what any version has stored opens and goes on; a changed format does not go unnoticed."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from mls_chat import events
from mls_chat.effects import Row
from mls_chat.engine import Engine
from mls_chat.native.storage import open_storage
from mls_chat.records import LAZY_TABLES, MLS_TABLE, RECORD_VERSION, RECORDS, decode_record, encode_record
from mls_chat.stored_entries import STATE_VERSION, import_state
from mls_chat.wire import frames
from record_examples import examples
from world import Device, World

HERE = Path(__file__).parent
VERSIONS = sorted(int(folder.name) for folder in HERE.iterdir() if folder.name.isdecimal())
NEWEST = VERSIONS[-1]
every = pytest.mark.parametrize("version", VERSIONS)


def golden(version: int, name: str) -> Any:
    return json.loads((HERE / str(version) / f"{name}.json").read_text())


def rows_of(version: int) -> list[Row]:
    return [Row(table, key, bytes.fromhex(value)) for table, key, value in golden(version, "story")["rows"]]


class Returned(Device):
    """A device that is switched on again on golden rows, without a network."""

    def __init__(self, world: World, rows: list[Row]) -> None:
        self.found = {(row.table, row.key): row.value for row in rows}
        super().__init__(world)

    def start(self) -> None:
        self.rows, self.online, self.on_wire = dict(self.found), False, False
        super().start()


def returned(version: int) -> Returned:
    world = World()
    world.now = golden(version, "story")["now"] + 1
    return Returned(world, rows_of(version))


@every
def test_every_record_of_a_version_opens(version: int) -> None:
    stored = golden(version, "records")
    assert stored
    for table, key, value in stored:
        record = decode_record(RECORDS[table], Row(table, key, bytes.fromhex(value)))
        assert record.key == key
        assert record.table == table


@every
def test_the_chats_of_a_version_are_shown_and_the_next_message_is_read(version: int) -> None:
    told, bob = golden(version, "story"), returned(version)
    group_id = told["group_id"]
    assert bob.texts(group_id) == [*told["texts"], told["on_its_way"]]
    [waiting] = [line for line in bob.lines(group_id) if line.state == "sending"]
    assert waiting.text == told["on_its_way"]
    bob.do(events.FrameReceived(bytes.fromhex(told["deliver"])))
    assert bob.texts(group_id) == [*told["texts"], told["delivered"], told["on_its_way"]]
    assert bob.problems(group_id) == []
    assert bob.notices() == []


@every
def test_what_was_on_its_way_leaves_with_the_same_bytes(version: int) -> None:
    """Its keys were used when it was stored; they must not be used for anything else."""
    bob = returned(version)
    [stored] = [row.value for row in rows_of(version) if row.table == "outbox"]
    before = decode_record(RECORDS["outbox"], Row("outbox", "", stored))
    bob.say(golden(version, "story")["group_id"], "one more")
    mine = [record for record in bob.records(RECORDS["outbox"]) if record.text == before.text]  # type: ignore[attr-defined]
    assert [record.mls_bytes for record in mine] == [before.mls_bytes]  # type: ignore[attr-defined]


@every
def test_an_exported_state_of_a_version_opens(version: int) -> None:
    entries = import_state(bytes.fromhex(golden(version, "story")["export"]))
    stored = [row for row in rows_of(version) if row.table == MLS_TABLE]
    assert sorted((f"{table}/{key.hex()}", value) for table, key, value in entries) == sorted(
        (row.key, row.value) for row in stored
    )


@every
async def test_a_state_file_of_a_version_opens(version: int, tmp_path: Path) -> None:
    for name in ("state.db", "state.db.key"):
        shutil.copy(HERE / str(version) / name, tmp_path / name)
    storage = open_storage(tmp_path / "state.db")
    loaded = await storage.load()
    lines = await storage.read("lines", "", None, 100)
    storage.close()
    assert loaded.damaged == lines.damaged == []
    assert sorted([*loaded.rows, *lines.rows], key=lambda row: (row.table, row.key)) == rows_of(version)
    Engine(loaded.rows, "http://chat.test").handle(events.Started(), 0)


def test_a_changed_record_is_noticed() -> None:
    """When this fails: write the newest set's records again (make.py) as long as its version is in nobody's browser;
    otherwise raise RECORD_VERSION and write a set of that number."""
    made = [[record.table, record.key, encode_record(record).hex()] for record in examples()]
    assert made == golden(NEWEST, "records")
    assert RECORD_VERSION == NEWEST
    assert {table for table, _, _ in made} == set(RECORDS)
    assert set(RECORDS) >= LAZY_TABLES


def test_a_changed_state_of_the_groups_is_noticed() -> None:
    world = World()
    ada = world.device("Ada")
    ada.create_group("Tea")
    now = {key.partition("/")[0]: value[0] for key, value in ada.stored_mls().items()}
    before = {row.key.partition("/")[0]: row.value[0] for row in rows_of(NEWEST) if row.table == MLS_TABLE}
    assert now.items() <= before.items()
    assert bytes.fromhex(golden(NEWEST, "story")["export"])[0] == STATE_VERSION


async def test_a_changed_state_file_is_noticed(tmp_path: Path) -> None:
    open_storage(tmp_path / "state.db").close()
    database = sqlite3.connect(tmp_path / "state.db")
    schema = [sql for (sql,) in database.execute("select sql from sqlite_master order by name")]
    version = database.execute("pragma user_version").fetchone()[0]
    database.close()
    assert {"schema": schema, "version": version} == golden(NEWEST, "sqlite")


def test_the_next_message_of_each_set_is_a_frame() -> None:
    """So that no set passes for want of what it should show."""
    for version in VERSIONS:
        told = golden(version, "story")
        deliver = frames.decode_server(bytes.fromhex(told["deliver"]))
        assert isinstance(deliver, frames.Deliver)
        assert len(deliver.messages) == 1
        tables = {row.table for row in rows_of(version)}
        assert tables >= {"account", "groups", "outbox", "lines", "invites", "joins", "names", MLS_TABLE}
