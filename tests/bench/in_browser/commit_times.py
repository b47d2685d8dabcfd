"""Runs inside the browser: how long the storage takes for transactions of given rows."""

import json
import os
import time

from mls_chat.browser.storage import IndexedStorage
from mls_chat.effects import Write
from mls_chat.records import LAZY_TABLES


async def measure(facts: str) -> str:
    """`facts` is JSON: a database's name, each row as table, key and size, and how many times to commit them."""
    name, rows, times = json.loads(facts)
    storage = await IndexedStorage.open(name, LAZY_TABLES)
    taken = []
    for _ in range(times):
        writes = [Write(table, key, os.urandom(size)) for table, key, size in rows]
        begun = time.perf_counter()
        await storage.commit(writes)
        taken.append((time.perf_counter() - begun) * 1000)
    storage.close()
    return json.dumps(taken)
