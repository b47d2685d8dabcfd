"""`python -m tests.bench`: starts a stack of its own and measures it."""

import asyncio
import tempfile
from pathlib import Path

from tests.bench import away, catch_up, crypto, disks, kills, page, pyodide, restores, saves, tabs

from stack.ports import free_ports
from stack.supervisor import PAGE_ROOT, Stack

if __name__ == "__main__":
    crypto.measure("native")
    samples = saves.measure()
    asyncio.run(disks.measure(samples))
    asyncio.run(catch_up.measure("native", 1000, 10_000))
    pyodide.measure()
    page.measure_size(PAGE_ROOT)
    with tempfile.TemporaryDirectory(prefix="mls-chat-bench-") as folder:
        Path(folder).chmod(0o755)
        with Stack(Path(folder), free_ports(1)[0]) as stack:
            asyncio.run(page.measure(stack.url))
            asyncio.run(away.measure(stack.url))
            asyncio.run(kills.measure(stack))
            asyncio.run(tabs.measure(stack.url))
            asyncio.run(restores.measure(stack.url))
