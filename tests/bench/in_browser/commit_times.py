"""Runs inside the browser: how long the storage takes for transactions of given rows."""

import json
import os
import time

from mls_chat.browser.storage import IndexedStorage
from mls_chat.effects import Write
from mls_chat.records import LAZY_TABLES


async def measure(facts: str) -> str:
    """`facts` is JSON: by name the rows of a transaction (table, key, size), and how often to commit each, in turn."""
    transactions, rounds = json.loads(facts)
    storage = await IndexedStorage.open("bench", LAZY_TABLES)
    times: dict[str, list[float]] = {name: [] for name in transactions}
    for _ in range(rounds):
        for name, rows in transactions.items():
            writes = [Write(table, key, os.urandom(size)) for table, key, size in rows]
            begun = time.perf_counter()
            await storage.commit(writes)
            times[name].append((time.perf_counter() - begun) * 1000)
    storage.close()
    return json.dumps(times)
