"""The page in real Chromium: from opening to ready, from sending to seen, and what is downloaded."""

import statistics
import time
from pathlib import Path
from typing import Final

from playwright.async_api import Browser, async_playwright, expect
from tests.bench.report import report, report_many

from browser import CHROMIUM, FLAGS, PATIENCE_MS, open_profile
from person import Person
from watcher import Watcher

VISITS: Final = 3
MESSAGES: Final = 30
WARM_UP: Final = 5

SEEN: Final = """
async ([text, mark]) => {
  const all = (root) => [...root.querySelectorAll("*")].flatMap((e) => e.shadowRoot ? [e, ...all(e.shadowRoot)] : [e]);
  const log = all(document).find((e) => e.getAttribute("role") === "log");
  const bubbles = () => [...log.querySelectorAll(".bubble")].slice(-3).map((e) => e.textContent.trim());
  const there = () => bubbles().some((line) => line.includes(text) && line.endsWith(mark));
  while (!there()) await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.timeOrigin + performance.now();
}
"""
PRESSED: Final = """
() => new Promise((resolve) => addEventListener("keydown", (event) => {
  if (event.key === "Enter") resolve(performance.timeOrigin + performance.now());
}, { capture: true, once: true }))
"""


async def measure(url: str) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        await _visits(browser, url)
        await _messages(browser, url)
        await browser.close()


async def _visits(browser: Browser, url: str) -> None:
    first, later = [], []
    for _ in range(VISITS):
        context = await open_profile(browser, Watcher(url))
        page = await context.new_page()
        begun = time.perf_counter()
        await page.goto(url)
        await page.get_by_role("textbox", name="Your name").wait_for()
        first.append((time.perf_counter() - begun) * 1000)
        person = Person("Ann", url, context, page, Watcher(url))
        await person.start()
        await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        await page.close()
        page = await context.new_page()
        begun = time.perf_counter()
        await page.goto(url)
        await page.get_by_role("button", name="New group").wait_for()
        later.append((time.perf_counter() - begun) * 1000)
        await context.close()
    report("page_ready_first_visit", statistics.median(first), "ms")
    report("page_ready_later_visit", statistics.median(later), "ms")


async def _messages(browser: Browser, url: str) -> None:
    people = []
    for name in ("Ann", "Ben"):
        context = await open_profile(browser, Watcher(url))
        page = await context.new_page()
        await page.goto(url)
        person = Person(name, url, context, page, Watcher(url))
        await person.start()
        people.append(person)
    ann, ben = people
    await ann.create_group("Bench")
    await ben.join(await ann.make_link(), "Bench")
    acknowledged, seen = [], []
    for number in range(MESSAGES):
        sent, acked, arrived = await _one(ann, ben, f"message {number:04d}")
        acknowledged.append(acked - sent)
        seen.append(arrived - sent)
    report_many("send_to_ack", acknowledged[WARM_UP:], "ms")
    report_many("send_to_seen_by_the_other", seen[WARM_UP:], "ms")
    for person in people:
        await person.context.close()


async def _one(sender: Person, reader: Person, text: str) -> tuple[float, float, float]:
    """When Enter was pressed, when the sender's line was marked as sent, when the reader's page showed it."""
    await sender.message_box.fill(text)
    pressed = await sender.page.evaluate_handle(f"() => ({{ at: ({PRESSED})() }})")
    acked = await sender.page.evaluate_handle(f"(words) => ({{ at: ({SEEN})(words) }})", [text, "sent"])
    arrived = await reader.page.evaluate_handle(f"(words) => ({{ at: ({SEEN})(words) }})", [text, ""])
    await sender.message_box.press("Enter")
    times = [await handle.evaluate("promise => promise.at") for handle in (pressed, acked, arrived)]
    return float(times[0]), float(times[1]), float(times[2])


def measure_size(root: Path) -> None:
    """What a first visit needs: each file as it is served, brotli where that exists."""
    files = [path for path in root.rglob("*") if path.is_file() and path.suffix != ".br"]
    sizes = {path: path.with_name(f"{path.name}.br") for path in files}
    report("page_size_brotli", sum((br if br.exists() else path).stat().st_size for path, br in sizes.items()), "bytes")
