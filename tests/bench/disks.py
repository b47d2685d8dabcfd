"""The durable write itself, of rows as a message or a burst has them: SQLite here, IndexedDB in Chromium."""

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from aiohttp import web
from playwright.async_api import Page, async_playwright
from tests.bench.report import report
from tests.bench.saves import Samples, Writes

from browser import CHROMIUM, FLAGS
from mls_chat.native.storage import open_storage
from page_front import Front
from stack.page_cache import ROOT
from stack.supervisor import PAGE_ROOT

COMMITS: Final = 30
WARM_UP: Final = 3
Times = dict[str, list[float]]
"""By name of the transaction, in ms."""
PROGRAM: Final = Path(__file__).parent / "in_browser" / "commit_times.py"
START: Final = """
async ({ stdlib, lock, program }) => {
  const { loadPyodide } = await import("/lab/pyodide/pyodide.mjs");
  globalThis.python = await loadPyodide({
    indexURL: new URL("/lab/pyodide/", location.origin).href,
    stdLibURL: stdlib,
    lockFileContents: await (await fetch(lock)).text(),
    packageBaseUrl: new URL("/assets/", location.origin).href,
    packages: ["mls-chat"],
  });
  python.FS.mkdirTree("/bench");
  python.FS.writeFile("/bench/commit_times.py", program);
  python.runPython("import sys; sys.path.insert(0, '/bench')");
}
"""
RUN: Final = """(facts) => python.pyimport("commit_times").measure(facts)"""


async def measure(samples: Samples) -> None:
    """All kinds in turn, so that what else the machine does lengthens all of them alike."""
    named = {f"{kind}_{size}": writes for kind, sizes in samples.items() for size, writes in sizes.items()}
    _report("sqlite", await _sqlite(named))
    _report("indexeddb", await _indexed(named))


async def _sqlite(named: dict[str, Writes]) -> Times:
    times: Times = {name: [] for name in named}
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / ".build") as folder:  # not a disk in memory
        storage = open_storage(Path(folder) / "state.db")
        for _ in range(COMMITS):
            for name, writes in named.items():
                begun = time.perf_counter()
                await storage.commit(writes)
                times[name].append((time.perf_counter() - begun) * 1000)
        storage.close()
    return times


async def _indexed(named: dict[str, Writes]) -> Times:
    front = Front(PAGE_ROOT)
    url = await front.before(_nothing, _lab)
    sizes = {name: [(row.table, row.key, len(row.value or b"")) for row in writes] for name, writes in named.items()}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(bypass_csp=True)  # Python is started here by ourselves
        page = await context.new_page()
        await page.goto(f"{url}/settings.json")
        await _start_python(page)
        times: Times = json.loads(await page.evaluate(RUN, json.dumps([sizes, COMMITS])))
        await browser.close()
    await front.close()
    return times


async def _start_python(page: Page) -> None:
    [stdlib], [lock] = PAGE_ROOT.glob("assets/*/stdlib.zip"), PAGE_ROOT.glob("assets/*/lock.json")
    addresses = {"stdlib": stdlib, "lock": lock}
    facts = {what: f"/{path.relative_to(PAGE_ROOT)}" for what, path in addresses.items()}
    await page.evaluate(START, facts | {"program": PROGRAM.read_text()})


async def _nothing(_: web.Request) -> web.StreamResponse:
    raise web.HTTPNotFound


def _lab(application: web.Application) -> None:
    application.router.add_static("/lab/pyodide", (ROOT / "node_modules" / "pyodide").resolve())


def _report(storage: str, times: Times) -> None:
    for name, each in times.items():
        report(f"transaction_{storage}_{name}", statistics.median(each[WARM_UP:]), "ms")
