"""Writes a golden set of every stored format with the code that runs it, or the part of it that records are:

    PYTHONPATH=client:tests/support .venv/bin/python tests/golden/make.py FOLDER [records]

A set stands for what people have stored: once its version is in somebody's browser it is never written again. How
rows lie in a browser has sets of its own (make_browser.py) since format 2 of its database.
"""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

from mls_chat import events
from mls_chat.effects import Write
from mls_chat.native.storage import open_storage
from mls_chat.records import encode_record
from mls_chat.wire import frames
from record_examples import examples
from world import Device, World, meet


def story() -> dict[str, Any]:
    """Bob has a chat with Ada, a message on its way, a link that he waits at; and Ada has written once more."""
    world = World()
    ada, bob, group_id = meet(world)
    ada.say(group_id, "from Ada")
    bob.say(group_id, "from Bob")
    bob.invite(group_id)
    world.advance(60_000)
    dora = world.device("Dora")
    link = dora.invite(dora.create_group("Dora's"))
    dora.drop()
    dora.online = dora.on_wire = False
    bob.join(link)
    world.advance(60_000)
    bob.online = bob.on_wire = False
    bob.drop()
    bob.say(group_id, "on its way")
    before = len(world.server.groups[group_id].log)
    ada.say(group_id, "after it")
    deliver = frames.Deliver(group_id=group_id, messages=world.server.groups[group_id].log[before:])
    return {
        "group_id": group_id,
        "now": world.now,
        "rows": [[table, key, value.hex()] for (table, key), value in sorted(bob.rows.items())],
        "texts": ["from Ada", "from Bob"],
        "on_its_way": "on its way",
        "deliver": frames.encode(deliver).hex(),
        "delivered": "after it",
        "export": exported(bob).hex(),
    }


def exported(device: Device) -> bytes:
    device.engine.handle(events.Woken(), device.world.now)
    blob: bytes = device.engine._context.backend.export_state()
    return blob


async def sqlite(folder: Path, rows: list[list[str]]) -> dict[str, Any]:
    state = folder / "state.db"
    for old in (state, folder / "state.db.key"):
        old.unlink(missing_ok=True)
    storage = open_storage(state)
    await storage.commit([Write(table, key, bytes.fromhex(value)) for table, key, value in rows])
    storage.close()
    database = sqlite3.connect(state)
    schema = [sql for (sql,) in database.execute("select sql from sqlite_master order by name")]
    version = database.execute("pragma user_version").fetchone()[0]
    database.close()
    return {"schema": schema, "version": version}


def main(folder: Path, *parts: str) -> None:
    folder.mkdir(exist_ok=True)
    files: dict[str, Any] = {
        "records": [[record.table, record.key, encode_record(record).hex()] for record in examples()]
    }
    if "records" not in parts:
        told = story()
        files |= {"story": told, "sqlite": asyncio.run(sqlite(folder, told["rows"]))}
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
