"""A browser or a worker is killed with a chat open and messages on their way: how long until the person can go on."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.async_api import JSHandle, async_playwright, expect
from tests.bench.report import report
from tests.bench.scripts import TOOLS

from browser import PATIENCE_MS
from browser_profile import Profile
from person import Person
from stack.supervisor import Stack

RUNS: Final = 3
UNSENT: Final = 5
CARRIERS: Final = ("delivery", "functions")

LISTEN: Final = """
globalThis.heard = [];
globalThis.Worker = class extends Worker {
  constructor(...settings) {
    super(...settings);
    const number = globalThis.workers = (globalThis.workers ?? 0) + 1;
    this.addEventListener("message", ({ data }) => {
      const { kind, status } = JSON.parse(data);
      globalThis.heard.push({ number, kind, status, at: performance.now() });
    });
  }
};
"""
"""What each worker tells the page, and when."""
STARTED: Final = f"""
async () => {{
  {TOOLS}
  await chats();
  const list = performance.timeOrigin + performance.now();
  await connected();
  return [list, performance.timeOrigin + performance.now()];
}}
"""
BACK: Final = """
async () => {
  const [begun, killed] = [performance.now(), globalThis.workers];
  const hear = async (what) => {
    for (;;) {
      const found = globalThis.heard.find((each) => each.number > killed && what(each));
      if (found) return found.at - begun;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const ready = await hear(({ kind }) => kind === "chats");
  return [ready, await hear(({ kind, status }) => kind === "connection" && status === "connected")];
}
"""
THROW: Final = """() => setTimeout(() => { throw new Error("killed by the bench"); })"""
"""Nothing in the worker catches it: the page takes the worker for dead."""


class Texts:
    """What one person types, each exactly once in the chat at the end."""

    def __init__(self) -> None:
        self.typed: list[str] = []

    async def say(self, person: Person) -> None:
        for _ in range(UNSENT):
            self.typed.append(f"unsent {len(self.typed):03d}")
            await person.say(self.typed[-1])
        await person.sees(self.typed[-1])

    async def check(self, person: Person) -> None:
        """All of them, once, and sent."""
        await expect(person.messages.get_by_text("sending")).to_have_count(0)
        await person.sees(*self.typed)


async def measure(stack: Stack) -> None:
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        with tempfile.TemporaryDirectory(prefix="mls-chat-bench-") as folder:
            profile = Profile(playwright, Path(folder), "Ann", stack.url)
            await (await profile.start()).start()
            await profile.person.create_group("Kills")
            texts = Texts()
            await _browser_kills(stack, profile, texts)
            await _worker_kills(profile, texts)
            await profile.close()


async def _browser_kills(stack: Stack, profile: Profile, texts: Texts) -> None:
    """Without these services nothing leaves the browser; they run again before the browser does."""
    ready, connected = [], []
    route = profile.person.page.url.removeprefix(profile.url)
    for _ in range(RUNS):
        for name in CARRIERS:
            stack.service(name).stop()
        await texts.say(profile.person)
        await expect(profile.person.messages.get_by_text("sending")).to_have_count(UNSENT)
        await profile.kill()
        for name in CARRIERS:
            stack.service(name).start()
        begun = time.time() * 1000
        person = await profile.start(route)
        times = await person.page.evaluate(STARTED)
        ready.append(times[0] - begun)
        connected.append(times[1] - begun)
        await texts.check(person)
    report("kill_to_ready_ms", statistics.median(ready), "ms")
    report("kill_to_connected_ms", statistics.median(connected), "ms")


async def _worker_kills(profile: Profile, texts: Texts) -> None:
    person, ready, connected = profile.person, [], []
    await person.context.add_init_script(LISTEN)
    await person.page.reload()
    await person.is_connected()
    for _ in range(RUNS):
        await texts.say(person)
        back: JSHandle = await person.page.evaluate_handle(f"() => ({{ at: ({BACK})() }})")
        [worker] = person.page.workers
        await worker.evaluate(THROW)
        times = await back.evaluate("promise => promise.at")
        ready.append(times[0])
        connected.append(times[1])
        await texts.check(person)
    report("worker_kill_to_ready_ms", statistics.median(ready), "ms")
    report("worker_kill_to_connected_ms", statistics.median(connected), "ms")
